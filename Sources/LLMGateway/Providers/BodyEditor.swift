import WireFormats

/// Fits bodies to a provider that wants them otherwise than their format has them.
protocol BodyEditor: Sendable {
    /// Whether there may be anything to change in calls of this kind: their bodies are read once more.
    func isNeeded(for kind: CallKind) -> Bool

    /// What to change: sorted, without overlaps.
    ///
    /// - Parameters:
    ///   - body: The client's own, which passes through, or one of the gateway's writing.
    ///   - clientHeader: A field of the client's head, by its name in lower case.
    func edits(to body: JSONNode, of kind: CallKind, clientHeader: (StaticString) -> String?) -> [BodySplice]
}

extension BodyEditor {
    func isNeeded(for kind: CallKind) -> Bool { true }
}
