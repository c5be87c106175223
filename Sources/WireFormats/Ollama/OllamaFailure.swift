/// How Ollama tells a failure: `{"error":"…"}`, as a body or as a line of a stream.
enum OllamaFailure {
    static func body(_ failure: ChatFailure) -> [UInt8] {
        JSONWriter.write { json in
            json.object { json in json.field("error", failure.message) }
        }
    }

    /// The line that ends a broken stream.
    static func line(_ failure: ChatFailure) -> [UInt8] { body(failure) + [UInt8(ascii: "\n")] }

    /// Reads Ollama's own shape, and those of the servers that stand in front of one; nil for what says nothing.
    static func read(_ root: JSONNode) -> UpstreamFailureBody? {
        let error = root["error"]
        let message = text(error) ?? text(error?["message"]) ?? text(root["message"])
        return message.map { UpstreamFailureBody(message: $0) }
    }

    private static func text(_ node: JSONNode?) -> String? {
        guard let node, node.kind == .string, node.contents.count > 0 else { return nil }
        return node.decoded()
    }
}
