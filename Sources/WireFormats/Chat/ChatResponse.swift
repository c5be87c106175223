/// A whole answer: its events, gathered.
public struct ChatResponse: Sendable, Equatable {
    /// The answer's id.
    public var id: String
    /// The model that answered, as the upstream named it.
    public var model: String
    /// When it was made, in seconds since 1970.
    public var created: Int
    /// What was said, in order.
    public var parts: [ChatPart] = []
    /// Why it ended; nil while it hasn't.
    public var stopReason: StopReason?
    /// What it used, where that is known.
    public var usage: TokenUsage?
    /// Where each open tool call is among the parts, by its index.
    private var openCalls: [Int: Int] = [:]

    /// An answer that has yet to say something.
    public init(id: String = "", model: String = "", created: Int = 0) {
        (self.id, self.model, self.created) = (id, model, created)
    }

    /// The answer that these events tell.
    public init(folding events: some Sequence<ChatEvent>, created: Int = 0) {
        self.init(created: created)
        for event in events { add(event) }
    }

    /// Takes in one more event.
    public mutating func add(_ event: ChatEvent) {
        switch event {
        case .start(let id, let model):
            (self.id, self.model) = (id, model)
        case .textDelta(let more):
            if case .text(let text)? = parts.last {
                parts[parts.count - 1] = .text(text + more)
            } else {
                parts.append(.text(more))
            }
        case .toolStart(let index, let id, let name):
            openCalls[index] = parts.count
            parts.append(.toolCall(ToolCall(id: id, name: name, arguments: "")))
        case .toolArgumentsDelta(let index, let more):
            guard let place = openCalls[index], case .toolCall(var call) = parts[place] else { return }
            call.arguments += more
            parts[place] = .toolCall(call)
        case .toolEnd(let index):
            openCalls[index] = nil
        case .usage(let usage):
            self.usage = usage
        case .finish(let reason):
            stopReason = reason
        }
    }

    /// All its texts, one after the other.
    public var text: String { ChatTurn(.assistant, parts).text }

    /// Its tool calls, in order.
    public var toolCalls: [ToolCall] {
        parts.compactMap { if case .toolCall(let call) = $0 { call } else { nil } }
    }
}
