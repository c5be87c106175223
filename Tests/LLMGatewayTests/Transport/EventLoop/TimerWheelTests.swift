import NIOCore
import Synchronization
import Testing

@testable import LLMGateway

@Suite(.timeLimit(.minutes(1))) struct TimerWheelTests {
    /// Arms timers on a loop by `arm`, and tells in which order they fire until the one called "end" does.
    private func order(
        _ arm: @escaping @Sendable (_ timer: (String) -> LoopTimer) -> Void
    ) async throws -> [String] {
        let fired = Fired()
        try await withLoop { loop in
            try await loop.run { loop in
                arm { name in
                    let timer = LoopTimer(loop.timers) { fired.add(name) }
                    fired.keep(timer)
                    return timer
                }
            }
            try await eventually("the end") { fired.names.contains("end") }
            try await loop.run { _ in fired.drop() }
        }
        return fired.names
    }

    @Test func `timers fire in the order of their deadlines, whatever the order of arming`() async throws {
        let names = try await order { timer in
            timer("end").arm(after: .milliseconds(400))
            timer("first").arm(after: .milliseconds(1))
            timer("third").arm(after: .milliseconds(250))
            timer("second").arm(after: .milliseconds(100))
        }
        #expect(names == ["first", "second", "third", "end"])
    }

    @Test func `a timer never fires early`() async throws {
        for delay in [1, 19, 20, 21, 55] {
            let start = NIODeadline.now()
            _ = try await order { timer in timer("end").arm(after: .milliseconds(Int64(delay))) }
            #expect(NIODeadline.now() - start >= .milliseconds(Int64(delay)))
        }
    }

    @Test func `a timer that is armed again fires once, at its last deadline`() async throws {
        let names = try await order { timer in
            let later = timer("later")
            later.arm(after: .milliseconds(40))
            later.arm(after: .milliseconds(200))
            let earlier = timer("earlier")
            earlier.arm(after: .seconds(30))
            earlier.arm(after: .milliseconds(40))
            timer("between").arm(after: .milliseconds(120))
            timer("end").arm(after: .milliseconds(300))
        }
        #expect(names == ["earlier", "between", "later", "end"])
    }

    @Test func `a timer that is called off does not fire, and may be armed again`() async throws {
        let names = try await order { timer in
            let disarmed = timer("disarmed")
            disarmed.arm(after: .milliseconds(40))
            disarmed.disarm()
            #expect(!disarmed.isArmed)
            let cancelled = timer("cancelled")
            cancelled.arm(after: .milliseconds(40))
            cancelled.cancel()
            let again = timer("again")
            again.arm(after: .milliseconds(40))
            again.cancel()
            again.arm(after: .milliseconds(60))
            let unlimited = timer("no limit")
            unlimited.arm(after: .milliseconds(40))
            unlimited.arm(after: .zero)
            timer("end").arm(after: .milliseconds(200))
        }
        #expect(names == ["again", "end"])
    }

    @Test func `a timer beyond one turn of the wheel does not fire a turn too soon`() async throws {
        // A turn is 1024 ticks of 20 ms: this one shares its slot with a timer of 100 ms.
        let names = try await order { timer in
            timer("a turn later").arm(after: .milliseconds(1024 * 20 + 100))
            timer("hours").arm(after: .hours(10))
            timer("soon").arm(after: .milliseconds(100))
            timer("end").arm(after: .milliseconds(300))
        }
        #expect(names == ["soon", "end"])
    }

    @Test func `a timer whose deadline has passed already fires at the next tick`() async throws {
        let start = NIODeadline.now()
        let names = try await order { timer in timer("end").arm(at: .now() - .seconds(1)) }
        #expect(names == ["end"])
        #expect(NIODeadline.now() - start < .seconds(10))
    }

    @Test func `a timer that another one arms for a deadline that has passed fires soon`() async throws {
        let fired = Fired()
        let start = NIODeadline.now()
        try await withLoop { loop in
            try await loop.run { loop in
                let second = LoopTimer(loop.timers) { fired.add("second") }
                let first = LoopTimer(loop.timers) { second.arm(at: .now() - .seconds(1)) }
                fired.keep(second)
                fired.keep(first)
                first.arm(after: .milliseconds(30))
            }
            try await eventually("the second timer", within: .seconds(10)) { !fired.names.isEmpty }
            try await loop.run { _ in fired.drop() }
        }
        #expect(NIODeadline.now() - start < .seconds(10))
    }

    @Test func `of ten thousand timers those fire that are left armed, each once`() async throws {
        let fired = Fired()
        try await withLoop { loop in
            try await loop.run { loop in
                for index in 0..<10_000 {
                    let timer = LoopTimer(loop.timers) { fired.add("\(index)") }
                    fired.keep(timer)
                    timer.arm(after: .milliseconds(Int64(index % 300 + 1)))
                    switch index % 4 {
                    case 0: timer.disarm()
                    case 1: timer.cancel()
                    case 2: timer.arm(after: .milliseconds(Int64((index * 7) % 400 + 1)))
                    default: break
                    }
                }
            }
            try await eventually("half of them") { fired.names.count >= 5000 }
            try await Task.sleep(for: .milliseconds(100))
            try await loop.run { _ in fired.drop() }
        }
        #expect(fired.names.count == 5000)
        #expect(Set(fired.names).count == 5000)
        #expect(fired.names.allSatisfy { Int($0).map { $0 % 4 >= 2 } ?? false })
    }

    @Test func `one timer's action may call off another that is due at the same tick`() async throws {
        let fired = Fired()
        try await withLoop { loop in
            try await loop.run { loop in
                let timers = TimerPair()
                let now = NIODeadline.now() + .milliseconds(50)
                timers.first = LoopTimer(loop.timers) {
                    fired.add("one")
                    timers.second?.cancel()
                }
                timers.second = LoopTimer(loop.timers) {
                    fired.add("one")
                    timers.first?.cancel()
                }
                timers.first?.arm(at: now)
                timers.second?.arm(at: now)
                let end = LoopTimer(loop.timers) { fired.add("end") }
                fired.keep(end)
                end.arm(after: .milliseconds(200))
            }
            try await eventually("the end") { fired.names.contains("end") }
            try await loop.run { _ in fired.drop() }
        }
        #expect(fired.names == ["one", "end"])
    }
}

private final class TimerPair {
    var first: LoopTimer?
    var second: LoopTimer?
}

/// What fired, in order. Timers are kept and dropped on their loop only, which is what makes it Sendable.
private final class Fired: @unchecked Sendable {
    private let list = Mutex<[String]>([])
    private var timers: [LoopTimer] = []

    var names: [String] { list.withLock { $0 } }

    func add(_ name: String) { list.withLock { $0.append(name) } }
    func keep(_ timer: LoopTimer) { timers.append(timer) }

    func drop() {
        for timer in timers { timer.cancel() }
        timers = []
    }
}
