/// Ids of tool calls. Google gives them on newer models only; every other API needs them.
enum GeminiCallID {
    /// An id for a call that has none: the same for the same words, of 22 letters, digits and underscores.
    static func made(from words: String...) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325  // FNV-1a
        for word in words {
            for byte in word.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
            hash = (hash ^ 0xff) &* 0x0000_0100_0000_01b3  // a byte that is in no UTF-8 ends the word
        }
        let digits = String(hash, radix: 16)
        return "gcall_" + String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The id as Google may be told it: its own have eight letters and digits. A surface that gives none refuses the field,
    /// and pairs calls and results by their order.
    static func ownedByGoogle(_ id: String) -> String? {
        let isOwn = id.utf8.count == 8 && id.utf8.allSatisfy(\.isASCIILetterOrDigit)
        return isOwn ? id : nil
    }
}
