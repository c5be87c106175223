/// How Claude is asked to think, and how long the answer may be, of which the thoughts are a part.
struct AnthropicThinking {
    /// What `thinking` says.
    enum Mode: Equatable {
        /// Nothing.
        case none
        /// Up to so many tokens.
        case budget(Int)
        /// As much as it sees fit.
        case adaptive
    }

    private(set) var mode = Mode.none
    /// How hard to try; nil: the model's own way.
    private(set) var effort: String?
    /// The longest answer, in tokens.
    private(set) var maxTokens: Int
    /// Whether Claude refuses to see what it thought earlier in its turn, because it isn't asked to go on thinking.
    private(set) var refusesThoughts = false

    /// The longest answer where neither the client nor anybody else says one; Anthropic insists on a number.
    static let usualMaxTokens = 4096
    /// The smallest budget that there is, in tokens.
    private static let leastBudget = 1024
    /// What "as much as it sees fit" comes to for a model that must be told, in tokens.
    private static let usualBudget = 8192

    init(
        _ request: ChatRequest, _ dialogue: AnthropicDialogue, for target: TargetTraits, losses: inout AnthropicLosses
    ) {
        let limit = target.longestAnswer ?? Int.max
        maxTokens = request.maxOutputTokens ?? target.longestAnswer ?? Self.usualMaxTokens
        if maxTokens > limit {
            maxTokens = limit
            losses.note("max_tokens", "lowered to \(limit), the longest that the model answers")
        }
        choose(request.reasoning, target.reasoning, &losses)
        check(request, dialogue, within: limit, &losses)
        let style = target.reasoning ?? request.reasoning?.ownStyle ?? .adaptive
        refusesThoughts = mode == .none && style != .adaptive
    }

    /// Leaves thinking out where Anthropic would refuse it.
    private mutating func check(
        _ request: ChatRequest, _ dialogue: AnthropicDialogue, within limit: Int, _ losses: inout AnthropicLosses
    ) {
        guard mode != .none else { return }
        if request.toolChoice?.forcesCall == true, !request.tools.isEmpty {
            mode = .none
            losses.note("reasoning", "left out, because Claude doesn't think where it must call a tool")
        } else if case .budget(let budget) = mode {
            // Asked with a budget, Claude insists on the thoughts with which its turn began.
            if dialogue.lacksThoughts {
                mode = .none
                losses.note("reasoning", "left out, because what Claude thought earlier in this turn is lost")
            } else {
                makeRoom(for: budget, within: limit, clientSaid: request.maxOutputTokens != nil, &losses)
            }
        }
    }

    /// Says in the model's way what the client wished; where nobody knows the model's way, in the client's, which for a
    /// word is the newest models'.
    private mutating func choose(
        _ wish: ReasoningWish?, _ style: TargetTraits.ReasoningStyle?, _ losses: inout AnthropicLosses
    ) {
        guard let wish, wish.effortWord != "none", wish.budgetTokens != 0 else { return }
        switch style ?? wish.ownStyle {
        case .none: losses.note("reasoning", "the model doesn't think")
        case .budget: mode = .budget(max(wish.budgetTokens ?? Self.usualBudget, Self.leastBudget))
        case .adaptive:
            mode = .adaptive
            effort = wish.anthropicEffort
        }
    }

    /// The budget must be less than the longest answer, and clients count only what they see: the answer may be longer
    /// by the budget as far as the model goes; from there on the budget is smaller.
    ///
    /// - Parameter clientSaid: Whether the limit is the client's.
    private mutating func makeRoom(
        for budget: Int, within limit: Int, clientSaid: Bool, _ losses: inout AnthropicLosses
    ) {
        guard budget >= maxTokens else { return }
        let visible = maxTokens
        let (sum, overflowed) = visible.addingReportingOverflow(budget)
        maxTokens = overflowed ? limit : min(sum, limit)
        let rest = max(maxTokens - visible, Self.leastBudget)
        guard rest < maxTokens else {
            mode = .none
            return losses.note("reasoning", "left out, because the model's longest answer has no room for it")
        }
        if rest < budget {
            mode = .budget(rest)
            losses.note("reasoning", "lowered to \(rest) tokens, for which the longest answer has room")
        }
        if maxTokens > visible, clientSaid {
            losses.note("max_tokens", "raised to \(maxTokens), to make room for thinking")
        }
    }

    /// Writes `thinking`. The newest models show what they think only where they are asked to.
    func write(to json: inout JSONWriter) {
        guard mode != .none else { return }
        json.object("thinking") { json in
            switch mode {
            case .none: break
            case .budget(let tokens):
                json.field("type", "enabled")
                json.field("budget_tokens", tokens)
            case .adaptive:
                json.field("type", "adaptive")
                json.field("display", "summarized")
            }
        }
    }
}

extension ReasoningWish {
    /// The way of asking that says this as it is.
    fileprivate var ownStyle: TargetTraits.ReasoningStyle {
        if case .budget = self { .budget } else { .adaptive }
    }

    /// The word for it that Anthropic knows; nil: the model's own way.
    fileprivate var anthropicEffort: String? {
        switch effortWord {
        case "minimal": "low"
        case "low", "medium", "high", "xhigh", "max": effortWord
        default: nil
        }
    }
}

extension ToolChoice {
    /// Whether the model must call a tool.
    fileprivate var forcesCall: Bool {
        switch self {
        case .required, .named, .allowed(_, isRequired: true): true
        case .auto, .none, .allowed: false
        }
    }
}
