/// Base64 in Google's two alphabets (RFC 4648): its clients send the one that is safe in URLs as well.
enum GeminiBase64 {
    /// The usual alphabet, with padding: what every other API wants.
    static func standard(_ text: String) -> String {
        var text = text
        let isStandard = text.withUTF8 { bytes in
            bytes.count % 4 == 0 && !bytes.contains { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
        }
        if isStandard { return text }
        var bytes = text.utf8.map { byte in
            byte == UInt8(ascii: "-") ? UInt8(ascii: "+") : byte == UInt8(ascii: "_") ? UInt8(ascii: "/") : byte
        }
        while bytes.count % 4 != 0 { bytes.append(UInt8(ascii: "=")) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
