/// Every metric of the process: families are registered here and scraped here; both ports share one.
///
/// The actor guards the list of families. Counting never comes here: registering returns handles, and handles touch
/// nothing but their own cells.
public actor MetricRegistry {
    /// For threads that are no event loop.
    nonisolated let sharedShard: Shard
    private let loops: Int
    private let arena: SlotArena
    private let limits: SeriesLimits
    private var families: [any ReadableFamily] = []
    private var collectors: [any MetricCollector] = []
    private var estimates: [(MetricDescriptor, @Sendable (SeriesExtent) -> Int)] = []

    /// - Parameters:
    ///   - loops: Event loops, each of which will be the one writer of its shard. 0 for a registry that only describes.
    ///   - maxSeries: Series per family; what is over counts in the family's series of `other`.
    public init(loops: Int, maxSeries: Int = 10_000) {
        precondition(loops >= 0 && maxSeries > 0, "a registry has room for something")
        self.loops = loops
        sharedShard = Shard(index: loops, isShared: true)
        arena = SlotArena(shards: loops + 1)
        let dropped = Counter(in: arena, bounds: BucketBounds([]))
        limits = SeriesLimits(maxSeries: maxSeries, dropped: dropped, shared: sharedShard)
    }

    /// The shard that one event loop, and nobody else, writes to.
    ///
    /// - Parameter position: The loop's, 0..<`loops`.
    nonisolated func shard(ofLoop position: Int) -> Shard {
        precondition((0..<loops).contains(position), "the registry was made for \(loops) event loops")
        return Shard(index: position, isShared: false)
    }

    // MARK: Registering. A name is registered once; a second time is a programming error.

    func counter<Labels: MetricLabels>(
        _ name: String, unit: MetricUnit? = nil, _ help: String, by: Labels.Type
    ) -> CounterFamily<Labels> {
        family(MetricDescriptor(name, .counter, unit: unit, help: help, labels: Labels.names))
    }

    func decimalCounter<Labels: MetricLabels>(
        _ name: String, unit: MetricUnit? = nil, _ help: String, by: Labels.Type
    ) -> DecimalCounterFamily<Labels> {
        family(MetricDescriptor(name, .counter, unit: unit, help: help, labels: Labels.names))
    }

    func gauge<Labels: MetricLabels>(
        _ name: String, unit: MetricUnit? = nil, _ help: String, by: Labels.Type
    ) -> GaugeFamily<Labels> {
        family(MetricDescriptor(name, .gauge, unit: unit, help: help, labels: Labels.names))
    }

    /// - Parameter buckets: Upper bounds, rising, without the infinite one.
    func histogram<Labels: MetricLabels>(
        _ name: String, unit: MetricUnit? = .seconds, _ help: String, buckets: [Double], by: Labels.Type
    ) -> HistogramFamily<Labels> {
        family(
            MetricDescriptor(name, .histogram, unit: unit, help: help, labels: Labels.names, buckets: buckets))
    }

    func counter(_ name: String, unit: MetricUnit? = nil, _ help: String) -> Counter {
        counter(name, unit: unit, help, by: NoLabels.self).series(NoLabels())
    }

    func gauge(_ name: String, unit: MetricUnit? = nil, _ help: String) -> Gauge {
        gauge(name, unit: unit, help, by: NoLabels.self).series(NoLabels())
    }

    /// A counter that someone else keeps; `value` is called at each scrape, on no event loop.
    func counter(
        _ name: String, unit: MetricUnit? = nil, _ help: String, reading value: @escaping @Sendable () -> UInt64
    ) {
        add(CallbackFamily(descriptor: MetricDescriptor(name, .counter, unit: unit, help: help)) { .whole(value()) })
    }

    /// A gauge that is looked up; `value` is called at each scrape, on no event loop.
    func gauge(
        _ name: String, unit: MetricUnit? = nil, _ help: String, reading value: @escaping @Sendable () -> Double
    ) {
        add(CallbackFamily(descriptor: MetricDescriptor(name, .gauge, unit: unit, help: help)) { .decimal(value()) })
    }

    /// Families that are made up at each scrape. What has a name that is taken already is left out.
    func collect(_ collector: any MetricCollector) { collectors.append(collector) }

    /// Lookups that found their family full, since the start.
    nonisolated var droppedSeries: @Sendable () -> UInt64 { { [dropped = limits.dropped] in dropped.value } }

    /// A place for families whose names are known only later: what ``collect(_:)`` is given builds on it.
    nonisolated func table<Handle: SeriesHandle>(_ descriptor: MetricDescriptor) -> SeriesTable<Handle> {
        SeriesTable(descriptor, in: arena, limits: limits)
    }

    private func family<Labels, Handle>(_ descriptor: MetricDescriptor) -> MetricFamily<Labels, Handle> {
        let table: SeriesTable<Handle> = table(descriptor)
        add(table)
        estimates.append((descriptor, Labels.most))
        return MetricFamily(table)
    }

    private func add(_ family: any ReadableFamily) {
        let name = family.descriptor.openMetricsName
        precondition(
            !families.contains { $0.descriptor.openMetricsName == name }, "the metric \(name) is registered twice")
        families.append(family)
    }

    // MARK: Scraping

    /// What there is to know about every family, in the order of registration.
    var catalogue: MetricCatalogue {
        MetricCatalogue(entries: families.map(\.descriptor) + collectors.flatMap(\.descriptors))
    }

    /// How many series there may be.
    func estimate(of extent: SeriesExtent) -> SeriesEstimate {
        SeriesEstimate(families: estimates.map { .init(descriptor: $0, most: $1(extent)) }, maxSeries: limits.maxSeries)
    }

    /// Writes all series, in the format that the scraper prefers.
    ///
    /// Runs on the concurrent pool, whatever executor the caller prefers: an event loop is never held up by it.
    ///
    /// - Parameter accept: The request's `accept` header; nil when it has none.
    /// - Returns: The `content-type` and the body.
    public nonisolated func exposition(accept: String?) async -> (contentType: String, body: [UInt8]) {
        let format = ExpositionFormat(accept: accept)
        return await withTaskExecutorPreference(globalConcurrentExecutor) {
            (format.contentType, format.write(await readings()))
        }
    }

    func readings() -> [FamilyReading] {
        var names: Set<Substring> = []
        return (families.map { $0.read() } + collectors.flatMap { $0.collect() })
            .filter { names.insert($0.descriptor.openMetricsName).inserted }
    }
}

/// Finds out at each scrape what it exposes.
protocol MetricCollector: Sendable {
    /// For the catalogue; empty when it isn't known beforehand.
    var descriptors: [MetricDescriptor] { get }
    /// Called at each scrape, on no event loop.
    func collect() -> [FamilyReading]
}

/// One unlabelled series that is kept elsewhere.
private struct CallbackFamily: ReadableFamily {
    let descriptor: MetricDescriptor
    let value: @Sendable () -> SeriesReading

    func read() -> FamilyReading { FamilyReading(descriptor, [SeriesSample(value())]) }
}
