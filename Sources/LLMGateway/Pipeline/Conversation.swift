import WireFormats

extension Call {
    /// What stands for the conversation that the call belongs to; nil: it is a conversation of its own.
    func conversation(by basis: Affinity.Basis) -> UInt64? {
        switch basis {
        case .none: return nil
        case .session:
            return connection.withHead { head in
                connection.fields.first(.xLLMGatewaySession).map { field in
                    Affinity.fingerprint(Array("\(keyName)\nsession\n".utf8) + field.value(in: head))
                }
            }
        case .prefix:
            guard let codec = format.chat, let request = try? chatRequest(by: codec) else { return nil }
            var text = "\(keyName)\nprefix\n"
            for part in request.instructions { text += part.words }
            for part in request.turns.first?.parts ?? [] { text += "\n" + part.words }
            return Affinity.fingerprint(text.utf8)
        }
    }

    /// The target that the conversation should go to; nil: any.
    func preferredTarget(of plan: Plan, _ standings: [TargetStanding]) -> Int? {
        guard let conversation else { return nil }
        let fingerprints = plan.targets.map(\.fingerprint)
        if let served = snapshot.conversations.target(of: conversation, among: fingerprints) { return served }
        switch plan.strategy {
        // A new conversation goes where every other goes.
        case .priority, .cheapest: return nil
        case .weighted, .leastLatency, .leastBusy: break
        }
        let usable = standings.indices.filter { standings[$0].obstacle == nil }
        let chosen = Affinity.rendezvous(
            of: conversation, among: usable.map { (fingerprint: fingerprints[$0], weight: standings[$0].weight) })
        return chosen.map { usable[$0] }
    }
}

extension ChatPart {
    fileprivate var words: String {
        if case .text(let text) = content { text } else { "" }
    }
}
