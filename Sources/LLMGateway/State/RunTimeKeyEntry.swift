import WireFormats

/// A key as somebody wants it to be made at run time: an entry of `keys:` as JSON, without the key itself.
struct RunTimeKeyEntry: Sendable, Equatable {
    let terms: KeyTerms
    /// Seconds since 1970; nil: never.
    let expiresAt: Int64?

    /// Reads what a client sends.
    ///
    /// - Parameter now: Seconds since 1970.
    /// - Throws: ``KeyRefusal/invalid(field:sentence:)`` or ``KeyRefusal/missing(field:)`` for the first thing that is
    ///   wrong with it.
    init(reading json: String, at now: Int64 = WallClock.now.seconds) throws(KeyRefusal) {
        guard let node = YAMLNode(json: json), case .mapping = node.content else {
            throw .notJSON
        }
        let reading = SettingsReading(file: "body")
        (terms, expiresAt) = Self.read(node, reading)
        reading.reportUnknown()
        if let problem = reading.problems.first {
            guard problem.sentence != Complaint.missing else { throw .missing(field: problem.path) }
            let hint = problem.nearest.map { "; did you mean '\($0)'?" } ?? "."
            throw .invalid(field: problem.path, sentence: "'\(problem.path)': \(problem.sentence)\(hint)")
        }
        if let expiresAt, expiresAt <= now {
            throw .invalid(
                field: "expires_at", sentence: "'expires_at': must be in the future; leave it out for never.")
        }
    }

    /// Reads what was kept. A later version may have kept more than this one knows.
    ///
    /// - Returns: nil when it makes no sense.
    init?(kept json: String) {
        guard let node = YAMLNode(json: json) else { return nil }
        let reading = SettingsReading(file: "store")
        (terms, expiresAt) = Self.read(node, reading)
        guard reading.problems.isEmpty else { return nil }
    }

    private static func read(_ node: YAMLNode, _ reading: SettingsReading) -> (KeyTerms, Int64?) {
        let settings = Settings(reading, node: node, origin: .standard, variables: [:])
        let terms = KeyTerms(KeyTerms.name(settings), settings)
        return (terms, settings.readIfSet("expires_at", .time, "From then on nobody can call with it.")?.value)
    }

    /// The entry as JSON: what was said, in one order and spelling.
    var json: String {
        String(decoding: JSONWriter.write { json in json.object { writeMembers(to: &$0) } }, as: UTF8.self)
    }

    /// - Parameter json: Stands in an object.
    func writeMembers(to json: inout JSONWriter) {
        terms.writeMembers(to: &json)
        json.field("expires_at", expiresAt.map(WrittenTime.write))
    }
}

extension KeyTerms {
    /// - Parameter json: Stands in an object.
    func writeMembers(to json: inout JSONWriter) {
        json.field("name", name)
        json.array("models", models) { pattern, json in json.value(pattern) }
        json.field("requests_per_minute", limits.requestsPerMinute)
        json.field("tokens_per_minute", limits.tokensPerMinute)
        json.field("burst", limits.burst)
        json.field("max_in_flight", limits.maxInFlight)
        if let budget = limits.budget {
            json.object("budget") { json in
                // A budget may be larger than any cost: only what is less than a dollar is written as one.
                let (dollars, rest) = budget.amount.quotientAndRemainder(dividingBy: 1_000_000_000)
                let usd = "\(dollars)\(Cost(picodollars: Int(rest) * 1000).text.dropFirst())"
                json.field("usd", raw: usd.utf8)
                json.field("period", budget.period.rawValue)
            }
        }
        json.field("admin", isAdmin)
    }
}

extension ClientKey {
    /// A key that was kept. One whose entry makes no sense is there, so that the gateway isn't open, but of no use.
    init(_ kept: RunTimeKey) {
        let digest = Self.bytes(hex: kept.digest)
        guard let entry = RunTimeKeyEntry(kept: kept.json), entry.terms.name == kept.name, digest.count == 32 else {
            self.init(name: kept.name, digest: Array(repeating: 0, count: 32), expiresAt: .min)
            return
        }
        let terms = entry.terms
        self.init(
            name: terms.name, digest: digest, models: terms.models.map { NamePattern($0) }, limits: terms.limits,
            isAdmin: terms.isAdmin, expiresAt: kept.expiresAt)
    }

    private static func bytes(hex text: String) -> [UInt8] {
        let digits = text.compactMap(\.hexDigitValue).map(UInt8.init)
        return stride(from: 0, to: digits.count - digits.count % 2, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
