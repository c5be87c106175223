/// The ids of calls as Anthropic takes them: letters, digits, `_` and `-`, no id twice in a dialogue.
///
/// A good id stays as it is. Any other becomes its hash, so that it is the same in every request of a dialogue, and what
/// the provider has cached is found again.
struct AnthropicToolIDs {
    private var taken: Set<String> = []
    /// How often an id was met.
    private var uses: [String: Int] = [:]
    /// What the calls of an id are called, and how many of them have their result.
    private var calls: [String: (names: [String], answered: Int)] = [:]

    /// The id of the next call.
    mutating func call(_ id: String) -> String {
        let valid = Self.valid(id)
        var name = valid
        while !taken.insert(name).inserted {
            uses[valid, default: 1] += 1
            name = "\(valid)_\(uses[valid, default: 1])"
        }
        calls[id, default: ([], 0)].names.append(name)
        return name
    }

    /// The id of the call that the next result of this id belongs to.
    mutating func result(_ id: String) -> String {
        guard let known = calls[id], known.answered < known.names.count else { return Self.valid(id) }
        calls[id]?.answered += 1
        return known.names[known.answered]
    }

    private static func valid(_ id: String) -> String {
        if isValid(id) { return id }
        // FNV-1a, which is the same in every process.
        let hash = id.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0100_0000_01b3 }
        return "toolu_" + String(hash, radix: 16)
    }

    /// Whether an id consists of what Anthropic allows, and of something.
    static func isValid(_ id: String) -> Bool {
        !id.isEmpty
            && id.utf8.allSatisfy { letter in
                switch letter {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"): true
                default: false
                }
            }
    }
}
