/// Finds the items that hold another provider's reasoning, or none that anyone wants back: the gateway wrote them for a
/// dialogue that has since moved here, and here they would be refused.
enum OpenAIResponsesForeignReasoning {
    static func find(in root: JSONNode) -> ForeignState {
        var found = ForeignState()
        guard let input = root["input"] else { return found }
        found.remove(input.removals(ofElements: isForeign))
        for item in input.anyElements where isForeign(item) { note(item, &found) }
        return found
    }

    /// Whether the gateway wrote an item for another provider.
    static func isForeign(_ item: JSONNode) -> Bool {
        item["encrypted_content"]?.contents.starts(with: OpenAIResponsesCarriedState.mark) == true
    }

    private static func note(_ item: JSONNode, _ found: inout ForeignState) {
        let sealed = item["encrypted_content"]?.decoded() ?? ""
        switch OpenAIResponsesCarriedState(encryptedContent: sealed, id: nil, hasText: true)?.owner {
        case .call, .text: found.note("thought_signature", "left out; it is another provider's")
        case .reasoning, .hidden, nil: found.note("reasoning", "what another provider's model thought was left out")
        }
    }
}
