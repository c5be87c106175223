/// What a JSON string can't hold as it is: a quote, a backslash, a control character (RFC 8259, section 7).
public enum JSONEscape {
    /// Where the next such byte is, at `start` or behind it; the text's end without one.
    public static func next(in text: UnsafeRawBufferPointer, from start: Int) -> Int {
        var at = start
        // Eight at a time: only the lowest mark is exact, because borrows travel upwards.
        let ones: UInt64 = 0x0101_0101_0101_0101
        while at &+ 8 <= text.count {
            let word = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            let (quote, backslash) = (word ^ (0x22 &* ones), word ^ (0x5c &* ones))
            let found =
                ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | ((word &- 0x20 &* ones) & ~word)
            let marks = found & (0x80 &* ones)
            if marks != 0 { return at &+ marks.trailingZeroBitCount &>> 3 }
            at &+= 8
        }
        while at < text.count, text[at] >= 0x20, text[at] != 0x22, text[at] != 0x5c { at &+= 1 }
        return at
    }

    /// Writes a string's contents, each such byte escaped, the runs between them whole.
    ///
    /// - Parameter append: Takes the pieces, in order.
    @inlinable public static func write(
        _ text: UnsafeRawBufferPointer, _ append: (UnsafeRawBufferPointer) -> Void
    ) {
        var copied = 0
        var at = next(in: text, from: 0)
        while at < text.count {
            if at > copied { append(UnsafeRawBufferPointer(rebasing: text[copied..<at])) }
            withUnsafeBytes(of: escape(of: text[at])) {
                append(UnsafeRawBufferPointer(rebasing: $0.prefix($0[1] == UInt8(ascii: "u") ? 6 : 2)))
            }
            copied = at + 1
            at = next(in: text, from: copied)
        }
        append(UnsafeRawBufferPointer(rebasing: text[copied...]))
    }

    /// Two bytes count, or all six where the second is `u`.
    @usableFromInline static func escape(of byte: UInt8) -> (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8) {
        func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 &+ value : 0x57 &+ value }
        let letter: UInt8 =
            switch byte {
            case 0x0a: UInt8(ascii: "n")
            case 0x0d: UInt8(ascii: "r")
            case 0x09: UInt8(ascii: "t")
            case 0x22, 0x5c: byte
            default: UInt8(ascii: "u")
            }
        return (0x5c, letter, 0x30, 0x30, digit(byte >> 4), digit(byte & 15))
    }
}
