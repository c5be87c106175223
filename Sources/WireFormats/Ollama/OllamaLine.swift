/// One line of an answer, or the whole of it.
struct OllamaLine {
    /// What the last line tells.
    struct End {
        let reason: StopReason
        let usage: TokenUsage?
        let times: AnswerTimes?
    }

    private let endpoint: OllamaEndpoint
    private let createdAt: String
    var model: String
    var text = ""
    var thinking = ""
    /// Whole calls, with their places among the answer's.
    var calls: [(index: Int, call: ToolCall)] = []
    var end: End?

    /// A line that says nothing.
    init(_ call: AnsweredCall, model: String = "") {
        (endpoint, createdAt) = (OllamaEndpoint(call.place), OllamaTimestamp.text(call.created))
        self.model = model
    }

    func write(into bytes: inout [UInt8]) {
        JSONWriter.appendLine(to: &bytes) { json in
            json.object { json in
                json.field("model", model)
                json.field("created_at", createdAt)
                if endpoint == .generate {
                    json.field("response", text)
                    if !thinking.isEmpty { json.field("thinking", thinking) }
                } else {
                    json.object("message") { json in writeMessage(to: &json) }
                }
                json.field("done", end != nil)
                if let end { Self.write(end, to: &json) }
            }
        }
    }

    private func writeMessage(to json: inout JSONWriter) {
        json.field("role", "assistant")
        json.field("content", text)
        if !thinking.isEmpty { json.field("thinking", thinking) }
        if !calls.isEmpty { json.array("tool_calls", calls) { $0.call.writeAsOllama(at: $0.index, to: &$1) } }
    }

    /// Clients read all of these, and divide by the last to tell the model's pace; what nobody measured is 0.
    private static func write(_ end: End, to json: inout JSONWriter) {
        let (total, reading) = (end.times?.total ?? 0, end.times?.untilFirstToken ?? 0)
        json.field("done_reason", end.reason.ollamaDoneReason)
        json.field("total_duration", total)
        json.field("load_duration", 0)
        json.field("prompt_eval_count", end.usage?.input ?? 0)
        json.field("prompt_eval_duration", reading)
        json.field("eval_count", end.usage?.output ?? 0)
        json.field("eval_duration", max(0, total - reading))
    }
}
