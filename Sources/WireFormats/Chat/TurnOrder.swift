/// The dialogue in the order that some providers insist on.
///
/// OpenAI takes turns as they come. Anthropic, Google and Amazon want the speakers to alternate, beginning with the
/// user, and all results of a turn's calls directly behind it, each call with one: what a client leaves out, or says in
/// another order, would be refused there for reasons that it can't know.
extension [ChatTurn] {
    /// The turns, with neighbours of one speaker merged, empty texts left out, and every result behind its call.
    ///
    /// A call without a result gets one that says so. A result without a call becomes a text. System turns become the
    /// user's, unless `keepsSystemTurns`.
    ///
    /// - Parameter startsWithUser: Puts a turn of the user's in front of a dialogue that the model begins.
    public func ordered(startsWithUser: Bool = true, keepsSystemTurns: Bool = false) -> [ChatTurn] {
        var ordered = TurnOrder()
        for turn in self {
            let speaker = turn.speaker == .system && !keepsSystemTurns ? .user : turn.speaker
            ordered.add(speaker, turn.parts.filter { !$0.isEmptyText })
        }
        // The last calls may still be answered by whoever goes on with the dialogue, but the provider is asked now.
        ordered.settle()
        if startsWithUser, let first = ordered.turns.firstIndex(where: { $0.speaker != .system }),
            ordered.turns[first].speaker == .assistant
        {
            ordered.turns.insert(ChatTurn(.user, "."), at: first)
        }
        return ordered.turns
    }
}

private struct TurnOrder {
    /// The dialogue up to the model's last turn.
    var turns: [ChatTurn] = []
    /// What the others have said since then.
    private var following: [ChatTurn] = []
    /// The calls of the model's last turn, in order, and their results, in theirs.
    private var calls: [ToolCall] = []
    private var results: [ChatPart] = []
    /// Which of those calls have no result yet, by id; one that was given twice waits for two.
    private var open: [String: ArraySlice<Int>] = [:]

    mutating func add(_ speaker: ChatTurn.Speaker, _ parts: [ChatPart]) {
        guard !parts.isEmpty else { return }
        if speaker == .assistant { return addAnswer(parts) }
        for part in parts {
            guard case .toolResult(let result) = part.content else {
                append(speaker, [part])
                continue
            }
            if open[result.callID]?.popFirst() != nil {
                results.append(part)
            } else {
                append(.user, [.text("Result of the tool call \(result.callID):")] + result.parts)
            }
        }
    }

    private mutating func addAnswer(_ parts: [ChatPart]) {
        // Two messages of the model, one behind the other, are one turn.
        if turns.last?.speaker == .assistant, following.isEmpty, results.isEmpty {
            turns[turns.count - 1].parts += parts
        } else {
            settle()
            turns.append(ChatTurn(.assistant, parts))
        }
        for call in parts.toolCalls {
            open[call.id, default: []].append(calls.count)
            calls.append(call)
        }
    }

    /// Closes what the others have said since the model's last turn: the results come first, and calls that nobody
    /// answered get one.
    mutating func settle() {
        for place in open.values.joined().sorted() {
            results.append(.toolResult(.missing(for: calls[place])))
        }
        if !results.isEmpty {
            if following.first?.speaker == .user {
                following[0].parts.insert(contentsOf: results, at: 0)
            } else {
                following.insert(ChatTurn(.user, results), at: 0)
            }
        }
        turns += following
        (following, calls, results, open) = ([], [], [], [:])
    }

    private mutating func append(_ speaker: ChatTurn.Speaker, _ parts: [ChatPart]) {
        if following.last?.speaker == speaker {
            following[following.count - 1].parts += parts
        } else {
            following.append(ChatTurn(speaker, parts))
        }
    }
}

extension ChatPart {
    /// A text that says nothing, and that no provider takes.
    var isEmptyText: Bool {
        if case .text("") = content { return state == nil }
        return false
    }
}
