/// Reads a streamed answer: lines of JSON, the last one with `done`.
final class OllamaStreamReader: ChatStreamReader {
    private var lines = JSONLines(limit: 16 << 20)
    private var answer = OllamaAnswerReader()
    private var isFirst = true
    private var hasFailed = false
    private(set) var isForeign = false

    var isComplete: Bool { answer.isDone && !hasFailed }

    func read(_ piece: UnsafeRawBufferPointer, using tape: JSONTape, into events: inout [ChatEvent]) {
        var cursor = 0
        while let line = lines.next(in: piece, at: &cursor) { read(line, using: tape, into: &events) }
    }

    func finish(using tape: JSONTape, into events: inout [ChatEvent]) {
        // The last line may come without its line feed; half a line is no failure that the upstream told.
        guard let line = lines.finish(), (try? tape.parse(line.data)) != nil else { return }
        read(line, using: tape, into: &events)
    }

    private func read(_ line: ServerSentEvents.Event, using tape: JSONTape, into events: inout [ChatEvent]) {
        guard line.hasData, !hasFailed, !isForeign, !answer.isDone else { return }
        defer { isFirst = false }
        guard !line.isOversized, let node = try? tape.parse(line.data), node.kind == .object else {
            if isFirst {
                isForeign = true
            } else {
                // What is lost here would be missing from an answer that looks whole.
                fail(.unreadable("A line of the stream can't be read."), &events)
            }
            return
        }
        if node.optional("error") != nil {
            fail(OllamaFailure.read(node) ?? UpstreamFailureBody(), &events)
        } else if isFirst, !OllamaAnswerReader.isAnswer(node) {
            isForeign = true
        } else {
            answer.read(node, into: &events)
        }
    }

    private func fail(_ failure: UpstreamFailureBody, _ events: inout [ChatEvent]) {
        hasFailed = true
        events.append(.failure(failure))
    }
}
