import WireFormats

extension Price {
    /// The price as the ledger keeps it beside what was reckoned by it: US dollars for a million tokens, as JSON.
    var json: String {
        let json = JSONWriter.write { json in
            json.object { json in
                json.rates(rates)
                guard let longCalls else { return }
                json.object("long_calls") { json in
                    json.field("above", longCalls.above)
                    json.rates(longCalls.rates)
                }
            }
        }
        return String(decoding: json, as: UTF8.self)
    }
}

extension JSONWriter {
    fileprivate mutating func rates(_ rates: Price.Rates) {
        field("input", rates.input?.dollarsPerMillion)
        field("cached_input", rates.cachedInput?.dollarsPerMillion)
        field("cache_write", rates.cacheWrite?.dollarsPerMillion)
        field("cache_write_long", rates.cacheWriteLong?.dollarsPerMillion)
        field("output", rates.output?.dollarsPerMillion)
    }
}

extension Price.Rate {
    fileprivate var dollarsPerMillion: Double { Double(picodollarsPerToken) / 1e6 }
}
