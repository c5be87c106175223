/// Finds in a Chat body that passes through what other providers signed, in the fields in which the gateway hands it to
/// clients: `reasoning_details` on messages, `extra_content` on messages and tool calls.
struct OpenAIChatForeignState {
    private let model: OpenAIModelName
    private var found = ForeignState()

    /// What must go for the target that has this model. OpenRouter's own aliases stand for any model, and it sorts out
    /// for itself what each takes.
    static func find(in root: JSONNode, for model: String) -> ForeignState {
        guard !model.hasPrefix("openrouter/") else { return ForeignState() }
        var finder = OpenAIChatForeignState(model: OpenAIModelName(model))
        guard let messages = root["messages"] else { return finder.found }
        for message in messages.anyElements { finder.read(message) }
        return finder.found.sorted()
    }

    /// Whether a message has fields that may hold such things.
    static func mayBe(in message: JSONNode) -> Bool {
        message["reasoning_details"] != nil || message["extra_content"] != nil
            || message["tool_calls"]?.anyElements.contains { $0["extra_content"] != nil } == true
    }

    private init(model: OpenAIModelName) { self.model = model }

    private mutating func read(_ message: JSONNode) {
        var isForeign = false
        var members: [StaticString] = []
        if let details = message["reasoning_details"] {
            let removals = details.removals(ofElements: isForeign(detail:))
            if !removals.isEmpty {
                isForeign = true
                found.note("reasoning", "what another provider's model thought was left out")
                if removals.count == details.anyElements.reduce(0, { sum, _ in sum + 1 }) {
                    members.append("reasoning_details")
                } else {
                    found.remove(removals)
                }
            }
        }
        if !model.isGemini {
            for node in [message] + (message["tool_calls"].map { Array($0.anyElements) } ?? [])
            where node["extra_content"]?["google"]?["thought_signature"] != nil {
                isForeign = true
                found.note("thought_signature", "left out; it is another provider's")
                takeSignature(from: node, &members)
            }
        }
        // The strings tell the same thoughts once more.
        if isForeign, !model.wantsThoughtsBack {
            for key: StaticString in ["reasoning_content", "reasoning"] where message[key] != nil {
                members.append(key)
                found.note("reasoning", "what another provider's model thought was left out")
            }
        }
        found.remove(message.removals(ofMembers: members))
    }

    /// Whether a detail was signed by another provider than the one that has the model. One in a form that the gateway
    /// doesn't write is the target's own affair.
    private func isForeign(detail: JSONNode) -> Bool {
        guard detail.openAIText("format") != nil else { return false }
        let origin = OpenAIReasoning.origin(of: detail)
        return [OpaqueState.anthropic, OpaqueState.google, OpaqueState.openAI].contains(origin)
            && origin != model.stateOrigin
    }

    /// Takes Gemini's signature out of a message or a call, and its carrier where that holds nothing else.
    ///
    /// - Parameter members: What goes from the message itself.
    private mutating func takeSignature(from node: JSONNode, _ members: inout [StaticString]) {
        guard let extra = node["extra_content"], let google = extra["google"] else { return }
        if !google.hasOneMember {
            found.remove(google.removals(ofMembers: ["thought_signature"]))
        } else if !extra.hasOneMember {
            found.remove(extra.removals(ofMembers: ["google"]))
        } else if node["role"] != nil {
            members.append("extra_content")
        } else {
            found.remove(node.removals(ofMembers: ["extra_content"]))
        }
    }
}

extension JSONNode {
    fileprivate var hasOneMember: Bool {
        guard var members = try? members() else { return false }
        return members.next() != nil && members.next() == nil
    }
}
