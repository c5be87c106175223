import WireFormats

/// Remembers, of an answer that is told in events, what its calls of tools must come back with, unless the client's format
/// makes sure of that.
struct StateKeeper {
    private let memory: OpaqueStateMemory
    /// The name of the caller's key: what one was told no other may bring back.
    private let key: String
    private let client: any ChatCodec
    private let upstream: any UpstreamChatCodec
    private let model: String

    /// Whether the model signs what it thinks; found out when it begins to think.
    private var signs: Bool?
    private var thought = ""
    private var thoughts: [ChatPart] = []
    /// Whether the model has thought more since its last call than can be remembered.
    private var isOverfull = false
    private var size = 0
    /// Whether anything has been remembered.
    private(set) var hasKept = false

    /// Of what is thought before one call, in bytes.
    private static let mostThought = 1 << 20

    /// - Parameter model: The target's name for it.
    init(
        _ memory: OpaqueStateMemory, of key: String, client: any ChatCodec, upstream: any UpstreamChatCodec,
        model: String
    ) {
        (self.memory, self.key) = (memory, key)
        (self.client, self.upstream, self.model) = (client, upstream, model)
    }

    mutating func note(_ event: ChatEvent) {
        switch event {
        case .reasoningDelta(let text):
            if signs == nil { signs = upstream.stateOrigin(of: model) != nil }
            if signs == true, hasRoom(for: text.utf8.count) { thought += text }
        case .reasoningEnd(let state):
            if let state { add(ChatPart(.reasoning(thought), state: state)) }
            thought = ""
        case .hiddenReasoning(let state):
            add(ChatPart(.hiddenReasoning, state: state))
        case .toolStart(_, let id, let name, let state):
            keep(id, name, state)
        default: break
        }
    }

    /// Takes in an answer that was never told in events.
    mutating func note(_ parts: [ChatPart]) {
        for part in parts {
            switch part.content {
            case .reasoning(let text):
                note(.reasoningDelta(text))
                note(.reasoningEnd(part.state))
            case .hiddenReasoning: if let state = part.state { note(.hiddenReasoning(state)) }
            case .toolCall(let call): keep(call.id, call.name, part.state)
            default: break
            }
        }
    }

    private mutating func add(_ part: ChatPart) {
        guard let state = part.state, hasRoom(for: state.value.utf8.count), !handsBack(state) else { return }
        thoughts.append(part)
    }

    private mutating func hasRoom(for more: Int) -> Bool {
        size += more
        if size > Self.mostThought { (isOverfull, thought, thoughts) = (true, "", []) }
        return !isOverfull
    }

    private mutating func keep(_ id: String, _ name: String, _ state: OpaqueState?) {
        let known = CallState(name: name, thoughts: thoughts, state: state.flatMap { handsBack($0) ? nil : $0 })
        (thought, thoughts, isOverfull, size) = ("", [], false, 0)
        guard !id.isEmpty, known.state != nil || !known.thoughts.isEmpty else { return }
        memory.keep(known, ofCall: id, for: key)
        hasKept = true
    }

    private func handsBack(_ state: OpaqueState) -> Bool { client.handsBackState(of: state.origin) }
}

extension Call {
    /// Puts back into a request what its target wants to have back and the client has left out.
    ///
    /// - Returns: The ids of calls whose states other replicas may know; nothing was put back then.
    func putBackStates(in request: inout ChatRequest, for upstream: any UpstreamChatCodec) -> [String] {
        guard !state.memory.isEmpty, let origin = upstream.stateOrigin(of: request.model) else { return [] }
        let calls = request.statelessCalls
        guard !calls.isEmpty else { return [] }
        let known = state.memory.recall(calls, of: keyName)
        if state.memory.isShared, !hasFetchedStates {
            let unknown = calls.filter { known[$0] == nil }
            if !unknown.isEmpty { return unknown }
        }
        request.putBack(known, readableBy: origin)
        return []
    }

    /// Asks what other replicas know of calls. Once for each call of a model: what they don't know now stays unknown.
    func fetchStates(of calls: [String]) async {
        hasFetchedStates = true
        await state.memory.fetch(calls, of: keyName)
    }
}
