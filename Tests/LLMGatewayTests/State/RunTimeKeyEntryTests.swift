import Testing
import WireFormats

@testable import LLMGateway

@Suite struct RunTimeKeyEntryTests {
    private static let full = #"""
        {"name": "team-b", "models": ["gpt-*", "claude-*"], "requests_per_minute": 600, "tokens_per_minute": 200000,
         "burst": 10, "max_in_flight": 5, "budget": {"usd": 2.5, "period": "week"}, "admin": true,
         "expires_at": "2099-01-31T19:00:00+01:00"}
        """#

    @Test func `an entry says what one under keys says, and when it ends`() throws {
        let entry = try RunTimeKeyEntry(reading: Self.full)
        #expect(entry.terms.name == "team-b" && entry.terms.isAdmin && entry.terms.models == ["gpt-*", "claude-*"])
        let limits = entry.terms.limits
        #expect(limits.requestsPerMinute == 600 && limits.tokensPerMinute == 200_000 && limits.burst == 10)
        #expect(limits.maxInFlight == 5 && limits.budget == Budget.Limit(amount: 2_500_000_000, period: .week))
        #expect(entry.expiresAt == WrittenTime.read("2099-01-31T18:00:00Z"))
    }

    @Test(arguments: [
        full, #"{"name":"x"}"#, #"{"name":"ä\"/","admin":false,"models":[],"budget":{"usd":0.000000001}}"#,
        #"{"name":"x","budget":{"usd":1000000000}}"#, #"{"name":"x","budget":{"usd":9300000.5}}"#,
    ])
    func `what was kept says what was accepted`(json: String) throws {
        let entry = try RunTimeKeyEntry(reading: json)
        #expect(RunTimeKeyEntry(kept: entry.json) == entry)
        let kept = MadeKey(entry, at: 7).kept
        let key = ClientKey(kept)
        #expect(key.name == entry.terms.name && key.limits == entry.terms.limits && key.isAdmin == entry.terms.isAdmin)
        #expect(key.models.map(\.text) == entry.terms.models && key.expiresAt == entry.expiresAt)
        #expect(key.digest.count == 32 && kept.createdAt == 7)
    }

    @Test(arguments: [
        (#"{"name":"x","requests_per_minut":1}"#, "requests_per_minut"), (#"{"name":"x","key":"sk-mine"}"#, "key"),
        (#"{"name":"x","key_sha256":"00"}"#, "key_sha256"),
        (#"{"name":"x","budget":{"usd":1,"perod":"day"}}"#, "budget.perod"),
        (#"{"name":"x","budget":{"usd":"much"}}"#, "budget.usd"),
        (#"{"name":"x","requests_per_minute":-1}"#, "requests_per_minute"),
        (#"{"name":"x","models":"gpt-*"}"#, "models"),
        (#"{"name":"x","admin":"perhaps"}"#, "admin"), (#"{"name":"x","expires_at":"soon"}"#, "expires_at"),
        (#"{"name":"x","admin":"true"}"#, "admin"), (#"{"name":"x","admin":1}"#, "admin"), (#"{"name":7}"#, "name"),
        (#"{"name":"x","requests_per_minute":"5"}"#, "requests_per_minute"), (#"{"name":"x","models":[7]}"#, "models"),
        (#"{"name":"x","budget":{"usd":"5"}}"#, "budget.usd"), (#"{"name":true}"#, "name"),
        (#"{"name":"x","expires_at":1}"#, "expires_at"),
        (#"{"name":"x","expires_at":"2001-01-01T00:00:00Z"}"#, "expires_at"),
        (#"{"name":"none"}"#, "name"),
        (#"{"name":"a\nb"}"#, "name"), (#"{"name":["x"]}"#, "name"), (#"{"name":"x","budget":5}"#, "budget"),
    ])
    func `what is wrong is named`(json: String, field: String) {
        do {
            let entry = try RunTimeKeyEntry(reading: json)
            Issue.record("accepted as \(entry)")
        } catch {
            guard case .invalid(field, let sentence) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(sentence.contains(field) && error.clientView.status == 400 && error.clientView.param == field)
        }
    }

    @Test(arguments: [
        (#"{"models":[]}"#, "name"), (#"{"name":""}"#, "name"),
        (#"{"name":"x","budget":{"period":"day"}}"#, "budget.usd"),
    ])
    func `what is missing is named, with a code of its own`(json: String, field: String) throws {
        let error = #expect(throws: KeyRefusal.self) { try RunTimeKeyEntry(reading: json) }
        #expect(error == .missing(field: field))
        #expect(error?.clientView.code == "missing_field" && error?.clientView.param == field)
    }

    @Test(arguments: ["", "[]", "\"x\"", "{", #"{"name":"x"} more"#, "name: x", #"{"name":"x","name":"y"}"#])
    func `what is no JSON object is refused`(json: String) {
        #expect(throws: KeyRefusal.notJSON) { try RunTimeKeyEntry(reading: json) }
    }

    @Test func `keys are long, random and told apart, and only their digests are kept`() throws {
        let entry = try RunTimeKeyEntry(reading: #"{"name":"x"}"#)
        let made = (0..<50).map { _ in MadeKey(entry, at: 0) }
        #expect(Set(made.map { $0.secret.reveal() }).count == 50 && Set(made.map(\.kept.digest)).count == 50)
        for made in made {
            let key = made.secret.reveal()
            #expect(key.wholeMatch(of: /sk-gw-[A-Za-z0-9_-]{43}/) != nil)
            #expect(made.kept.digest.wholeMatch(of: /[0-9a-f]{64}/) != nil)
            #expect(!"\(made.kept)".contains(key) && !"\(made)".contains(key))
            #expect(String(decoding: made.body, as: UTF8.self).contains(key))
            var text = key
            #expect(text.withUTF8 { KeyDigest(of: UnsafeRawBufferPointer($0)) }.bytes == ClientKey(made.kept).digest)
        }
    }

    @Test(arguments: ["{", #"{"name":"other"}"#, #"{"name":"x","models":7}"#])
    func `a kept entry that makes no sense lets nobody in, and doesn't open the gateway`(json: String) {
        let key = ClientKey(RunTimeKey(name: "x", digest: String(repeating: "ab", count: 32), json: json, createdAt: 0))
        #expect(
            key.name == "x" && key.digest == Array(repeating: 0, count: 32) && key.expiresAt == .min && !key.isAdmin)
    }

    @Test func `what a later version kept besides is passed over`() {
        #expect(RunTimeKeyEntry(kept: #"{"name":"x","shape":"round"}"#)?.terms.name == "x")
    }
}
