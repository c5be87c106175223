/// An entry under `keys:`, a key that clients call with.
struct KeySettings: Sendable {
    let terms: KeyTerms
    let credential: Credential

    /// The key, or what tells it from others.
    enum Credential: Sendable, Equatable {
        case key(Secret)
        /// SHA-256 of the key's UTF-8 bytes, 32 bytes.
        case digest([UInt8])
        /// Only in a configuration that is refused.
        case none
    }

    init(_ settings: Settings) {
        let name = KeyTerms.name(settings)
        credential = Self.credential(settings)
        terms = KeyTerms(name, settings)
    }

    /// The key itself, where it is known: nobody shall read it in a log.
    var secret: Secret? { if case .key(let secret) = credential { secret } else { nil } }

    /// Exactly one of the three. A key that is said by an unset variable alone would leave the gateway open to nobody, or to
    /// everybody: it is a mistake, whatever else is there.
    private static func credential(_ settings: Settings) -> Credential {
        let key = settings.readIfSet("key", .secret, "What clients send. Best given as ${NAME}.")?.value
        let digest = settings.readIfSet("key_sha256", .digest, "Or the key's SHA-256, so that nobody can read it here.")
        let file = settings.secretFile("key_file", "Or a file that holds the key; read again when it changes.")?.value
        guard !settings.reading.isDocumenting else { return .none }
        let ways = ["key", "key_sha256", "key_file"]
        let written = settings.node?.entries.map(\.key).filter(ways.contains) ?? []
        let said = written.filter { settings.node?[$0] != nil }
        guard said.count < 2 else {
            settings.complain(said[1], "can't stand beside \(said[0]); a key is said in one way")
            return .none
        }
        if let key = key ?? file { return .key(key) }
        if let digest = digest?.value { return .digest(digest) }
        if let way = said.first ?? written.first {
            guard !settings.reading.hasProblem(at: settings.path.key(way)) else { return .none }
            settings.complain(way, "is empty; is the variable or the file set that it comes from?")
        } else {
            settings.complain(nil, "needs one of \(ways.joined(separator: ", "))")
        }
        return .none
    }

    /// Complains of names and keys that are there twice.
    static func check(_ keys: [KeySettings], _ settings: Settings) {
        for (index, key) in keys.enumerated() {
            let path = settings.path.key("keys").index(index)
            let others = keys[..<index]
            func complain(_ field: String, _ sentence: String) {
                let value = settings.reading.values.last { $0.path == path.key(field) }
                settings.reading.report(value?.origin ?? settings.origin, path.key(field), sentence)
            }
            if !key.terms.name.isEmpty, others.contains(where: { $0.terms.name == key.terms.name }) {
                complain("name", "there is another key of this name")
            }
            if key.credential != .none, let twin = others.first(where: { $0.credential == key.credential }) {
                complain("name", "has the same key as '\(twin.terms.name)'")
            }
        }
    }
}

/// What is said of a key beside the key itself.
struct KeyTerms: Sendable, Equatable {
    /// Empty only in a configuration that is refused.
    let name: String
    /// Patterns of the names that it may call models by. Empty: all.
    let models: [String]
    let limits: ClientKey.Limits
    let isAdmin: Bool

    /// - Parameter name: ``name(_:)``, which is read first.
    init(_ name: String, _ settings: Settings) {
        self.name = name
        models = settings.read(
            "models",
            .list(allowed: "patterns") { pattern throws(Complaint) in
                try WrittenForm.wildcardPattern(pattern)
                return pattern
            }, default: [], "Names that it may call models by; * stands for any text. Empty: all.")
        func limit(_ key: String, _ help: String) -> Int? {
            settings.readIfSet(key, .integer(0...1_000_000_000), help + " Default: as under limits; 0: no limit.")?
                .value
        }
        limits = ClientKey.Limits(
            requestsPerMinute: limit("requests_per_minute", "Requests that it may send."),
            tokensPerMinute: limit("tokens_per_minute", "Tokens, of input and output together."),
            burst: settings.readIfSet(
                "burst", .integer(0...1_000_000_000),
                "Requests at once. Default: as under limits; 0: a sixth of requests_per_minute, at least 1.")?.value,
            maxInFlight: limit("max_in_flight", "Calls at the same time, in each process."),
            budget: Self.budget(settings.section("budget")))
        isAdmin = settings.read("admin", .flag, default: false, "Whether it may operate the gateway.")
    }

    /// The name of an entry, which logs, metrics and the ledger show.
    static func name(_ settings: Settings) -> String {
        let name = settings.read(
            "name", .keyName, default: "", "What logs and metrics call it; its own among all keys.")
        if name.isEmpty, !settings.reading.hasProblem(at: settings.path.key("name")) {
            settings.complain("name", Complaint.missing)
        }
        return name
    }

    private static func budget(_ settings: Settings) -> Budget.Limit? {
        guard settings.node != nil || settings.reading.isDocumenting else { return nil }
        let dollars = settings.readIfSet(
            "usd", .number(0...1_000_000_000), "US dollars that its calls may cost. 0: only what is free.")?.value
        let period = settings.read(
            "period", Spelling<Budget.Period>.choice, default: .month,
            "In which they may; by the UTC calendar, weeks from Monday.")
        if dollars == nil, !settings.reading.hasProblem(at: settings.path.key("usd")) {
            settings.complain("usd", Complaint.missing)
        }
        return dollars.map { Budget.Limit(amount: Int64(($0 * 1e9).rounded()), period: period) }
    }
}

extension Spelling where Value == String {
    /// What a key is called: it stands in labels, paths and log lines.
    fileprivate static var keyName: Self {
        text("a name", allowed: "up to 128 bytes, not none") { text throws(Complaint) in
            guard text.utf8.count <= 128, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw Complaint("must be a name of at most 128 bytes without control characters")
            }
            guard text != ClientKey.noName else { throw Complaint("is what metrics call callers without a key") }
            return text
        }
    }
}

extension Spelling where Value == [UInt8] {
    /// SHA-256 in hexadecimal digits. It is as good as hidden, and yet nobody's to see.
    fileprivate static var digest: Self {
        var spelling = Spelling("64 hexadecimal digits", write: { _ in Secret.writtenMask }) { text throws(Complaint) in
            let digits = text.utf8.compactMap(hexadecimal)
            guard digits.count == 64, text.utf8.count == 64 else {
                throw Complaint("must be a SHA-256: 64 hexadecimal digits")
            }
            return stride(from: 0, to: 64, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
        }
        spelling.isSecret = true
        return spelling
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
