import WireFormats

extension Call {
    /// The targets of a plan that can answer this call, as far as anyone knows.
    ///
    /// - Throws: A 400 that says what is missing, when there is none.
    func capable(of routed: RoutedPlan) throws(GatewayError) -> Plan {
        guard operation == .chat, let outline else { return routed.plan }
        let tokens = outline.estimatedInputBytes / Self.bytesPerToken
        let doubtful = routed.cannot.intersection(Abilities(possibleIn: outline))
        if doubtful.isEmpty, tokens <= routed.smallestWindow { return routed.plan }

        let needs = doubtful.isEmpty ? [] : self.needs
        switch routed.plan(for: needs, tokens: tokens) {
        case .success(let plan): return plan
        case .failure(let incapable): throw GatewayError(.incapable(incapable, model: outline.model))
        }
    }

    /// As many as usual text has: where a window is not much larger than a call, the target shall decide.
    private static let bytesPerToken = 4

    /// What the call needs; nothing where it can't be read, which is for the target to complain of.
    private var needs: Abilities {
        guard let codec = format.chat, let request = try? chatRequest(by: codec) else { return [] }
        return Abilities(neededBy: request)
    }
}

extension Abilities {
    /// What a call may need that is known by its outline only.
    fileprivate init(possibleIn outline: CallOutline) {
        self = [.reasoning, .jsonSchema]
        if outline.hasMedia { formUnion(.media) }
        if outline.hasTools { insert(.tools) }
    }

    /// What a call needs beside text.
    init(neededBy request: ChatRequest) {
        self.init()
        for part in request.instructions { add(part) }
        for turn in request.turns { for part in turn.parts { add(part) } }
        if !request.tools.isEmpty { insert(.tools) }
        if let wish = request.reasoning, wish.effortWord != "none", wish.budgetTokens != 0 { insert(.reasoning) }
        if case .schema = request.answerForm { insert(.jsonSchema) }
    }

    private mutating func add(_ part: ChatPart) {
        switch part.content {
        case .image: insert(.images)
        case .document(let document):
            // One that is text is said as text where it has to be.
            if case .text = document.source { return }
            insert(.documents)
        case .audio: insert(.audio)
        case .toolResult(let result): for part in result.parts { add(part) }
        case .text, .refusal, .reasoning, .hiddenReasoning, .toolCall, .foreign: break
        }
    }
}
