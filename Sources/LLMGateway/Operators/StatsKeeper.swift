import Synchronization

/// Remembers what the gateway had counted at intervals, so that rates can be told: the shell of ``ReadingHistory``.
final class StatsKeeper: Sendable {
    private let metrics: GatewayMetrics
    private let history: Mutex<ReadingHistory<StatsMark>>

    /// The longest time that rates are told of.
    static let reach: Duration = .seconds(300)
    private static let interval: Duration = .seconds(10)

    init(_ metrics: GatewayMetrics) {
        self.metrics = metrics
        var history = ReadingHistory<StatsMark>(reach: Self.reach)
        history.add(StatsMark(StatsReading(metrics)), at: .now)
        self.history = Mutex(history)
    }

    /// Reads every ten seconds, until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: Self.interval, tolerance: .seconds(1)) } catch { return }
            let mark = StatsMark(StatsReading(metrics))
            history.withLock { $0.add(mark, at: .now) }
        }
    }

    var reading: StatsReading { StatsReading(metrics) }

    /// What had been counted so long ago, or at the start if that is sooner; and how long ago that really was.
    func mark(before age: Duration) -> (age: Duration, mark: StatsMark)? {
        let now = Instant.now
        return history.withLock { $0.entry(atLeast: age, before: now) }.map { (now - $0.time, $0.reading) }
    }
}
