import Testing

@testable import LLMGateway

@Suite struct AttemptHistoryTests {
    private func record(_ provider: String) -> AttemptRecord {
        AttemptRecord(
            target: Target(provider: 0, providerName: provider, model: "m", weight: 1), cause: nil, span: nil)
    }

    @Test func `attempts are kept in the order in which they were made`() {
        var history = AttemptHistory()
        #expect(history.all.isEmpty && history.count == 0)
        #expect(["a", "b", "c"].map { history.append(record($0)) } == [0, 1, 2])
        #expect(history.all.map(\.target.providerName) == ["a", "b", "c"] && history.count == 3)
    }

    @Test func `what becomes of one attempt is no other's`() {
        var history = AttemptHistory()
        for name in ["a", "b", "c"] { _ = history.append(record(name)) }
        history.change(0) { $0.result = .reset }
        history.change(2) { $0.result = .status(200) }
        #expect(history.all.map(\.result) == [.reset, nil, .status(200)])
    }

    @Test func `an attempt that isn't there is not changed`() {
        var history = AttemptHistory()
        history.change(0) { $0.result = .reset }
        #expect(history.count == 0)
        _ = history.append(record("a"))
        history.change(1) { $0.result = .reset }
        history.change(-1) { $0.result = .reset }
        #expect(history.all.map(\.result) == [nil])
    }
}

@Suite struct PassedOverTests {
    @Test func `whoever calls a call off has passed over nobody`() {
        #expect(PassedOver.Reason(.clientGone) == nil)
        #expect(PassedOver.Reason(.shuttingDown) == nil)
    }

    @Test func `what kept a target from being asked has a word of its own`() {
        let target = "p"
        #expect(PassedOver.Reason(.unavailable(retryAfter: .zero)) == .breakerOpen)
        #expect(PassedOver.Reason(.overloaded(retryAfter: .zero)) == .queueFull)
        #expect(PassedOver.Reason(.unresolved(.switchedOff(provider: target))) == .switchedOff)
        #expect(PassedOver.Reason(.upstreamRefusedCredential(provider: target)) == .noCredential)
        #expect(PassedOver.Reason(.notServed(model: "m", format: "f", provider: target)) == .notServed)
        #expect(PassedOver.Reason(Obstacle.notReady) == .notReady)
    }
}
