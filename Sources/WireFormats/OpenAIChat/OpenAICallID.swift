/// Ids of tool calls: made where an upstream gives none, and replaced where one wouldn't take those that there are. An
/// id only pairs a call with its result, so any other will do, as long as it is always the same for the same call.
enum OpenAICallID {
    private static let alphabet = Array("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)

    /// OpenAI takes no longer ones.
    private static let longest = 40

    /// An id for the call number `index` of an answer. It differs from those of the dialogue's other answers, even
    /// where the upstream gives the answers no ids.
    static func make(answer: String, created: Int, index: Int, name: String) -> String {
        "call_" + digest("\(answer)|\(created)|\(index)|\(name)", length: 11) + String(index)
    }

    /// Whether an upstream's id tells a call from others: some just count, from 0 on in each answer.
    static func isUsable(_ id: String) -> Bool { id.utf8.count > 3 }

    /// The id that a server is told for `id`.
    static func sent(_ id: String, to model: OpenAIModelName) -> String {
        if model.wantsShortIDs {
            let fits = id.utf8.count == 9 && id.utf8.allSatisfy(alphabet.contains)
            return fits ? id : digest(id, length: 9)
        }
        return id.utf8.count > longest ? "call_" + digest(id, length: 11) : id
    }

    /// Letters and digits that stand for a text (FNV-1a), at most 11.
    private static func digest(_ text: String, length: Int) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        var letters: [UInt8] = []
        for _ in 0..<length {
            letters.append(alphabet[Int(hash % 62)])
            hash /= 62
        }
        return String(decoding: letters, as: UTF8.self)
    }
}
