import Testing

@testable import LLMGateway

@Suite struct ReadinessTests {
    private func up(_ name: String, required: Bool = false) -> ProviderHealth {
        var health = ProviderHealth(name: name, isRequired: required)
        health.probeSucceeded(latency: .milliseconds(5), at: 1000)
        return health
    }

    private func down(_ name: String, required: Bool = false) -> ProviderHealth {
        var health = ProviderHealth(name: name, isRequired: required)
        health.probeFailed(error: "connection refused", at: 1000)
        return health
    }

    private let simulated = ProviderHealth(name: "simulated", isInProcess: true, isSimulated: true)

    private func status(_ providers: ProviderHealth..., phase: Readiness.Phase = .serving) -> Readiness.Status {
        Readiness(of: providers, phase: phase).status
    }

    @Test func `all up is ready, some down is degraded, none up is unready`() {
        #expect(status(up("a"), up("b")) == .ready)
        #expect(status(up("a"), down("b")) == .degraded)
        #expect(status(down("a"), down("b")) == .unready)
        #expect(status() == .unready)
    }

    @Test func `a required provider that is down makes it unready, one that is up changes nothing`() {
        #expect(status(up("a"), down("b", required: true)) == .unready)
        #expect(status(down("a"), up("b", required: true)) == .degraded)
    }

    @Test func `one that nobody has heard of yet is neither up nor down`() {
        #expect(status(up("a"), ProviderHealth(name: "b")) == .ready)
        #expect(status(ProviderHealth(name: "b")) == .unready)
    }

    @Test func `disabled providers don't count, whatever is reported of them`() {
        var off = ProviderHealth(name: "off", presence: .disabled, isRequired: true)
        off.probeFailed(error: "x", at: 1)
        off.probeSucceeded(latency: .zero, at: 2)
        #expect(off.status == .disabled)
        #expect(status(up("a"), off) == .ready)
        #expect(status(off) == .unready)
    }

    @Test func `simulated counts only when it is the only one enabled`() {
        let off = ProviderHealth(name: "off", presence: .disabled)
        #expect(status(simulated) == .ready)
        #expect(status(simulated, off) == .ready)
        #expect(status(simulated, down("a")) == .unready)
        #expect(status(simulated, up("a")) == .ready)
        #expect(status(simulated, up("a"), down("b")) == .degraded)
    }

    @Test func `where all answer in process, all of them count; a library user's own counts beside servers too`() {
        let second = ProviderHealth(name: "second", isInProcess: true, isSimulated: true)
        #expect(status(simulated, second) == .ready)
        let own = ProviderHealth(name: "own", isInProcess: true)
        #expect(status(own, down("a"), simulated) == .degraded)
    }

    @Test func `a provider that was merely found doesn't count, and is gone when it stops answering`() {
        var found = ProviderHealth(name: "ollama", presence: .found, isRequired: true)
        #expect(!found.isUsable)
        found.probeSucceeded(latency: .milliseconds(1), at: 1)
        #expect(found.status == .up)
        #expect(status(found, simulated) == .ready)
        #expect(status(found) == .unready)
        found.probeFailed(error: "refused", at: 2)
        #expect(found.status == .disabled && found.error == nil)
        #expect(status(found, up("a")) == .ready)
    }

    @Test(arguments: [(Readiness.Phase.starting, 503), (.serving, 200), (.draining, 503)])
    func `only while serving can it be ready`(phase: Readiness.Phase, code: Int) {
        #expect(Readiness(of: [up("a")], phase: phase).statusCode == code)
    }

    @Test func `degraded is still worth traffic`() {
        #expect(Readiness(of: [up("a"), down("b")], phase: .serving).statusCode == 200)
    }

    @Test func `a call that succeeded is as good as a probe`() {
        var health = down("a")
        #expect(!health.isUsable)
        health.callSucceeded(at: 2000)
        #expect(health.status == .up && health.error == nil && health.lastChecked == 2000 && health.isUsable)
    }

    @Test func `old news changes nothing`() {
        var health = up("a")
        health.probeFailed(error: "slow", at: 999)
        #expect(health.status == .up && health.lastChecked == 1000)
    }

    @Test func `the report is written exactly so`() {
        var openai = ProviderHealth(name: "openai")
        openai.probeSucceeded(latency: .microseconds(12_034), at: 1_795_253_400_250)
        var odd = ProviderHealth(name: "o\"dd\\")
        odd.probeFailed(error: "line\nbreak, é", at: -1)
        odd.breaker = .open
        var trial = ProviderHealth(name: "trial")
        trial.breaker = .halfOpen
        let off = ProviderHealth(name: "off", presence: .disabled)
        let report = Readiness(of: [openai, odd, trial, off], phase: .serving)

        #expect(
            String(decoding: report.body, as: UTF8.self) == #"{"status":"degraded","providers":{"#
                + #""openai":{"status":"up","latency_ms":12.034,"breaker":"closed","#
                + #""last_checked":"2026-11-21T09:30:00.250Z","error":null},"#
                + #""o\"dd\\":{"status":"down","latency_ms":null,"breaker":"open","#
                + #""last_checked":"1969-12-31T23:59:59.999Z","error":"line\u000abreak, é"},"#
                + #""trial":{"status":"unknown","latency_ms":null,"breaker":"half_open","#
                + #""last_checked":null,"error":null},"#
                + #""off":{"status":"disabled","latency_ms":null,"breaker":"closed","#
                + #""last_checked":null,"error":null}}}"#)
    }

    @Test func `a gateway without providers reports none`() {
        let report = Readiness(of: [], phase: .starting)
        #expect(String(decoding: report.body, as: UTF8.self) == #"{"status":"unready","providers":{}}"#)
    }
}
