/// Keeps answers for clients whose provider doesn't, with what it takes to go on from them.
protocol AnswerStore: Sendable {
    /// What the ids are sealed with that clients are given.
    var seals: ResponseSeals { get }

    /// Whether what is to be kept will be, as far as anyone can tell.
    func isUsable() async -> Bool

    /// Keeps an answer. Returns at once; whoever asks this process finds it from now on.
    func keep(_ response: StoredResponse)

    /// Waits until everyone who shares the store finds what was kept before, or can't for now.
    func share() async

    /// Waits until all that was to be kept is.
    func flush() async

    /// The answer of that id; nil when it is not, or no longer, kept.
    func answer(_ id: StoredResponse.ID) async throws(StateUnavailable) -> [UInt8]?

    /// The dialogue that ends with the answer of that id.
    ///
    /// - Parameter longest: In bytes; as a call's body, it has to be kept in memory.
    func dialogue(
        endingWith id: StoredResponse.ID, longest: Int
    ) async throws(StateUnavailable) -> StoredResponses.Finding

    /// Deletes an answer. What others need of it to go on from a later one is kept for them, out of sight.
    ///
    /// - Returns: Whether it was there.
    func delete(_ id: StoredResponse.ID) async throws(StateUnavailable) -> Bool
}
