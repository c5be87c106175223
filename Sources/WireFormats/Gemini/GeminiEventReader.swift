/// Follows a stream that passes through: chunks, each of which tells the usage anew. There is no terminator; the answer is
/// whole when every candidate has told the reason why it ended.
struct GeminiEventReader: StreamEventReader {
    private let choices: Int
    /// The candidates that are whole, by index.
    private var finished: Set<Int> = []

    init(choices: Int) { self.choices = choices }

    mutating func read(
        _ event: ServerSentEvents.Event, using tape: JSONTape, into tally: inout StreamTally
    ) -> EventFate {
        let chunk = try? tape.parse(event.data)
        if tally.events == 0, chunk.map(GeminiAnswerReader.isChunk) != true { tally.isForeign = true }
        guard let chunk else { return .pass }
        if chunk.optional("error") != nil { return tally.fail(GeminiFailure.read(chunk)) }
        let said = GeminiOutline.answer(chunk)
        if let usage = said.usage { tally.usage = usage }
        if tally.model == nil { tally.model = said.model }
        var bytes = 0
        if let candidates = chunk["candidates"] {
            for candidate in candidates.anyElements { bytes += read(candidate) }
        }
        tally.addContent(bytes)
        if finished.count >= choices || chunk["promptFeedback"]?["blockReason"]?.isSpecified == true {
            tally.isComplete = true
        }
        return .pass
    }

    /// Notes whether the candidate is whole, and returns how much it says, in bytes.
    private mutating func read(_ candidate: JSONNode) -> Int {
        if candidate["finishReason"]?.isSpecified == true { finished.insert(candidate["index"]?.wholeNumber ?? 0) }
        guard let parts = candidate["content"]?["parts"] else { return 0 }
        var bytes = 0
        for part in parts.anyElements {
            bytes += (part["text"]?.contents.count ?? 0) + (part["functionCall"]?.range.count ?? 0)
        }
        return bytes
    }

    func failureEvent(_ failure: ChatFailure, after tally: StreamTally, requestID: String) -> [UInt8] {
        GeminiFailure.event(failure)
    }
}
