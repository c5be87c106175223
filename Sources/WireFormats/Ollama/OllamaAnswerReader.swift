/// Reads an answer, line by line; a whole answer is one line.
///
/// Lines of `/api/chat` and `/api/generate` differ only in where the text is: in a message, or beside it.
struct OllamaAnswerReader {
    /// Whether the line was there that says so.
    private(set) var isDone = false
    private var hasStarted = false
    private var isThinking = false
    private var calls = 0

    /// Whether this is a line of an answer.
    static func isAnswer(_ line: JSONNode) -> Bool {
        line["message"]?.kind == .object || line["response"]?.kind == .string || line["done"]?.kind == .true
    }

    /// The model that answers; nil where the line doesn't say.
    static func model(of line: JSONNode) -> String? {
        guard let model = line["model"], model.kind == .string, model.contents.count > 0 else { return nil }
        return model.decoded()
    }

    /// Appends what a line says. Nothing is said after the one that ends the answer.
    mutating func read(_ line: JSONNode, into events: inout [ChatEvent]) {
        guard !isDone else { return }
        if !hasStarted {
            events.append(.start(id: "", model: Self.model(of: line) ?? ""))
            hasStarted = true
        }
        let message = line["message"] ?? line
        if let thought = Self.text(message["thinking"]) {
            events.append(.reasoningDelta(thought))
            isThinking = true
        }
        if let text = Self.text(message["content"] ?? message["response"]) {
            endThinking(&events)
            events.append(.textDelta(text))
        }
        if let calls = message["tool_calls"] {
            for call in calls.anyElements {
                endThinking(&events)
                read(call, of: line, into: &events)
            }
        }
        guard line["done"]?.kind == .true else { return }
        isDone = true
        endThinking(&events)
        if let usage = TokenUsage(ollama: line) { events.append(.usage(usage)) }
        events.append(.finish(StopReason(ollama: line["done_reason"]).given(toolCalls: calls > 0)))
    }

    private mutating func endThinking(_ events: inout [ChatEvent]) {
        if isThinking { events.append(.reasoningEnd(nil)) }
        isThinking = false
    }

    private mutating func read(_ call: JSONNode, of line: JSONNode, into events: inout [ChatEvent]) {
        let function = call["function"] ?? call
        let arguments = function.ollamaArguments
        let id = Self.text(call["id"]) ?? madeUpID(of: call, in: line)
        events.append(.toolStart(index: calls, id: id, name: Self.text(function["name"]) ?? ""))
        if !arguments.isEmpty { events.append(.toolArgumentsDelta(index: calls, arguments)) }
        events.append(.toolEnd(index: calls))
        calls += 1
    }

    /// An id for a call without one, as older versions send them: the same whenever the same answer is read, and another
    /// one for the same call in another answer, since providers want ids that are unique in the whole dialogue.
    private func madeUpID(of call: JSONNode, in line: JSONNode) -> String {
        var print = OllamaFingerprint()
        if let time = line["created_at"] { print.add(time.raw) }
        print.add(call.raw)
        print.add(UInt8(truncatingIfNeeded: calls))
        return "call_" + print.hexadecimal
    }

    /// A string that says something.
    private static func text(_ node: JSONNode?) -> String? {
        guard let node, node.kind == .string, node.contents.count > 0 else { return nil }
        return node.decoded()
    }
}

extension JSONNode {
    /// A function's arguments as they were written: an object, or a string that holds one.
    var ollamaArguments: String {
        guard let arguments = optional("arguments") else { return "" }
        return arguments.kind == .string ? arguments.decoded() : String(decoding: arguments.raw, as: UTF8.self)
    }
}

extension TokenUsage {
    /// What the last line counts; nil when it counts nothing. The input's count is missing when the model had it in its
    /// cache.
    init?(ollama line: JSONNode) {
        let (input, output) = (line["prompt_eval_count"]?.wholeNumber, line["eval_count"]?.wholeNumber)
        guard input != nil || output != nil else { return nil }
        self.init(inputUncached: input ?? 0, output: output ?? 0)
    }
}

extension StopReason {
    /// Older versions give no reason.
    init(ollama reason: JSONNode?) {
        switch reason?.decoded() ?? "" {
        case "", "stop": self = .endTurn
        case "length": self = .maxTokens
        case let word: self = .other(word)
        }
    }

    /// `done_reason`, which knows two words.
    var ollamaDoneReason: String {
        switch self {
        case .maxTokens, .contextFull: "length"
        default: "stop"
        }
    }
}
