/// A whole answer: its events, gathered.
public struct ChatResponse: Sendable, Equatable {
    /// The answer's id; empty where the upstream gave none.
    public var id: String
    /// The model that answered, as the upstream named it; empty where it didn't.
    public var model: String
    /// When it was made, in seconds since 1970.
    public var created: Int
    /// What was said, in order.
    public var parts: [ChatPart] = []
    /// Why it ended; nil while it hasn't.
    public var stopReason: StopReason?
    /// What it used, where that is known.
    public var usage: TokenUsage?
    /// How long it took, where somebody has measured that.
    public var times: AnswerTimes?
    /// Where each open tool call is among the parts, by its index.
    private var openCalls: [Int: Int] = [:]
    /// Whether the last piece of reasoning is whole.
    private var reasoningHasEnded = true

    /// An answer that has yet to say something.
    public init(id: String = "", model: String = "", created: Int = 0) {
        (self.id, self.model, self.created) = (id, model, created)
    }

    /// How much of it the model wrote, in bytes: texts, refusals, thoughts, the arguments of tools.
    public var writtenBytes: Int {
        parts.reduce(0) { sum, part in
            switch part.content {
            case .text(let text), .refusal(let text), .reasoning(let text): sum + text.utf8.count
            case .toolCall(let call): sum + call.arguments.utf8.count
            case .hiddenReasoning, .image, .document, .audio, .toolResult, .foreign: sum
            }
        }
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
            extend(with: more, ChatPart.Content.text) { if case .text(let text) = $0 { text } else { nil } }
        case .refusalDelta(let more):
            extend(with: more, ChatPart.Content.refusal) { if case .refusal(let text) = $0 { text } else { nil } }
        case .textState(let state):
            if case .text? = parts.last?.content, parts.last?.state == nil {
                parts[parts.count - 1].state = state
            } else {
                parts.append(ChatPart(.text(""), state: state))
            }
        case .reasoningDelta(let more):
            if !reasoningHasEnded, case .reasoning? = parts.last?.content {
                extend(with: more, ChatPart.Content.reasoning) {
                    if case .reasoning(let text) = $0 { text } else { nil }
                }
            } else {
                parts.append(ChatPart(.reasoning(more)))
            }
            reasoningHasEnded = false
        case .reasoningEnd(let state):
            if reasoningHasEnded { parts.append(ChatPart(.reasoning(""))) }
            if case .reasoning? = parts.last?.content { parts[parts.count - 1].state = state }
            reasoningHasEnded = true
        case .hiddenReasoning(let state):
            parts.append(ChatPart(.hiddenReasoning, state: state))
        case .toolStart(let index, let id, let name, let state):
            openCalls[index] = parts.count
            parts.append(ChatPart(.toolCall(ToolCall(id: id, name: name, arguments: "")), state: state))
        case .toolArgumentsDelta(let index, let more):
            guard let place = openCalls[index], case .toolCall(var call) = parts[place].content else { return }
            // Taken out, so that what is there already isn't copied.
            parts[place].content = .hiddenReasoning
            call.arguments += more
            parts[place].content = .toolCall(call)
        case .toolEnd(let index):
            openCalls[index] = nil
        case .foreign(let part):
            parts.append(ChatPart(.foreign(part)))
        case .usage(let usage):
            self.usage = usage
        case .finish(let reason):
            stopReason = reason
        case .ping, .failure:
            break
        }
    }

    /// Makes the last part longer, or begins another where it is of another kind or closed.
    private mutating func extend(
        with more: String, _ content: (String) -> ChatPart.Content, _ text: (ChatPart.Content) -> String?
    ) {
        guard !more.isEmpty else { return }
        guard var longer = parts.last.flatMap({ $0.state == nil ? text($0.content) : nil }) else {
            return parts.append(ChatPart(content(more)))
        }
        // Taken out, so that what is there already isn't copied.
        parts[parts.count - 1].content = .hiddenReasoning
        longer += more
        parts[parts.count - 1].content = content(longer)
    }

    /// The same answer, told in events.
    public var events: [ChatEvent] {
        var events: [ChatEvent] = [.start(id: id, model: model)]
        var calls = 0
        for part in parts {
            switch part.content {
            case .text(let text):
                if !text.isEmpty { events.append(.textDelta(text)) }
                if let state = part.state { events.append(.textState(state)) }
            case .refusal(let text): events.append(.refusalDelta(text))
            case .reasoning(let text):
                if !text.isEmpty { events.append(.reasoningDelta(text)) }
                events.append(.reasoningEnd(part.state))
            case .hiddenReasoning:
                if let state = part.state { events.append(.hiddenReasoning(state)) }
            case .toolCall(let call):
                events.append(.toolStart(index: calls, id: call.id, name: call.name, state: part.state))
                if !call.arguments.isEmpty { events.append(.toolArgumentsDelta(index: calls, call.arguments)) }
                events.append(.toolEnd(index: calls))
                calls += 1
            case .foreign(let foreign): events.append(.foreign(foreign))
            case .image, .document, .audio, .toolResult: break  // models don't answer with these here
            }
        }
        if let usage { events.append(.usage(usage)) }
        if let stopReason { events.append(.finish(stopReason)) }
        return events
    }

    /// All its texts, one after the other.
    public var text: String { parts.text }

    /// Its tool calls, in order.
    public var toolCalls: [ToolCall] { parts.toolCalls }
}
