import Testing

@testable import LLMGateway

@Suite struct KeySettingsTests {
    private let digest = String(repeating: "0f", count: 32)

    @Test func `a key has what its entry says, and the rest from limits`() throws {
        let settings = try configuration(
            """
            keys:
              - name: team-a
                key: ${TEAM_A_KEY}
                models: ["gpt-*", claude-*]
                requests_per_minute: 600
                tokens_per_minute: 200000
                burst: 100
                max_in_flight: 50
                budget: { usd: 0.25, period: week }
              - { name: b, key_sha256: \(digest.uppercased()), admin: true, max_in_flight: 0 }
            limits: { requests_per_minute: 30, max_in_flight: 7, budget_status: 402 }
            """, ["TEAM_A_KEY": "sk-sesame"]
        ).settings
        let first = try #require(settings.keys.first)
        #expect(first.credential == .key(Secret("sk-sesame")) && first.secret == Secret("sk-sesame"))
        #expect(first.terms.models == ["gpt-*", "claude-*"] && !first.terms.isAdmin)
        #expect(
            first.terms.limits
                == ClientKey.Limits(
                    requestsPerMinute: 600, tokensPerMinute: 200_000, burst: 100, maxInFlight: 50,
                    budget: Budget.Limit(amount: 250_000_000, period: .week)))
        let rules = Admission.Rules(first.terms.limits, else: settings.limits)
        #expect(rules.requests == .requests(perMinute: 600, burst: 100))

        let second = try #require(settings.keys.last)
        #expect(second.credential == .digest(Array(repeating: 0x0f, count: 32)) && second.secret == nil)
        #expect(second.terms.isAdmin && second.terms.models.isEmpty)
        let general = Admission.Rules(second.terms.limits, else: settings.limits)
        #expect(general.requests?.capacity == 5 && general.maxInFlight == 0 && general.tokens == nil)
        #expect(settings.limits.budgetStatus.code == 402)
    }

    @Test(arguments: [
        ("keys: [{ key: k }]", "keys[0].name: is missing"),
        ("keys: [{ name: none, key: k }]", "keys[0].name: is what metrics call callers without a key"),
        ("keys: [{ name: \"a\\tb\", key: k }]", "keys[0].name: must be a name of at most 128 bytes"),
        ("keys: [{ name: a }]", "keys[0]: needs one of key, key_sha256, key_file"),
        ("keys: [{ name: a, key: \"${UNSET}\" }]", "keys[0].key: is empty; is the variable or the file set"),
        ("keys: [{ name: a, key: \"\" }]", "keys[0].key: is empty"),
        ("keys: [{ name: a, key_file: /nowhere/key }]", "keys[0].key_file: the file /nowhere/key can't be read"),
        ("keys: [{ name: a, key_sha256: abc }]", "keys[0].key_sha256: must be a SHA-256: 64 hexadecimal digits"),
        ("keys: [{ name: a, key: k, key_file: f }]", "keys[0].key_file: can't stand beside key"),
        ("keys: [{ name: a, key: k }, { name: a, key: l }]", "keys[1].name: there is another key of this name"),
        ("keys: [{ name: a, key: k }, { name: b, key: k }]", "keys[1].name: has the same key as 'a'"),
        ("keys: [{ name: a, key: k, models: [\"\"] }, 5]", "keys[1]: must be a section of keys"),
        (
            "keys: [{ name: a, key: k, models: [\"g t\"] }]",
            "keys[0].models: must be a model's name without white space"
        ),
        ("keys: [{ name: a, key: k, budget: { period: day } }]", "keys[0].budget.usd: is missing"),
        ("keys: [{ name: a, key: k, budget: { usd: -1 } }]", "keys[0].budget.usd: must be in 0…1000000000"),
        ("keys: [{ name: a, key: k, budget: { usd: 1, period: year } }]", "keys[0].budget.period: must be one of day"),
        ("keys: [{ name: a, key: k, expires_at: x }]", "keys[0].expires_at: there is no such key"),
        ("keys: { a: k }", "keys: must be a list of sections"),
        ("limits: { budget_status: 500 }", "limits.budget_status: must be one of 429, 402"),
        ("limits: { burst: -1 }", "limits.burst: must be in 0…1000000000"),
    ])
    func `what can't stand is told with its place`(yaml: String, problem: String) {
        let found = problems(yaml)
        #expect(found.contains { $0.contains(problem) }, "\(found)")
    }

    @Test func `no key is shown, and a file that holds one is watched`() throws {
        let file = TemporaryFiles.file("sk-sesame-file\n")
        defer { TemporaryFiles.remove(file) }
        let loaded = try configuration(
            "keys: [{ name: a, key: sk-sesame }, { name: b, key_sha256: \(digest) }, { name: c, key_file: \(file) }]")
        var dumped = ""
        dump(loaded.settings.keys.map(\.credential), to: &dumped)
        #expect(!loaded.printed().contains("sesame") && !dumped.contains("sesame"))
        #expect(!loaded.printed().contains(digest))
        #expect(loaded.settings.keys[2].secret == Secret("sk-sesame-file"))
        #expect(loaded.watchedFiles == [file])
        #expect(problems("keys: [{ name: a, key: \"sk-sesame\\n\" }]").joined().contains("sesame") == false)
    }

    @Test func `requests per address are said by the file, or by the two variables above it`() throws {
        func limit(_ yaml: String, _ environment: [String: String] = [:]) throws -> RateLimit? {
            try configuration(yaml, environment).settings.limits.perAddress
        }
        let file = "limits: { per_ip_requests_per_minute: 60, burst: 3 }"
        #expect(try limit("") == nil)
        #expect(try limit(file) == .requests(perMinute: 60, burst: 3))
        #expect(try limit(file, ["GATEWAY_RATE_LIMIT_MAX": "5"]) == .window(5, per: .seconds(60)))
        let both = ["GATEWAY_RATE_LIMIT_MAX": "5", "GATEWAY_RATE_LIMIT_WINDOW_MS": "250"]
        #expect(try limit(file, both) == .window(5, per: .milliseconds(250)))
        #expect(try limit("", ["GATEWAY_RATE_LIMIT_WINDOW_MS": "250"]) == nil)
        #expect(try limit("", both.merging(["GATEWAY_RATE_LIMIT_MAX": "0"]) { $1 }) == nil)
        let own = both.merging(["LLM_GATEWAY_LIMITS_PER_IP_REQUESTS_PER_MINUTE": "7"]) { $1 }
        #expect(try limit(file, own) == .requests(perMinute: 7, burst: 3))
        #expect(
            problems("", ["GATEWAY_RATE_LIMIT_MAX": "5", "GATEWAY_RATE_LIMIT_WINDOW_MS": "soon"]).joined()
                .contains("GATEWAY_RATE_LIMIT_WINDOW_MS: limits.per_ip_requests_per_minute: must be milliseconds"))
        #expect(!problems("", ["GATEWAY_RATE_LIMIT_MAX": "many"]).isEmpty)
    }
}
