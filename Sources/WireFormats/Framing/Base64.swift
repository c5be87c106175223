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
    static func encode(_ bytes: [UInt8]) -> String { bytes.withUnsafeBytes(encode) }

    /// The text of some bytes, padded. They may be many: a picture's.
    static func encode(_ bytes: UnsafeRawBufferPointer) -> String {
        let length = (bytes.count + 2) / 3 * 4
        return String(unsafeUninitializedCapacity: length) { text in
            alphabet.withUnsafeBufferPointer { alphabet in
                var (from, to) = (0, 0)
                func write(_ bits: UInt32, _ letters: Int) {
                    for place in 0..<4 {
                        let letter = alphabet[Int(bits &>> UInt32(18 &- 6 &* place) & 63)]
                        text[to &+ place] = place < letters ? letter : UInt8(ascii: "=")
                    }
                    to &+= 4
                }
                while from &+ 3 <= bytes.count {
                    write(UInt32(bytes[from]) << 16 | UInt32(bytes[from &+ 1]) << 8 | UInt32(bytes[from &+ 2]), 4)
                    from &+= 3
                }
                switch bytes.count &- from {
                case 1: write(UInt32(bytes[from]) << 16, 2)
                case 2: write(UInt32(bytes[from]) << 16 | UInt32(bytes[from &+ 1]) << 8, 3)
                default: break
                }
            }
            return length
        }
    }

    /// As ``decode(_:)-(UnsafeRawBufferPointer)``, for a text.
    static func decode(_ text: String) -> [UInt8]? {
        var text = text
        return text.withUTF8 { decode(UnsafeRawBufferPointer($0)) }
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
