/// Writes a streamed answer: a line for each piece, a tool call in one line, and a last one with the reason to stop and
/// what was used.
struct OllamaStreamWriter: ChatStreamWriter {
    /// A line that says nothing; each one begins as a copy of it.
    private var blank: OllamaLine
    private let takesCalls: Bool
    /// Calls whose arguments are still coming, by their index.
    private var openCalls: [Int: ToolCall] = [:]
    private var reason: StopReason?
    private var usage: TokenUsage?
    private var times: AnswerTimes?

    init(_ call: AnsweredCall) {
        blank = OllamaLine(call)
        // A prompt can't offer tools.
        takesCalls = OllamaEndpoint(call.place) != .generate
    }

    mutating func write(_ event: ChatEvent, into stream: inout [UInt8]) {
        switch event {
        case .start(_, let model): blank.model = model
        case .textDelta(let text), .refusalDelta(let text):
            if !text.isEmpty { writeLine(to: &stream) { $0.text = text } }
        case .reasoningDelta(let text):
            if !text.isEmpty { writeLine(to: &stream) { $0.thinking = text } }
        case .toolStart(let index, let id, let name, _): openCalls[index] = ToolCall(id: id, name: name, arguments: "")
        case .toolArgumentsDelta(let index, let more): openCalls[index]?.arguments += more
        case .toolEnd(let index): writeCall(index, to: &stream)
        case .usage(let usage): self.usage = usage
        case .finish(let reason):
            for index in openCalls.keys.sorted() { writeCall(index, to: &stream) }
            self.reason = reason
        // Lines have nothing that a client passes over.
        case .ping, .reasoningEnd, .hiddenReasoning, .textState, .foreign, .failure: break
        }
    }

    mutating func note(_ times: AnswerTimes) { self.times = times }

    mutating func end(into stream: inout [UInt8]) {
        writeLine(to: &stream) { $0.end = OllamaLine.End(reason: reason ?? .endTurn, usage: usage, times: times) }
    }

    mutating func fail(_ failure: ChatFailure, requestID: String, into stream: inout [UInt8]) {
        stream.append(contentsOf: OllamaFailure.line(failure))
    }

    private mutating func writeCall(_ index: Int, to stream: inout [UInt8]) {
        guard let call = openCalls.removeValue(forKey: index), takesCalls else { return }
        writeLine(to: &stream) { $0.calls = [(index, call)] }
    }

    private func writeLine(to stream: inout [UInt8], _ fill: (inout OllamaLine) -> Void) {
        var line = blank
        fill(&line)
        line.write(into: &stream)
        stream.append(UInt8(ascii: "\n"))
    }
}
