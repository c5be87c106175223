/// How far a head parser has come, so that a head that arrives drop by drop is not searched from its beginning each time.
struct HeadCursor: Sendable {
    /// The first byte of the first line that is not understood yet.
    var lineStart = 0
    /// Up to here, that line has no end.
    private var searched = 0

    /// Whether a line may have become complete since the last ``pause(at:maxBytes:)``.
    @inline(__always)
    func mayAdvance(_ base: UnsafeRawPointer, to end: Int) -> Bool {
        searched <= lineStart || FieldGrammar.holdsLineFeed(base, from: searched, to: end)
    }

    /// Remembers that the line does not end before `end`.
    ///
    /// - Throws: `tooLarge` where the head may not have more bytes than these.
    mutating func pause(at end: Int, maxBytes: Int) throws(HeadError) -> HeadProgress {
        searched = end
        guard end < maxBytes else { throw .tooLarge }
        return .needMore
    }
}
