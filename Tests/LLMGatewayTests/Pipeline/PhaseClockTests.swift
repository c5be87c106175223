import NIOCore
import Testing

@testable import LLMGateway

@Suite struct PhaseClockTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000)

    private func after(_ nanoseconds: Int64) -> NIODeadline { start + .nanoseconds(nanoseconds) }

    private func phases(_ clock: PhaseClock) -> [Phase: Int64] {
        var phases: [Phase: Int64] = [:]
        clock.forEach { phases[$0] = $1.nanoseconds }
        return phases
    }

    @Test func `each moment belongs to the phase that ended next`() {
        var clock = PhaseClock(at: start)
        clock.end(.receive, at: after(10))
        clock.end(.route, at: after(13))
        clock.end(.upstreamFirstByte, at: after(113))
        clock.end(.route, at: after(115))
        clock.end(.backoff, at: after(615))
        clock.end(.translate, at: after(620))
        #expect(
            phases(clock)
                == [.receive: 10, .route: 5, .upstreamFirstByte: 100, .backoff: 500, .translate: 5])
        #expect(clock.waits == .nanoseconds(610) && clock.upstream == .nanoseconds(100))
    }

    @Test func `a phase that took no time was not there`() {
        var clock = PhaseClock(at: start)
        clock.end(.auth, at: start)
        #expect(phases(clock).isEmpty && clock.mark == start)
    }

    @Test func `a moment that is over already takes nothing back`() {
        var clock = PhaseClock(at: start)
        clock.end(.connect, at: after(50))
        clock.end(.upstreamFirstByte, at: after(20))
        clock.endPictures(at: after(30))
        #expect(phases(clock) == [.connect: 50] && clock.mark == after(50) && clock.pictures == .zero)
    }

    @Test func `fetching pictures is translation, but a wait`() {
        var clock = PhaseClock(at: start)
        clock.end(.translate, at: after(3))
        clock.endPictures(at: after(1003))
        clock.end(.translate, at: after(1005))
        #expect(phases(clock) == [.translate: 1005] && clock.waits == .nanoseconds(1000))
    }

    @Test func `whatever happens, the phases add up to the whole`() {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<500 {
            var clock = PhaseClock(at: start)
            var now: Int64 = 0
            for _ in 0..<Int.random(in: 0...40, using: &random) {
                // Readings of the clock may come late: some lie before the last one.
                let time = now + Int64.random(in: -50...1000, using: &random)
                now = max(now, time)
                if Bool.random(using: &random) {
                    clock.end(Phase.all.randomElement(using: &random) ?? .route, at: after(time))
                } else {
                    clock.endPictures(at: after(time))
                }
            }
            let spent = phases(clock)
            #expect(spent.values.reduce(0, +) == now)
            let own = [Phase.auth, .admit, .route, .cache, .translate].reduce(0) { $0 + (spent[$1] ?? 0) }
            #expect(clock.waits.nanoseconds == now - own + clock.pictures.nanoseconds)
        }
    }
}
