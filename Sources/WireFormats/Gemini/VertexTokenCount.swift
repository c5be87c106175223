/// How Vertex is asked to count tokens: with system and tools at the body's top, where AI Studio takes them in a request
/// within the request.
public enum VertexTokenCount {
    /// - Parameter body: What AI Studio's clients send; what has no inner request is right as it is.
    public static func edits(to body: JSONNode) -> [BodySplice] {
        guard let inner = body.googleField("generateContentRequest", "generate_content_request"),
            inner.kind == .object
        else { return [] }
        var edits = [BodySplice(body.range.lowerBound..<inner.range.lowerBound, [])]
        if let model = inner.removal(of: "model") { edits.append(BodySplice(model, [])) }
        edits.append(BodySplice(inner.range.upperBound..<body.range.upperBound, []))
        return edits
    }
}
