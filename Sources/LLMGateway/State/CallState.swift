import WireFormats

/// What a provider wants back with a call of a tool that its model has made.
struct CallState: Sendable, Equatable {
    /// The tool's name: a call of the same id and another name is another call.
    let name: String
    /// What the model thought before the call, since the call before; all of it is signed.
    let thoughts: [ChatPart]
    /// The call's own.
    let state: OpaqueState?

    /// An estimate of the memory that it takes, in bytes.
    var size: Int {
        thoughts.reduce(256 + name.utf8.count + (state?.value.utf8.count ?? 0)) { size, part in
            let text = if case .reasoning(let text) = part.content { text.utf8.count } else { 0 }
            return size + 128 + text + (part.state?.value.utf8.count ?? 0)
        }
    }
}

extension ChatRequest {
    /// The ids of the calls in the dialogue that have come back without a state.
    var statelessCalls: [String] {
        var ids: [String] = []
        for turn in turns where turn.speaker == .assistant {
            for part in turn.parts where part.state == nil {
                if case .toolCall(let call) = part.content { ids.append(call.id) }
            }
        }
        return ids
    }

    /// Puts back what belongs to calls, where the client has handed back nothing of the kind.
    ///
    /// - Parameters:
    ///   - states: By the calls' ids.
    ///   - origin: Whose states the target can read; others stay away.
    mutating func putBack(_ states: [String: CallState], readableBy origin: String) {
        for turn in turns.indices where turns[turn].speaker == .assistant {
            turns[turn].putBack(states, readableBy: origin)
        }
    }
}

extension ChatTurn {
    fileprivate mutating func putBack(_ states: [String: CallState], readableBy origin: String) {
        // What only another can read doesn't stand for what is missing.
        let hasThoughts = parts.contains { $0.isThought && $0.state?.origin == origin }
        var complete: [ChatPart] = []
        var isFirst = true
        for part in parts {
            guard case .toolCall(let call) = part.content, part.state == nil, let known = states[call.id],
                known.name == call.name
            else {
                complete.append(part)
                continue
            }
            let thoughts = hasThoughts ? [] : known.thoughts.filter { $0.state?.origin == origin }
            if !thoughts.isEmpty {
                // What was thought first comes before anything that was said; and what the client made of thoughts,
                // unsigned, would say the same once more.
                if isFirst { complete.removeAll(where: \.isThought) }
                complete.insert(contentsOf: thoughts, at: isFirst ? 0 : complete.count)
                isFirst = false
            }
            var part = part
            if let state = known.state, state.origin == origin { part.state = state }
            complete.append(part)
        }
        parts = complete
    }
}

extension ChatPart {
    fileprivate var isThought: Bool {
        switch content {
        case .reasoning, .hiddenReasoning: true
        default: false
        }
    }
}
