/// Bytes as text in RFC 4648's standard alphabet.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// By character: the six bits that it stands for; 255 for what is none of the alphabet's.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    /// The text of some bytes, padded.
    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for place in 0..<4 {
                let isPadding = place > group.count
                text.append(isPadding ? UInt8(ascii: "=") : alphabet[Int(bits >> UInt32(18 - 6 * place) & 63)])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes that a text stands for; nil when it isn't base64. Padding may be missing.
    static func decode(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        var length = text.count
        while length > 0, text.count - length < 2, text[length - 1] == UInt8(ascii: "=") { length -= 1 }
        guard length % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(length * 3 / 4)
        let isWhole = values.withUnsafeBufferPointer { values in
            var bits: UInt32 = 0
            for at in 0..<length {
                let value = values[Int(text[at])]
                guard value < 64 else { return false }
                bits = bits &<< 6 | UInt32(value)
                if at & 3 == 3 {
                    bytes.append(UInt8(truncatingIfNeeded: bits &>> 16))
                    bytes.append(UInt8(truncatingIfNeeded: bits &>> 8))
                    bytes.append(UInt8(truncatingIfNeeded: bits))
                }
            }
            if length & 3 == 2 { bytes.append(UInt8(truncatingIfNeeded: bits &>> 4)) }
            if length & 3 == 3 {
                bytes.append(UInt8(truncatingIfNeeded: bits &>> 10))
                bytes.append(UInt8(truncatingIfNeeded: bits &>> 2))
            }
            return true
        }
        return isWhole ? bytes : nil
    }
}
