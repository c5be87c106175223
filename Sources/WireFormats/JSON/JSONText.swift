extension JSONNode {
    /// The string without its quotes and escapes; empty for what is no string. A lone surrogate becomes U+FFFD.
    func decoded() -> String {
        let written = contents
        return isEscaped ? Self.decode(written) : String(decoding: written, as: UTF8.self)
    }

    /// Resolves the escapes in a string's contents.
    static func decode(_ written: UnsafeRawBufferPointer) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(written.count)
        var at = 0
        while at < written.count {
            // A backslash is all that a string's contents can hold of what needs escaping.
            let escape = JSONEscape.next(in: written, from: at)
            text.append(contentsOf: UnsafeRawBufferPointer(rebasing: written[at..<escape]))
            guard escape < written.count else { break }
            at = escape
            switch written[at + 1] {
            case UInt8(ascii: "n"): text.append(0x0a)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "r"): text.append(0x0d)
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0c)
            case UInt8(ascii: "u"):
                let (scalar, length) = scalar(written, at)
                text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
                at += length
                continue
            case let itself: text.append(itself)
            }
            at += 2
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The character that one `\uXXXX` spells, or two that are a surrogate pair, and how many bytes that took.
    private static func scalar(_ text: UnsafeRawBufferPointer, _ at: Int) -> (Unicode.Scalar, Int) {
        let first = codeUnit(text, at)
        if let scalar = Unicode.Scalar(first) { return (scalar, 6) }
        if UTF16.isLeadSurrogate(first), at + 12 <= text.count, text[at + 6] == UInt8(ascii: "\\"),
            text[at + 7] == UInt8(ascii: "u")
        {
            let second = codeUnit(text, at + 6)
            if UTF16.isTrailSurrogate(second) {
                let high = UInt32(first - 0xd800) << 10
                return (Unicode.Scalar(0x10000 + high + UInt32(second - 0xdc00)) ?? "\u{fffd}", 12)
            }
        }
        return ("\u{fffd}", 6)
    }

    private static func codeUnit(_ text: UnsafeRawBufferPointer, _ at: Int) -> UInt16 {
        (2..<6).reduce(0) { $0 << 4 | (JSONScanner.hexValue(text[at + $1]) ?? 0) }
    }
}
