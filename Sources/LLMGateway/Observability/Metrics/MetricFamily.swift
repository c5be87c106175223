import Synchronization

typealias CounterFamily<Labels: MetricLabels> = MetricFamily<Labels, Counter>
typealias DecimalCounterFamily<Labels: MetricLabels> = MetricFamily<Labels, DecimalCounter>
typealias GaugeFamily<Labels: MetricLabels> = MetricFamily<Labels, Gauge>
typealias HistogramFamily<Labels: MetricLabels> = MetricFamily<Labels, Histogram>

/// All series of one name, by their labels.
final class MetricFamily<Labels: MetricLabels, Handle: SeriesHandle>: Sendable {
    private let table: SeriesTable<Handle>
    private let known: Mutex<[Labels: Handle]> = Mutex([:])

    init(_ table: SeriesTable<Handle>) { self.table = table }

    /// The handle of one series, made at zero when it is new. Any thread; takes a lock, so it is asked for once per
    /// target and not once per request.
    ///
    /// A family that is full answers with its series of `other` and counts that.
    func series(_ labels: Labels) -> Handle {
        known.withLock { known in
            if let handle = known[labels] { return handle }
            switch table.series(LabelText.make(Labels.names, labels.values)) {
            case .own(let handle):
                known[labels] = handle
                return handle
            case .overflow(let handle):
                return handle  // not remembered: memory stays bounded
            }
        }
    }

    /// Every series that was asked for by its labels. What the family had no room for is not among them.
    var all: [Labels: Handle] { known.withLock { $0 } }

    /// Has scrapes see a series or not; whoever holds its handle goes on counting. For what comes and goes while the
    /// gateway runs. A series that nobody made is made.
    func show(_ isShown: Bool, _ labels: Labels) {
        _ = series(labels)
        table.show(isShown, LabelText.make(Labels.names, labels.values))
    }
}

/// The series of a family by their written labels, bounded in number.
final class SeriesTable<Handle: SeriesHandle>: ReadableFamily {
    let descriptor: MetricDescriptor
    private let limits: SeriesLimits
    private let arena: SlotArena
    private let bounds: BucketBounds
    private let state: Mutex<State> = Mutex(State())

    private struct State {
        var positions: [String: Int] = [:]
        var series: [(labels: String, handle: Handle)] = []
        var hidden: Set<String> = []
        var hasOverflow = false
    }

    enum Place {
        /// The series that was asked for.
        case own(Handle)
        /// The family is full; this is the series of all that found no room.
        case overflow(Handle)
    }

    init(_ descriptor: MetricDescriptor, in arena: SlotArena, limits: SeriesLimits) {
        (self.descriptor, self.arena, self.limits) = (descriptor, arena, limits)
        bounds = BucketBounds(descriptor.buckets)
    }

    /// Finds or makes a series.
    ///
    /// - Parameters:
    ///   - labels: As ``LabelText`` writes them.
    ///   - overflow: Where to count when the family is full; nil: the family's own labels, each `other`.
    func series(_ labels: String, overflow: String? = nil) -> Place {
        state.withLock { state in
            if let position = state.positions[labels] { return .own(state.series[position].handle) }
            let taken = state.series.count - (state.hasOverflow ? 1 : 0)
            if taken < limits.maxSeries { return .own(add(labels, to: &state)) }

            limits.dropped.add(1, on: limits.shared)
            let overflow = overflow ?? LabelText.overflow(descriptor.labels)
            if let position = state.positions[overflow] { return .overflow(state.series[position].handle) }
            if state.hasOverflow, let last = state.series.last { return .overflow(last.handle) }
            state.hasOverflow = true
            return .overflow(add(overflow, to: &state))
        }
    }

    private func add(_ labels: String, to state: inout State) -> Handle {
        let handle = Handle(in: arena, bounds: bounds)
        state.positions[labels] = state.series.count
        state.series.append((labels, handle))
        return handle
    }

    func show(_ isShown: Bool, _ labels: String) {
        state.withLock { state in
            if isShown { state.hidden.remove(labels) } else { state.hidden.insert(labels) }
        }
    }

    /// The lock is held to copy the list of handles, not while their cells are read.
    func read() -> FamilyReading {
        let series = state.withLock { state in
            state.hidden.isEmpty ? state.series : state.series.filter { !state.hidden.contains($0.labels) }
        }
        return FamilyReading(descriptor, series.map { SeriesSample(labels: $0.labels, $0.handle.reading) })
    }
}

/// How many series a family may have, and where refusals are counted.
struct SeriesLimits: Sendable {
    let maxSeries: Int
    let dropped: Counter
    let shared: Shard
}

/// A family that can be scraped.
protocol ReadableFamily: Sendable {
    var descriptor: MetricDescriptor { get }
    func read() -> FamilyReading
}

/// Everything a scrape writes about one family.
struct FamilyReading: Sendable {
    let descriptor: MetricDescriptor
    let series: [SeriesSample]

    init(_ descriptor: MetricDescriptor, _ series: [SeriesSample]) {
        (self.descriptor, self.series) = (descriptor, series)
    }
}

/// One series as a scrape saw it.
struct SeriesSample: Sendable {
    /// As ``LabelText`` writes them, without braces.
    let labels: String
    let reading: SeriesReading

    init(labels: String = "", _ reading: SeriesReading) { (self.labels, self.reading) = (labels, reading) }
}
