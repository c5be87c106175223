import Synchronization

/// The upper bounds of a family's buckets. Never freed, like the cells (see ``SlotArena``).
///
/// `@unchecked Sendable`: written once, before anyone else sees it.
struct BucketBounds: @unchecked Sendable {
    private let bounds: UnsafePointer<Double>
    /// Finite bounds; there is one bucket more.
    let count: Int

    /// - Parameter values: Rising; the infinite bound is left out.
    init(_ values: [Double]) {
        precondition(zip(values, values.dropFirst()).allSatisfy(<), "bucket bounds rise")
        let copy = UnsafeMutablePointer<Double>.allocate(capacity: max(1, values.count))
        for (position, value) in values.enumerated() { (copy + position).initialize(to: value) }
        (bounds, count) = (UnsafePointer(copy), values.count)
    }

    /// The first bucket whose bound is not below `value`. Without branches, since values are hard to predict.
    @inline(__always)
    func bucket(of value: Double) -> Int {
        var below = 0
        for position in 0..<count { below &+= value > bounds[position] ? 1 : 0 }
        return below
    }
}

/// Counts values by size, and adds them up.
struct Histogram: SeriesHandle {
    static let kind = MetricKind.histogram
    private let slots: Slots
    private let bounds: BucketBounds
    private let exemplars: Exemplars

    init(in arena: SlotArena, bounds: BucketBounds) {
        slots = arena.allocate(bounds.count + 2)
        self.bounds = bounds
        exemplars = Exemplars(buckets: bounds.count + 1)
    }

    /// - Parameters:
    ///   - value: In the family's unit, seconds for durations. Not a number is ignored.
    ///   - traceID: An example of a call that took so long, kept for OpenMetrics scrapes; at most one a second and
    ///     bucket is.
    @inline(__always)
    func observe(_ value: Double, on shard: Shard, traceID: String? = nil) {
        guard value == value else { return }
        let bucket = bounds.bucket(of: value)
        slots.add(1, at: bucket, on: shard)
        slots.addDecimal(value, at: bounds.count &+ 1, on: shard)
        if let traceID { exemplars.offer(traceID, value, bucket: bucket) }
    }

    /// Values by bucket, not cumulative; the last is the infinite one.
    var counts: [UInt64] { (0...bounds.count).map { slots.total(at: $0) } }

    var reading: SeriesReading {
        .histogram(
            HistogramReading(
                counts: counts,
                sum: slots.decimalTotal(at: bounds.count + 1),
                exemplars: exemplars.kept))
    }
}

/// The values of a histogram at one moment.
struct HistogramReading: Sendable, Equatable {
    /// Per bucket, not cumulative; the last is the infinite one.
    let counts: [UInt64]
    let sum: Double
    /// By bucket; empty when there was never one.
    let exemplars: [Exemplar?]
}

/// One observed value and the trace it belongs to.
struct Exemplar: Sendable, Equatable {
    let traceID: String
    let value: Double
    /// Seconds since 1970.
    let time: Double
}

/// The latest exemplar of each bucket. Never freed (see ``SlotArena``).
///
/// `@unchecked Sendable`: a pointer to a `Mutex`.
private struct Exemplars: @unchecked Sendable {
    private let latest: UnsafeMutablePointer<Mutex<[Exemplar?]>>
    private let buckets: Int

    /// OpenMetrics allows 128 characters for an exemplar's labels, names included.
    private static let longestTraceID = 119

    init(buckets: Int) {
        latest = .allocate(capacity: 1)
        latest.initialize(to: Mutex([]))
        self.buckets = buckets
    }

    /// Takes the exemplar unless there is a fresh one; passes it by when another thread is at it.
    func offer(_ traceID: String, _ value: Double, bucket: Int) {
        let time = WallClock.now.inSeconds
        _ = latest.pointee.withLockIfAvailable { latest in
            if latest.isEmpty { latest = Array(repeating: nil, count: buckets) }
            if let kept = latest[bucket], time - kept.time < 1, time >= kept.time { return }
            guard traceID.utf8.count <= Self.longestTraceID else { return }
            latest[bucket] = Exemplar(traceID: traceID, value: value, time: time)
        }
    }

    var kept: [Exemplar?] { latest.pointee.withLock { $0 } }
}
