import WireFormats

/// A key as operators see it: whose it is, what it may do, and what was used with it. Never the key itself.
struct ListedKey: Sendable {
    let name: String
    /// nil: what was kept of it makes no sense to this version; nobody can call with it.
    let terms: KeyTerms?
    let expiresAt: Int64?
    /// Seconds since 1970; nil: it stands in the configuration.
    let createdAt: Int64?
    let use: Ledger.KeyUse

    init(_ configured: KeyTerms, use: Ledger.KeyUse?) {
        (name, terms, expiresAt, createdAt) = (configured.name, configured, nil, nil)
        self.use = use ?? Ledger.KeyUse()
    }

    init(_ made: RunTimeKey, use: Ledger.KeyUse?) {
        (name, createdAt, expiresAt) = (made.name, made.createdAt, made.expiresAt)
        terms = RunTimeKeyEntry(kept: made.json)?.terms
        self.use = use ?? Ledger.KeyUse()
    }

    /// - Parameter json: Gets an object.
    func write(to json: inout JSONWriter) {
        json.object { json in
            if let terms { terms.writeMembers(to: &json) } else { json.field("name", name) }
            json.field("expires_at", expiresAt.map(WrittenTime.write))
            json.field("created_at", createdAt.map(WrittenTime.write))
            json.field("source", createdAt == nil ? "configuration" : "run_time")
            json.object("usage") { json in
                json.field("requests", Int(use.requests))
                json.field("input_tokens", Int(use.inputTokens))
                json.field("output_tokens", Int(use.outputTokens))
                json.field("cost_usd", raw: use.cost.text.utf8)
            }
        }
    }
}

extension [ListedKey] {
    /// `{"keys":[…]}`
    var body: [UInt8] {
        JSONWriter.write { json in
            json.object { json in json.array("keys", self) { key, json in key.write(to: &json) } }
        }
    }
}
