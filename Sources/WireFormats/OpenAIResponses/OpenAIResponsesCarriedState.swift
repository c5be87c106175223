/// What a provider wants back, in the form in which a client of Responses hands it back: as the `encrypted_content` of a
/// reasoning item, the one thing that such clients keep without knowing what it is.
///
/// OpenAI's own sealed reasoning goes there as it came. Everything else is tagged, so that it is told apart and read
/// again by any replica: `llmgw1.<owner>.<origin>.<id>.<value>`, the last two in base64url without padding. `llmgw1` is
/// the form's version; alone, it marks reasoning that nobody wants back.
struct OpenAIResponsesCarriedState: Equatable {
    /// Whose state it is.
    enum Owner: String {
        /// The reasoning whose text is the item's summary.
        case reasoning
        /// Reasoning of which nothing is told.
        case hidden
        /// The tool call that the item stands before.
        case call
        /// The text that the item stands behind.
        case text
    }

    let owner: Owner
    let state: OpaqueState

    init(_ owner: Owner, _ state: OpaqueState) { (self.owner, self.state) = (owner, state) }

    /// What the gateway's own items have where there is nothing to hand back, so that they are known as its own.
    static let nothing = "llmgw1"

    /// What every tag begins with, of whatever version.
    static let mark: StaticString = "llmgw"

    /// Reads what an item has; nil where it has ``nothing``.
    ///
    /// - Parameters:
    ///   - id: The item's own.
    ///   - hasText: Whether the item tells what was thought.
    init?(encryptedContent text: String, id: String?, hasText: Bool) {
        if text == Self.nothing { return nil }
        if let tagged = Self(tagged: text) {
            self = tagged
        } else {
            // What is tagged and can't be read is no word of OpenAI's, so it must not get there.
            let origin = text.hasPrefix("\(Self.mark)") ? "llm-gateway" : OpaqueState.openAI
            self.init(hasText ? .reasoning : .hidden, OpaqueState(origin: origin, value: text, id: id))
        }
    }

    /// The id that an item must have for the state to go as it came.
    var ownID: String? { state.origin == OpaqueState.openAI && owner == .hidden ? state.id : nil }

    /// What an item of this id has.
    func encryptedContent(itemID: String) -> String {
        if itemID == ownID { return state.value }
        let (id, value) = (Base64URL.encode(state.id ?? ""), Base64URL.encode(state.value))
        return "\(Self.nothing).\(owner.rawValue).\(state.origin).\(id).\(value)"
    }

    /// An origin may have dots; the other words have none.
    private init?(tagged text: String) {
        let words = text.split(separator: ".", omittingEmptySubsequences: false)
        guard words.count >= 5, words[0] == Self.nothing, let owner = Owner(rawValue: String(words[1])),
            let id = Base64URL.decode(words[words.count - 2]), let value = Base64URL.decode(words[words.count - 1])
        else { return nil }
        let origin = words[2..<(words.count - 2)].joined(separator: ".")
        self.init(owner, OpaqueState(origin: origin, value: value, id: id.isEmpty ? nil : id))
    }
}

/// Text as RFC 4648's base64url, without padding.
private enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// What each byte stands for; 255 for those that stand for nothing.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(value) }
        return values
    }()

    static func encode(_ text: String) -> String {
        var encoded: [UInt8] = []
        encoded.reserveCapacity((text.utf8.count * 4 + 2) / 3)
        var (bits, count): (UInt32, Int) = (0, 0)
        for byte in text.utf8 {
            (bits, count) = (bits << 8 | UInt32(byte), count + 8)
            while count >= 6 {
                count -= 6
                encoded.append(alphabet[Int(bits >> UInt32(count) & 63)])
            }
        }
        if count > 0 { encoded.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// nil for what isn't base64url, or no text.
    static func decode(_ encoded: Substring) -> String? {
        guard encoded.utf8.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(encoded.utf8.count * 3 / 4)
        var (bits, count): (UInt32, Int) = (0, 0)
        for letter in encoded.utf8 {
            let value = values[Int(letter)]
            guard value < 64 else { return nil }
            (bits, count) = (bits << 6 | UInt32(value), count + 6)
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
