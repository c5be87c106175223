/// What a Gemini call's path and query say.
extension CallPlace {
    /// Whether the answer is wanted in pieces.
    var geminiStreams: Bool { endpoint.path.hasSuffix(":streamGenerateContent") }

    /// Whether those pieces are wanted as server-sent events, and not as one array.
    var geminiWantsEvents: Bool {
        query.split(separator: "&").contains { $0 == "alt=sse" || $0 == "$alt=sse" || $0 == "%24alt=sse" }
    }
}
