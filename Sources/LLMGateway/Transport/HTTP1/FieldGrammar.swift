#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Which bytes RFC 9110 and RFC 9112 allow where, and the scans that find the first one that is not allowed.
///
/// Every scan looks at `from..<to` of the bytes at `base` and returns `to` when it found nothing.
enum FieldGrammar {
    static let cr: UInt8 = 0x0D
    static let lf: UInt8 = 0x0A
    static let space: UInt8 = 0x20
    static let tab: UInt8 = 0x09

    /// Letters, digits and ``!#$%&'*+-.^_`|~``: what methods and field names consist of.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        contains(byte, 0x03FF_6CFA_0000_0000, 0x57FF_FFFF_C7FF_FFFE)
    }

    /// What a registered name may consist of (RFC 3986, 3.2.2), percent signs included.
    @inline(__always)
    static func isRegisteredName(_ byte: UInt8) -> Bool {
        contains(byte, 0x2BFF_7FF2_0000_0000, 0x47FF_FFFE_87FF_FFFE)
    }

    /// Optional white space: a space or a tab.
    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }

    /// Visible US-ASCII, without the space.
    @inline(__always)
    static func isVisible(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F }

    /// Membership in a set of US-ASCII characters that is given as two bitmaps, 0...63 and 64...127.
    @inline(__always)
    private static func contains(_ byte: UInt8, _ low: UInt64, _ high: UInt64) -> Bool {
        let half = byte & 0x40 == 0 ? low : high
        return byte < 0x80 && half &>> UInt64(byte & 0x3F) & 1 != 0
    }

    /// The first byte that is not a token character.
    @inline(__always)
    static func endOfToken(_ base: UnsafeRawPointer, from: Int, to: Int) -> Int {
        end(base, from: from, to: to) { isToken($0) }
    }

    /// The first byte that no registered name may hold.
    static func endOfRegisteredName(_ base: UnsafeRawPointer, from: Int, to: Int) -> Int {
        end(base, from: from, to: to) { isRegisteredName($0) }
    }

    /// The first byte that is not in the set. Letters and hyphens are in it: they go eight at a time, the rest one by one, as
    /// nearly all names consist of those.
    @inline(__always)
    private static func end(_ base: UnsafeRawPointer, from: Int, to: Int, of isMember: (UInt8) -> Bool) -> Int {
        var index = from
        while index &+ 8 <= to {
            let others = otherThanLettersAndHyphens(word(base, index))
            guard others != 0 else {
                index &+= 8
                continue
            }
            index &+= others.trailingZeroBitCount &>> 3
            guard isMember(base.load(fromByteOffset: index, as: UInt8.self)) else { return index }
            index &+= 1
        }
        while index < to, isMember(base.load(fromByteOffset: index, as: UInt8.self)) { index &+= 1 }
        return index
    }

    /// The first byte that ends a piece of a request target: `?`, `#`, or anything but visible US-ASCII.
    @inline(__always)
    static func endOfTargetPiece(_ base: UnsafeRawPointer, from: Int, to: Int) -> Int {
        var index = from
        while index &+ 8 <= to {
            let word = word(base, index)
            let below = (word &- 0x2121_2121_2121_2121) & ~word
            let ends =
                below | word | zeroBytes(word ^ 0x7F7F_7F7F_7F7F_7F7F)
                | zeroBytes(word ^ 0x3F3F_3F3F_3F3F_3F3F) | zeroBytes(word ^ 0x2323_2323_2323_2323)
            let marks = ends & 0x8080_8080_8080_8080
            guard marks == 0 else { return index &+ marks.trailingZeroBitCount &>> 3 }
            index &+= 8
        }
        while index < to {
            let byte = base.load(fromByteOffset: index, as: UInt8.self)
            if !isVisible(byte) || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") { return index }
            index &+= 1
        }
        return to
    }

    /// Sets the top bit of each byte of the word that is neither a letter nor a hyphen. No sum carries into the next byte, as
    /// its terms are below 0x80.
    @inline(__always)
    private static func otherThanLettersAndHyphens(_ word: UInt64) -> UInt64 {
        let low = word & 0x7F7F_7F7F_7F7F_7F7F
        let small = low | 0x2020_2020_2020_2020
        // From 0x61 on, not from 0x7B on.
        let letters = (small &+ 0x1F1F_1F1F_1F1F_1F1F) & ~(small &+ 0x0505_0505_0505_0505)
        let notHyphens = (low ^ 0x2D2D_2D2D_2D2D_2D2D) &+ 0x7F7F_7F7F_7F7F_7F7F
        return (word | (notHyphens & ~letters)) & 0x8080_8080_8080_8080
    }

    /// Eight bytes, the first one lowest.
    @inline(__always)
    private static func word(_ base: UnsafeRawPointer, _ index: Int) -> UInt64 {
        UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    /// The first byte that no field value may hold: a control character other than the tab. CR and LF are among them.
    @inline(__always)
    static func endOfText(_ base: UnsafeRawPointer, from: Int, to: Int) -> Int {
        var index = from
        while index &+ 8 <= to {
            let controls = controlBytes(word(base, index))
            guard controls != 0 else {
                index &+= 8
                continue
            }
            index &+= controls.trailingZeroBitCount &>> 3
            guard base.load(fromByteOffset: index, as: UInt8.self) == tab else { return index }
            index &+= 1
        }
        while index < to {
            let byte = base.load(fromByteOffset: index, as: UInt8.self)
            if (byte < 0x20 && byte != tab) || byte == 0x7F { return index }
            index &+= 1
        }
        return to
    }

    /// Sets the top bit of each byte of the word that is below 0x20 or is 0x7F. Only the lowest mark is exact: a difference may
    /// borrow from the bytes above.
    @inline(__always)
    private static func controlBytes(_ word: UInt64) -> UInt64 {
        let below = (word &- 0x2020_2020_2020_2020) & ~word
        return (below | zeroBytes(word ^ 0x7F7F_7F7F_7F7F_7F7F)) & 0x8080_8080_8080_8080
    }

    /// Sets the top bit of each byte that is 0, and means nothing by the other bits. Only the lowest mark is exact.
    @inline(__always)
    private static func zeroBytes(_ word: UInt64) -> UInt64 { (word &- 0x0101_0101_0101_0101) & ~word }

    /// Whether the line ends with CR LF at `index`: nil where that can't be known yet.
    ///
    /// - Throws: `malformed` where another byte stands there.
    @inline(__always)
    static func lineEnds(_ base: UnsafeRawPointer, at index: Int, to: Int) throws(HeadError) -> Bool? {
        guard index < to else { return nil }
        guard base.load(fromByteOffset: index, as: UInt8.self) == cr else {
            throw .malformed("A line holds a control character, or does not end with CR LF.")
        }
        guard index &+ 1 < to else { return nil }
        guard base.load(fromByteOffset: index &+ 1, as: UInt8.self) == lf else {
            throw .malformed("A carriage return is not followed by a line feed.")
        }
        return true
    }

    /// Whether there is a line feed.
    static func holdsLineFeed(_ base: UnsafeRawPointer, from: Int, to: Int) -> Bool {
        from < to && memchr(base + from, Int32(lf), to &- from) != nil
    }

    /// Whether the bytes are `lowered`, ignoring case. `lowered` has no capital letters and none of `@ [ \ ] ^ _`.
    ///
    /// Only letters are folded, so it is exact for any bytes.
    @inline(__always)
    static func equals(_ bytes: UnsafeRawPointer, count: Int, ignoringCase lowered: StaticString) -> Bool {
        guard count == lowered.utf8CodeUnitCount else { return false }
        let wanted = UnsafeRawPointer(lowered.utf8Start)
        var index = 0
        if count >= 8 {
            while index &+ 8 < count {
                guard equalsLetters(bytes, wanted, at: index, as: UInt64.self) else { return false }
                index &+= 8
            }
            // The last word overlaps the one before: cheaper than a byte at a time.
            return equalsLetters(bytes, wanted, at: count &- 8, as: UInt64.self)
        }
        if count >= 4 {
            return equalsLetters(bytes, wanted, at: 0, as: UInt32.self)
                && equalsLetters(bytes, wanted, at: count &- 4, as: UInt32.self)
        }
        while index < count {
            guard equalsLetters(bytes, wanted, at: index, as: UInt8.self) else { return false }
            index &+= 1
        }
        return true
    }

    /// 0x40 is set in letters; shifted to 0x20 it is the bit that makes them small.
    @inline(__always)
    private static func equalsLetters<Word: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: UnsafeRawPointer, _ lowered: UnsafeRawPointer, at index: Int, as type: Word.Type
    ) -> Bool {
        let wanted = lowered.loadUnaligned(fromByteOffset: index, as: type)
        let letters = wanted & Word(truncatingIfNeeded: 0x4040_4040_4040_4040)
        return bytes.loadUnaligned(fromByteOffset: index, as: type) | letters &>> 1 == wanted
    }
}
