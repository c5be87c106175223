import Testing

@testable import LLMGateway

@Suite struct CredentialRenewalTests {
    let start = Instant.now

    /// One that holds what was fetched at `start`.
    private func holding(_ lifetime: Duration?, draw: Double = 0) -> CredentialRenewal {
        var renewal = CredentialRenewal()
        _ = renewal.decide(at: start)
        renewal.fetched(lifetime: lifetime, at: start, draw: draw)
        return renewal
    }

    @Test func `the first request fetches, the others wait for that fetch`() {
        var renewal = CredentialRenewal()
        #expect(renewal.decide(at: start) == .fetch)
        #expect(renewal.decide(at: start) == .wait)
        renewal.fetched(lifetime: .seconds(3600), at: start, draw: 0)
        #expect(renewal.decide(at: start) == .use)
    }

    @Test(arguments: [(0.0, 150), (1.0, 300)])
    func `a newer one is fetched ahead of the expiry, by one request, and never by all gateways at once`(
        draw: Double, lead: Int
    ) {
        var renewal = holding(.seconds(3600), draw: draw)
        #expect(renewal.decide(at: start + .seconds(3600 - lead - 1)) == .use)
        #expect(renewal.decide(at: start + .seconds(3600 - lead)) == .useAndFetch)
        #expect(renewal.decide(at: start + .seconds(3600 - lead)) == .use)
    }

    @Test func `what expires within seconds isn't sent any more`() {
        var renewal = holding(.seconds(3600))
        #expect(renewal.decide(at: start + .seconds(3589)) == .useAndFetch)
        #expect(renewal.holds(at: start + .seconds(3589)))
        #expect(!renewal.holds(at: start + .seconds(3590)))
        #expect(renewal.decide(at: start + .seconds(3590)) == .wait)
    }

    @Test func `a short life is used to nine tenths`() {
        var renewal = holding(.seconds(4), draw: 1)
        #expect(renewal.decide(at: start + .milliseconds(2999)) == .use)
        #expect(renewal.decide(at: start + .milliseconds(3000)) == .useAndFetch)
        #expect(renewal.holds(at: start + .milliseconds(3599)))
        #expect(!renewal.holds(at: start + .milliseconds(3600)))
    }

    @Test func `what doesn't expire is fetched once`() {
        var renewal = holding(nil)
        #expect(renewal.decide(at: start + .seconds(1_000_000_000)) == .use)
    }

    @Test func `while the fetch fails, what is still good is used, and the pauses double`() {
        var renewal = holding(.seconds(3600))
        var now = start + .seconds(3500)
        for pause in [1, 2, 4, 8] {
            #expect(renewal.decide(at: now) == .useAndFetch)
            renewal.failed(at: now, draw: 1)
            now += .seconds(pause)
            #expect(renewal.decide(at: now - .milliseconds(1)) == .use)
        }
    }

    @Test func `with nothing to use, requests between two fetches are refused at once`() {
        var renewal = CredentialRenewal()
        #expect(renewal.decide(at: start) == .fetch)
        renewal.failed(at: start, draw: 1)
        #expect(renewal.decide(at: start + .milliseconds(999)) == .refuse)
        #expect(renewal.decide(at: start + .seconds(1)) == .fetch)
    }

    @Test func `no pause is longer than half a minute`() {
        var renewal = CredentialRenewal()
        var now = start
        for _ in 0..<100 {
            #expect(renewal.decide(at: now) == .fetch)
            renewal.failed(at: now, draw: 1)
            now += .seconds(30)
        }
    }

    @Test func `one that the provider refuses is replaced, unless it is new`() {
        var renewal = holding(.seconds(3600))
        #expect(renewal.refused(at: start + .seconds(30)) == false)
        #expect(renewal.decide(at: start + .seconds(30)) == .use)
        #expect(renewal.refused(at: start + .seconds(31)) == true)
        #expect(renewal.decide(at: start + .seconds(31)) == .fetch)
    }

    @Test func `one that was refused is used again when no newer one can be had`() {
        var renewal = holding(.seconds(3600))
        #expect(renewal.refused(at: start + .seconds(60)) == true)
        #expect(renewal.decide(at: start + .seconds(60)) == .fetch)
        #expect(renewal.decide(at: start + .seconds(60)) == .wait)
        #expect(renewal.holds(at: start + .seconds(60)))
        renewal.failed(at: start + .seconds(61), draw: 1)
        #expect(renewal.decide(at: start + .seconds(61)) == .use)
    }

    @Test func `a refusal while a newer one is on its way waits for that`() {
        var renewal = holding(.seconds(3600))
        #expect(renewal.decide(at: start + .seconds(3500)) == .useAndFetch)
        #expect(renewal.refused(at: start + .seconds(3501)) == true)
        #expect(renewal.decide(at: start + .seconds(3501)) == .wait)
    }
}
