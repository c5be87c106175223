/// How many calls succeeded and failed lately: a sliding window in ten parts, the oldest of which is dropped whole.
///
/// So what is counted lies between nine and ten tenths of the window back, and the memory is the same for any traffic.
struct OutcomeWindow: Sendable {
    private static let partCount: Int64 = 10

    private struct Part {
        var calls = 0
        var failures = 0
    }

    /// In seconds.
    private let partLength: Double
    private let origin: Instant
    private var parts = Array(repeating: Part(), count: Int(partCount))
    /// The number of the newest part since `origin`; its place is that, modulo the count of parts.
    private var newest: Int64 = 0
    private(set) var calls = 0
    private(set) var failures = 0

    /// - Parameter length: Greater than zero.
    init(_ length: Duration, from start: Instant) {
        precondition(length > .zero, "nothing happens in no time")
        partLength = length.inSeconds / Double(Self.partCount)
        origin = start
    }

    /// 0...1; 0 when there were no calls.
    var failureRate: Double { calls == 0 ? 0 : Double(failures) / Double(calls) }

    /// - Parameter now: Earlier than the last one counts as the last one.
    mutating func record(failed: Bool, at now: Instant) {
        slide(to: now)
        let place = Int(newest % Self.partCount)
        parts[place].calls += 1
        calls += 1
        guard failed else { return }
        parts[place].failures += 1
        failures += 1
    }

    private mutating func slide(to now: Instant) {
        let number = Int64((now - origin).inSeconds / partLength)
        guard number > newest else { return }
        for step in 0..<min(number - newest, Self.partCount) {
            let place = Int((newest + 1 + step) % Self.partCount)
            calls -= parts[place].calls
            failures -= parts[place].failures
            parts[place] = Part()
        }
        newest = number
    }
}
