/// Names of tools, in the letters that Google allows.
///
/// A name that doesn't fit is spelled with escapes, so that the model's answer, which knows nothing of the request, leads
/// back to the name that the client gave.
enum GeminiToolName {
    /// The most bytes that a name may have.
    static let longest = 128
    /// What marks a name with escapes. A name that begins so by itself gets some.
    private static let mark = "_."

    /// The name for Google; nil when it is too long.
    static func encode(_ name: String) -> String? {
        let encoded = isPlain(name) ? name : mark + escaped(name)
        return encoded.utf8.count <= longest ? encoded : nil
    }

    private static func isPlain(_ name: String) -> Bool {
        guard let first = name.utf8.first, isLetterOrDigit(first) || first == UInt8(ascii: "_") else { return false }
        return !(0x30...0x39).contains(first) && !name.hasPrefix(mark)
            && name.utf8.allSatisfy { isPlain($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }
    }

    private static func escaped(_ name: String) -> String {
        name.utf8.reduce(into: "") { text, byte in
            if isPlain(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += (byte < 16 ? ".0" : ".") + String(byte, radix: 16)
            }
        }
    }

    /// The name that ``encode(_:)`` was given; every other name as it is.
    static func decode(_ name: String) -> String {
        guard name.hasPrefix(mark) else { return name }
        var bytes: [UInt8] = []
        var rest = Substring(name.dropFirst(mark.count)).utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: ".") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let escaped = UInt8(Substring(rest.prefix(2)), radix: 16) else { return name }
            bytes.append(escaped)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20)
    }
}
