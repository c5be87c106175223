/// Finds thoughts in a body of Messages that Anthropic would refuse because it didn't sign them: the gateway showed them
/// to the client as another model's.
enum AnthropicForeignThoughts {
    /// Thoughts without a signature go; a message that holds nothing else goes with them. Where the model is in the midst
    /// of a turn that another one began, it can't be asked to think with a budget: it would insist on the thoughts with
    /// which the turn began.
    static func find(in root: JSONNode) -> ForeignState {
        var found = ForeignState()
        guard let messages = root["messages"] else { return found }
        var turn = LastTurn()
        for message in messages.anyElements {
            turn.take(message)
            if !isNothingElse(message), let content = message["content"] {
                found.remove(content.removals(ofElements: isUnsigned))
            }
        }
        found.remove(messages.removals(ofElements: isNothingElse))
        if !found.splices.isEmpty { found.note("reasoning", "thoughts that Anthropic didn't sign were left out") }
        if asksForBudget(root), turn.lacksThoughts { stopThinking(root, &found) }
        return found.sorted()
    }

    /// Whether Claude is asked to think with a budget.
    static func asksForBudget(_ root: JSONNode) -> Bool { root["thinking"]?["type"]?.equals("enabled") == true }

    /// Whether a call of a tool has an id that Anthropic gave, wherever Claude is served.
    static func isOwnCall(_ id: JSONNode?) -> Bool { id?.contents.starts(with: "toolu_") == true }

    /// Whether a block is a thought that nobody signed.
    private static func isUnsigned(_ block: JSONNode) -> Bool {
        guard let type = block["type"] else { return false }
        let key: StaticString
        if type.equals("thinking") {
            key = "signature"
        } else if type.equals("redacted_thinking") {
            key = "data"
        } else {
            return false
        }
        return block[key].map { $0.contents.count == 0 } ?? true
    }

    private static func isNothingElse(_ message: JSONNode) -> Bool {
        guard let content = message["content"] else { return false }
        var isEmpty = true
        for block in content.anyElements {
            if !isUnsigned(block) { return false }
            isEmpty = false
        }
        return !isEmpty
    }

    private static func stopThinking(_ root: JSONNode, _ found: inout ForeignState) {
        found.remove(root.removals(ofMembers: ["thinking"]))
        found.note("thinking", "left out, because Claude didn't think at the beginning of this turn")
        // What clears thoughts is refused where there are to be none.
        guard let edits = root["context_management"]?["edits"] else { return }
        let cleared = edits.removals { $0["type"]?.contents.starts(with: "clear_thinking") == true }
        found.remove(cleared)
        if !cleared.isEmpty { found.note("context_management", "thoughts aren't cleared where there are none") }
    }

    /// What the model has said since the user's last words that are no results of its calls.
    private struct LastTurn {
        private var hasThoughts = false
        /// Whether another model called a tool in it, or thought.
        private var isForeign = false
        private var calls = false

        /// Whether another model began it, which Anthropic would notice.
        var lacksThoughts: Bool { calls && isForeign && !hasThoughts }

        mutating func take(_ message: JSONNode) {
            if message["role"]?.equals("assistant") == true {
                for block in message["content"]?.anyElements ?? message.anyElements { take(block: block) }
            } else if message["role"]?.equals("user") == true, !Self.hasResult(message) {
                self = LastTurn()
            }
        }

        private mutating func take(block: JSONNode) {
            guard let type = block["type"] else { return }
            if type.equals("tool_use") {
                calls = true
                if !isOwnCall(block["id"]) { isForeign = true }
            } else if isUnsigned(block) {
                isForeign = true
            } else if type.equals("thinking") || type.equals("redacted_thinking") {
                hasThoughts = true
            }
        }

        private static func hasResult(_ message: JSONNode) -> Bool {
            message["content"]?.anyElements.contains { $0["type"]?.equals("tool_result") == true } ?? false
        }
    }
}
