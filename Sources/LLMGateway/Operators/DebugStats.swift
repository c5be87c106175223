import WireFormats

/// `GET /debug/stats`: what was counted since the start, in the last minute and in the last five; by target and by key.
///
/// The numbers are those of `/metrics`. Percentiles are estimates: see ``Distribution/quantile(_:)``.
struct DebugStats: Sendable {
    let keeper: StatsKeeper
    let started = Instant.now
    let startedAt = WallClock.now

    var endpoint: AdminEndpoint { AdminEndpoint(.get, "/debug/stats", answer) }

    private func answer(_ request: AdminRequest) async -> AdminAnswer {
        await .written { json in
            let now = keeper.reading
            let windows = [("last_minute", Duration.seconds(60)), ("last_5_minutes", StatsKeeper.reach)].compactMap {
                name, age in keeper.mark(before: age).map { Window(name: name, age: $0.age, mark: $0.mark) }
            }
            json.fact("since", startedAt)
            json.seconds("uptime_seconds", .now - started)
            json.field("percentiles", "estimated from histogram buckets")
            json.object("totals") { write(now, to: &$0) }
            for window in windows { json.object(window.name) { write(window, until: now, to: &$0) } }
            json.array("targets", now.targets.sorted(by: Self.isBefore)) { row, json in
                write(row.value, of: row.key, in: windows, to: &json)
            }
            json.array("keys", now.keys.sorted { $0.key < $1.key }) { row, json in
                write(row.value, of: row.key, in: windows, to: &json)
            }
        }
    }

    /// A time that ends now.
    private struct Window {
        let name: String
        let age: Duration
        /// What had been counted when it began.
        let mark: StatsMark
    }

    private static func isBefore(
        _ one: (key: TargetLabels, value: StatsReading.Target), _ other: (key: TargetLabels, value: StatsReading.Target)
    ) -> Bool { (one.key.provider, one.key.model) < (other.key.provider, other.key.model) }

    // MARK: All together

    private func write(_ reading: StatsReading, to json: inout JSONWriter) {
        json.write(reading.all)
        json.fact("attempts", reading.attempts)
        json.fact("retries", reading.retries)
        json.fact("fallbacks", reading.fallbacks)
        json.fact("hedges", reading.hedges)
        json.field("wasted_cost_usd", reading.wastedCost)
        json.fact("unpriced_requests", reading.unpriced)
        json.percentiles("duration_ms", reading.duration)
        json.percentiles("time_to_first_token_ms", reading.firstToken)
        json.percentiles("overhead_ms", reading.overhead)
    }

    private func write(_ window: Window, until now: StatsReading, to json: inout JSONWriter) {
        let figures = now.all - window.mark.all
        let (requests, seconds) = (figures.outcomes.requests, window.age.inSeconds)
        json.seconds("seconds", window.age)
        json.write(figures)
        json.fact("attempts", now.attempts - min(now.attempts, window.mark.attempts))
        json.fact("requests_per_second", seconds > 0 ? (1000 * Double(requests) / seconds).rounded() / 1000 : nil)
        json.fact("error_rate", requests > 0 ? Double(figures.outcomes.errors) / Double(requests) : nil)
        json.percentiles("duration_ms", now.duration - window.mark.duration)
        json.percentiles("time_to_first_token_ms", now.firstToken - window.mark.firstToken)
    }

    // MARK: Each by itself

    private func write(
        _ target: StatsReading.Target, of labels: TargetLabels, in windows: [Window], to json: inout JSONWriter
    ) {
        json.object { json in
            json.field("provider", labels.provider)
            json.field("model", labels.model)
            json.write(target.figures)
            json.fact("attempts", target.attempts)
            json.percentiles("duration_ms", target.duration)
            json.percentiles("time_to_first_token_ms", target.firstToken)
            for window in windows {
                guard let before = window.mark.figures(of: labels) else { json.null(window.name); continue }
                json.object(window.name) { $0.write(target.figures - before) }
            }
        }
    }

    private func write(
        _ key: StatsReading.Key, of name: String, in windows: [Window], to json: inout JSONWriter
    ) {
        json.object { json in
            json.field("key", name)
            json.write(key.outcomes)
            json.fact("tokens", key.tokens)
            json.field("cost_usd", key.cost)
            json.object("refused") { json in
                for kind in LimitKind.allCases { json.fact(kind.label, key.refused[kind.rawValue]) }
            }
            for window in windows {
                guard let before = window.mark.key(name) else { json.null(window.name); continue }
                json.object(window.name) { json in
                    json.write(key.outcomes - before.outcomes)
                    json.fact("tokens", key.tokens - min(key.tokens, before.tokens))
                    json.field("cost_usd", max(0, key.cost - before.cost))
                }
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ outcomes: OutcomeCounts) {
        fact("requests", outcomes.requests)
        fact("errors", outcomes.errors)
        object("outcomes") { json in
            for outcome in Outcome.allCases { json.fact(outcome.rawValue, outcomes[outcome]) }
        }
    }

    fileprivate mutating func write(_ figures: Figures) {
        write(figures.outcomes)
        fact("input_tokens", figures.input)
        fact("cached_tokens", figures[.cachedInput])
        fact("output_tokens", figures[.output])
        field("cost_usd", figures.cost)
    }

    /// In milliseconds; null where nothing was measured.
    fileprivate mutating func percentiles(_ name: String, _ distribution: Distribution) {
        object(name) { json in
            for (name, share) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)] {
                json.milliseconds(name, nanoseconds: distribution.quantile(share).map { Int64($0 * 1e9) })
            }
        }
    }
}
