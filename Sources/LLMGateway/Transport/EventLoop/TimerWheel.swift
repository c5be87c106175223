import NIOCore

/// All timeouts of one event loop, to a resolution of ``tick``.
///
/// Arming, moving and disarming a timer is a store; the wheel looks at a timer only when the slot that it was last put
/// into comes round. A hashed wheel after Varghese and Lauck, "Hashed and Hierarchical Timing Wheels" (1987), with lazy
/// moves: almost every timeout here is pushed back or called off long before it passes.
///
/// Used on its loop's thread only.
final class TimerWheel {
    /// Timers fire up to this much late, never early.
    static let tick: TimeAmount = .milliseconds(20)
    private static let slotCount = 1024

    private let loop: any EventLoop
    private var slots: [LoopTimer?] = Array(repeating: nil, count: slotCount)
    private var linked = 0
    private var isTicking = false
    private var isStopped = false
    /// The tick up to which slots were looked at.
    private var current: UInt64 = 0
    /// Called at each tick with how late it came, in seconds: the loop's lag.
    var onTick: ((Double) -> Void)?

    init(loop: any EventLoop) {
        self.loop = loop
    }

    fileprivate func link(_ timer: LoopTimer) {
        let tick = max(Self.ticks(timer.deadline), currentTick(before: timer) + 1)
        let slot = Int(tick % UInt64(Self.slotCount))
        timer.slotTick = tick
        timer.slot = slot
        timer.next = slots[slot]
        timer.previous = nil
        slots[slot]?.previous = timer
        slots[slot] = timer
        linked += 1
        if !isTicking { startTicking() }
    }

    fileprivate func unlink(_ timer: LoopTimer) {
        if let previous = timer.previous { previous.next = timer.next } else { slots[timer.slot] = timer.next }
        timer.next?.previous = timer.previous
        timer.next = nil
        timer.previous = nil
        timer.slot = -1
        linked -= 1
    }

    private func currentTick(before timer: LoopTimer) -> UInt64 {
        if !isTicking { current = Self.ticks(.now()) }
        return current
    }

    private func startTicking() {
        isTicking = true
        scheduleTick()
    }

    /// Ticks no more: the loop is about to end.
    func stop() {
        isStopped = true
    }

    private func scheduleTick() {
        guard !isStopped else { return }
        let due = NIODeadline.now() + Self.tick
        loop.assumeIsolated().scheduleTask(deadline: due) { self.advance(due: due) }
    }

    private func advance(due: NIODeadline) {
        let now = NIODeadline.now()
        onTick?(Double((now - due).nanoseconds) / 1e9)
        let nowTick = now.uptimeNanoseconds / UInt64(Self.tick.nanoseconds)
        // After a long stall each slot needs one look, not one for every tick that was missed.
        let first = max(current + 1, nowTick >= UInt64(Self.slotCount) ? nowTick - UInt64(Self.slotCount) + 1 : 0)
        // Before the sweep: what a timer's action arms must not be put into a slot that was just looked at.
        current = nowTick
        if first <= nowTick {
            for tick in first...nowTick { sweep(Int(tick % UInt64(Self.slotCount)), nowTick: nowTick, now: now) }
        }
        if linked > 0 { scheduleTick() } else { isTicking = false }
    }

    private func sweep(_ slot: Int, nowTick: UInt64, now: NIODeadline) {
        var due: [LoopTimer] = []
        var timer = slots[slot]
        while let here = timer {
            timer = here.next
            guard here.slotTick <= nowTick else { continue }  // a later round of the wheel
            unlink(here)
            if here.deadline <= now { due.append(here) } else if here.isArmed { link(here) }
        }
        // Fired only after the walk: what a timer does may link and unlink others.
        for timer in due where timer.isArmed && timer.deadline <= now { timer.fire() }
    }

    /// The first tick at which `deadline` has passed.
    fileprivate static func ticks(_ deadline: NIODeadline) -> UInt64 {
        let tick = UInt64(Self.tick.nanoseconds)
        return deadline.uptimeNanoseconds / tick + 1
    }
}

/// One timeout, armed again and again. Owned by what it guards; the wheel keeps it only while it is linked.
final class LoopTimer {
    private let wheel: TimerWheel
    private let action: () -> Void
    fileprivate(set) var deadline: NIODeadline = .distantFuture
    fileprivate var slot = -1
    fileprivate var slotTick: UInt64 = 0
    fileprivate var next: LoopTimer?
    // The list owns its timers forwards only.
    fileprivate unowned(unsafe) var previous: LoopTimer?

    /// - Parameter action: Called on the loop when an armed deadline has passed; must not keep the timer's owner alive.
    init(_ wheel: TimerWheel, _ action: @escaping () -> Void) {
        self.wheel = wheel
        self.action = action
    }

    var isArmed: Bool { deadline != .distantFuture }

    /// Fires once after `delay`, instead of at any earlier setting. Zero or less disarms: "0" means "no limit" in the
    /// configuration.
    func arm(after delay: TimeAmount) {
        guard delay > .zero else { return disarm() }
        arm(at: .now() + delay)
    }

    /// Fires once at `deadline`.
    func arm(at deadline: NIODeadline) {
        self.deadline = deadline
        if deadline == .distantFuture { return }
        if slot < 0 {
            wheel.link(self)
        } else if slotTick > TimerWheel.ticks(deadline) {
            wheel.unlink(self)
            wheel.link(self)
        }
    }

    /// Calls it off; costs a store.
    func disarm() {
        deadline = .distantFuture
    }

    /// Calls it off and lets the wheel forget it: for owners that go away.
    func cancel() {
        disarm()
        if slot >= 0 { wheel.unlink(self) }
    }

    fileprivate func fire() {
        deadline = .distantFuture
        action()
    }
}
