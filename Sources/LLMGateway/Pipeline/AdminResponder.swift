/// Answers what only those who operate the gateway may ask for. The room that does knows the pipeline, and not the other
/// way round.
protocol AdminResponder: Sendable {
    /// Looked at for paths that are nobody else's; most of those are nobody's at all.
    ///
    /// - Returns: Whether the path is one of its own: then the request was answered, be it with a refusal.
    func respond(on connection: ServerConnection, _ state: LoopState, requestID: String) async -> Bool
}
