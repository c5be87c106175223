/// Follows a stream of lines that passes through. Every line is parsed: they are short, and nothing is copied.
struct OllamaLineReader: StreamEventReader {
    mutating func read(
        _ event: ServerSentEvents.Event, using tape: JSONTape, into tally: inout StreamTally
    ) -> EventFate {
        guard let line = try? tape.parse(event.data), line.kind == .object else {
            if tally.events == 0 { tally.isForeign = true }
            return .pass
        }
        if line.optional("error") != nil { return tally.fail(OllamaFailure.read(line)) }
        if tally.events == 0, !OllamaAnswerReader.isAnswer(line) { tally.isForeign = true }
        if tally.model == nil { tally.model = OllamaAnswerReader.model(of: line) }
        tally.addContent(Self.contentBytes(of: line))
        if line["done"]?.kind == .true {
            tally.isComplete = true
            tally.usage = TokenUsage(ollama: line)
        }
        return .pass
    }

    private static func contentBytes(of line: JSONNode) -> Int {
        guard let message = line["message"] else {
            return (line["response"]?.contents.count ?? 0) + (line["thinking"]?.contents.count ?? 0)
        }
        var sum = (message["content"]?.contents.count ?? 0) + (message["thinking"]?.contents.count ?? 0)
        if let calls = message["tool_calls"] {
            for call in calls.anyElements { sum += call["function"]?["arguments"]?.range.count ?? 0 }
        }
        return sum
    }

    func failureEvent(_ failure: ChatFailure, after tally: StreamTally, requestID: String) -> [UInt8] {
        OllamaFailure.line(failure)
    }
}
