/// The versions that are spoken here.
enum HTTPVersion: Equatable, Sendable {
    case http10, http11

    /// Reads the eight bytes of a version; nil where they are not all there yet.
    ///
    /// - Throws: `malformed` where it is no version at all, `unsupportedVersion` where it is another one.
    @inline(__always)
    static func read(_ base: UnsafeRawPointer, at index: Int, to end: Int) throws(HeadError) -> HTTPVersion? {
        guard index &+ 8 <= end else {
            if FieldGrammar.holdsLineFeed(base, from: index, to: end) { throw notOne }
            return nil
        }
        let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        if word == 0x312E_312F_5054_5448 { return .http11 }  // HTTP/1.1, last character first
        if word == 0x302E_312F_5054_5448 { return .http10 }
        guard word & 0x00FF_00FF_FFFF_FFFF == 0x002E_002F_5054_5448,
            isDigit(UInt8(truncatingIfNeeded: word >> 40)), isDigit(UInt8(truncatingIfNeeded: word >> 56))
        else { throw notOne }
        throw .unsupportedVersion
    }

    private static var notOne: HeadError { .malformed("The start line has no HTTP version where it should have one.") }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
}
