/// What a family hands out for one combination of labels. A plain value: copying it costs nothing, and two handles of
/// the same series count together.
protocol SeriesHandle: Sendable {
    static var kind: MetricKind { get }

    /// A new series at zero.
    init(in arena: SlotArena, bounds: BucketBounds)

    /// What a scrape sees.
    var reading: SeriesReading { get }
}

/// The value of one series at one moment.
enum SeriesReading: Sendable, Equatable {
    case whole(UInt64)
    case decimal(Double)
    case histogram(HistogramReading)
}

/// Counts things. Only grows.
struct Counter: SeriesHandle {
    static let kind = MetricKind.counter
    private let slots: Slots

    init(in arena: SlotArena, bounds: BucketBounds) { slots = arena.allocate(1) }

    @inline(__always)
    func add(_ amount: UInt64 = 1, on shard: Shard) { slots.add(amount, at: 0, on: shard) }

    /// Begins anew on one shard, as if the process had.
    func clear(on shard: Shard) { slots.store(0, at: 0, on: shard) }

    /// The sum over all shards.
    var value: UInt64 { slots.total(at: 0) }
    var reading: SeriesReading { .whole(value) }
}

/// Counts what is not whole: dollars, seconds. Only grows.
struct DecimalCounter: SeriesHandle {
    static let kind = MetricKind.counter
    private let slots: Slots

    init(in arena: SlotArena, bounds: BucketBounds) { slots = arena.allocate(1) }

    /// - Parameter amount: Zero or more; anything else is ignored, since a counter never falls.
    @inline(__always)
    func add(_ amount: Double, on shard: Shard) {
        guard amount >= 0, amount.isFinite else { return }
        slots.addDecimal(amount, at: 0, on: shard)
    }

    /// Begins anew on one shard, as if the process had.
    func clear(on shard: Shard) { slots.store(0, at: 0, on: shard) }

    var value: Double { slots.decimalTotal(at: 0) }
    var reading: SeriesReading { .decimal(value) }
}

/// A number that rises and falls: the sum of what was added on all shards, and of what was set.
///
/// A gauge of things that begin and end is added to; one of a state is set. One gauge is used in one of the two ways.
struct Gauge: SeriesHandle {
    static let kind = MetricKind.gauge
    private let slots: Slots
    private let shared: Shard

    private enum Position { static let added = 0, set = 1 }

    init(in arena: SlotArena, bounds: BucketBounds) {
        slots = arena.allocate(2)
        shared = Shard(index: arena.shards - 1, isShared: true)
    }

    /// Adds, or takes away. The beginning and the end of a thing may be added on different shards.
    @inline(__always)
    func add(_ difference: Int64, on shard: Shard) {
        slots.add(UInt64(bitPattern: difference), at: Position.added, on: shard)
    }

    /// From any thread; the last one wins.
    func set(_ value: Double) { slots.store(value.bitPattern, at: Position.set, on: shared) }

    /// Changes what was set, from any thread.
    func adjust(by difference: Double) { slots.addDecimal(difference, at: Position.set, on: shared) }

    var value: Double {
        Double(Int64(bitPattern: slots.total(at: Position.added))) + slots.decimalTotal(at: Position.set)
    }
    var reading: SeriesReading { .decimal(value) }
}
