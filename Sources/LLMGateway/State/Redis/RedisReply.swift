/// What Redis answers to a command.
enum RedisReply: Sendable, Equatable {
    case nothing
    case integer(Int64)
    /// A string or a status.
    case text([UInt8])
    /// What Redis refused, in its own words: the first is the kind.
    case error(String)
    case array([RedisReply])

    var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    var bytes: [UInt8]? { if case .text(let bytes) = self { bytes } else { nil } }
    var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
    var elements: [RedisReply]? { if case .array(let elements) = self { elements } else { nil } }
    var error: String? { if case .error(let sentence) = self { sentence } else { nil } }

    /// The kinds of refusal that are about the server, and not about the command: whatever it is asked next, it will refuse.
    private static let serverTroubles: Set<Substring> = [
        "READONLY", "LOADING", "MASTERDOWN", "NOREPLICAS", "MISCONF", "OOM", "BUSY", "UNKILLABLE", "CLUSTERDOWN",
        "MOVED",
        "ASK", "TRYAGAIN", "NOAUTH", "NOPERM", "WRONGPASS",
    ]

    /// Why the server can't be used at present; nil: this reply doesn't say so.
    var serverTrouble: String? {
        guard case .error(let sentence) = self, Self.serverTroubles.contains(sentence.prefix { $0 != " " }) else {
            return nil
        }
        return sentence
    }

    /// Whether a script is to be sent whole: the server has not seen it since its start.
    var isUnknownScript: Bool { error?.hasPrefix("NOSCRIPT") ?? false }
}
