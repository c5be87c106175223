/// How a model is asked to think through Converse: Claude by fields of its own that Bedrock hands through, others by a
/// word at most.
struct BedrockReasoning {
    /// Claude's ways of thinking.
    enum Thinking: Equatable {
        /// Up to so many tokens.
        case budget(Int)
        /// As much as it sees fit.
        case adaptive
    }

    /// How Claude thinks; nil: it doesn't, or the model is another.
    private(set) var thinking: Thinking?
    /// How much effort to take, as Converse calls it.
    private(set) var effort: String?
    /// The longest answer, the thinking included.
    private(set) var maxTokens: Int?

    /// The least that Claude may be given to think, in tokens.
    private static let leastBudget = 1024
    /// What "as much as it sees fit" comes to for a model that wants a number, in tokens.
    private static let usualBudget = 8192

    init(
        _ request: ChatRequest, in dialogue: [ChatTurn], of model: BedrockModel, _ target: TargetTraits,
        losses: inout LossList
    ) {
        maxTokens = request.maxOutputTokens
        guard let wish = request.reasoning, wish.effortWord != "none" else { return }
        let style = target.reasoning ?? (model.isClaude ? Self.guess(wish) : .none)
        switch (style, model.isClaude) {
        case (.none, _), (.budget, false):
            losses.add("reasoning", "this model isn't asked to think through Converse")
            return
        case (.adaptive, let isClaude):
            if isClaude { thinking = .adaptive }
            effort = wish.effortWord.map(Self.known)
        case (.budget, true):
            thinking = .budget(max(Self.leastBudget, wish.budgetTokens ?? Self.usualBudget))
        }
        guard let thinking else { return }

        if !request.tools.isEmpty, request.toolChoice?.isForced == true {
            drop("left out, because Claude doesn't think when it must call a tool", &losses)
        } else if case .budget(let budget) = thinking {
            if Self.lacksThinking(dialogue) {
                drop("left out, because the thinking before the last tool calls is gone", &losses)
            } else {
                makeRoom(for: budget, within: target.longestAnswer ?? .max, losses: &losses)
            }
        }
    }

    /// The client's own way, where nobody knows the model's; a word is older models' budget.
    private static func guess(_ wish: ReasoningWish) -> TargetTraits.ReasoningStyle {
        wish == .adaptive ? .adaptive : .budget
    }

    /// The nearest of the words that Converse knows.
    private static func known(_ word: String) -> String {
        switch word {
        case "minimal": "low"
        case "low", "medium", "high", "xhigh", "max": word
        default: "high"
        }
    }

    private mutating func drop(_ why: String, _ losses: inout LossList) {
        (thinking, effort) = (nil, nil)
        losses.add("reasoning", why)
    }

    /// Whether the model called tools in its last turn, and its thinking before them isn't there: Claude refuses to
    /// think on.
    private static func lacksThinking(_ dialogue: [ChatTurn]) -> Bool {
        guard let last = dialogue.last(where: { $0.speaker == .assistant }), !last.parts.toolCalls.isEmpty else {
            return false
        }
        return switch last.parts.first?.content {
        case .reasoning, .hiddenReasoning: false
        default: true
        }
    }

    /// The budget must be below the longest answer: that is raised where the model allows it, else the budget lowered.
    private mutating func makeRoom(for budget: Int, within longest: Int, losses: inout LossList) {
        guard budget >= maxTokens ?? longest else { return }
        var limit = longest
        if let maxTokens {
            let (sum, overflows) = maxTokens.addingReportingOverflow(budget)
            limit = max(maxTokens, min(longest, overflows ? .max : sum))
        }
        let lowered = budget < limit ? budget : max(Self.leastBudget, limit / 2)
        guard lowered < limit else { return drop("left out, because the answer is too short to think", &losses) }
        losses.add("reasoning", "lowered to what fits into the answer", if: lowered < budget)
        thinking = .budget(lowered)
        if let asked = maxTokens {
            losses.add("max_tokens", "raised to \(limit), to make room for thinking", if: limit > asked)
            maxTokens = limit
        }
    }
}

extension ToolChoice {
    /// Whether the model must call a tool.
    fileprivate var isForced: Bool {
        switch self {
        case .required, .named, .allowed(_, isRequired: true): true
        case .auto, .none, .allowed: false
        }
    }
}
