import CoreMetrics
import Synchronization

/// Lets libraries that report by swift-metrics appear beside the gateway's own families.
///
/// Names and labels are made valid for Prometheus: `pool.leased` becomes `pool_leased`, counters end with `_total` and
/// timers with `_seconds`. A series, once reported, stays: destroying a metric changes nothing. None of this is for
/// hot paths; handles count on the shared shard.
final class RegistryMetricsFactory: MetricsFactory, MetricCollector {
    private let registry: MetricRegistry
    private let families: Mutex<Families> = Mutex(Families())

    private struct Families {
        var byName: [String: any ReadableFamily] = [:]
        var inOrder: [any ReadableFamily] = []
    }

    /// To be given to ``MetricRegistry/collect(_:)`` and to `MetricsSystem.bootstrap`.
    init(_ registry: MetricRegistry) { self.registry = registry }

    // MARK: MetricCollector

    /// None: which metrics libraries report is known when they do.
    var descriptors: [MetricDescriptor] { [] }

    func collect() -> [FamilyReading] { families.withLock { $0.inOrder }.map { $0.read() } }

    // MARK: MetricsFactory

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        let counter: Counter = series(label, suffix: "_total", dimensions)
        return LibraryCounter(counter: counter, shard: registry.sharedShard)
    }

    func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        let counter: DecimalCounter = series(label, suffix: "_total", dimensions)
        return LibraryDecimalCounter(counter: counter, shard: registry.sharedShard)
    }

    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        LibraryMeter(gauge: series(label, dimensions))
    }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return LibraryMeter(gauge: series(label, dimensions)) }
        return LibraryHistogram(
            histogram: series(label, dimensions, buckets: Self.recorderBuckets), shard: registry.sharedShard)
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let histogram: Histogram = series(
            label, suffix: "_seconds", dimensions, unit: .seconds, buckets: GatewayMetrics.Buckets.durations)
        return LibraryHistogram(histogram: histogram, shard: registry.sharedShard)
    }

    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    func destroyMeter(_ handler: any MeterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}

    /// Powers of four: what is recorded has no known unit.
    private static let recorderBuckets: [Double] = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1_048_576]

    /// Finds or makes the series. Two kinds of metric under one label become two families, the later one with its kind
    /// in the name.
    private func series<Handle: SeriesHandle>(
        _ label: String, suffix: String = "", _ dimensions: [(String, String)], unit: MetricUnit? = nil,
        buckets: [Double] = []
    ) -> Handle {
        let base = PrometheusName.metric(label)
        let name = base.hasSuffix(suffix) ? base : base + suffix
        let labels = PrometheusName.labels(dimensions)
        let table: SeriesTable<Handle> = families.withLock { families in
            for name in [name, "\(base)_\(Handle.self)\(suffix)".lowercased()] {
                switch families.byName[name] {
                case let table as SeriesTable<Handle>:
                    return table
                case nil:
                    let table: SeriesTable<Handle> = registry.table(
                        MetricDescriptor(
                            name, Handle.kind, unit: unit, help: "Reported by a library as \(label).",
                            buckets: buckets))
                    families.byName[name] = table
                    families.inOrder.append(table)
                    return table
                default:
                    continue
                }
            }
            // Two conflicts deep: counted, and not exposed.
            return registry.table(MetricDescriptor(name, Handle.kind, help: "", buckets: buckets))
        }
        let names = labels.map(\.name)
        switch table.series(LabelText.make(names, labels.map(\.value)), overflow: LabelText.overflow(names)) {
        case .own(let handle), .overflow(let handle): return handle
        }
    }
}

/// Makes names that Prometheus takes.
enum PrometheusName {
    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`; everything else becomes an underscore.
    static func metric(_ label: String) -> String { sanitised(label, allowing: ":") }

    /// `[a-zA-Z_][a-zA-Z0-9_]*`, sorted, each once: the first of two equal ones wins. Names that Prometheus keeps to
    /// itself (`le`, `quantile`, two underscores in front) get a prefix.
    static func labels(_ dimensions: [(String, String)]) -> [(name: String, value: String)] {
        var seen: Set<String> = []
        return dimensions.map { (name: label($0.0), value: $0.1) }
            .filter { seen.insert($0.name).inserted }
            .sorted { $0.name < $1.name }
    }

    private static func label(_ name: String) -> String {
        let name = sanitised(name)
        return name == "le" || name == "quantile" || name.hasPrefix("__") ? "label_" + name : name
    }

    private static func sanitised(_ name: String, allowing extra: Character? = nil) -> String {
        var written = String(
            name.map { character in
                let isFine = character.isASCII && (character.isLetter || character.isNumber)
                return isFine || character == "_" || character == extra ? character : "_"
            })
        if written.first?.isNumber ?? true { written = "_" + written }
        return written
    }
}

private final class LibraryCounter: CounterHandler {
    let counter: Counter
    let shard: Shard

    init(counter: Counter, shard: Shard) { (self.counter, self.shard) = (counter, shard) }

    func increment(by amount: Int64) { if amount > 0 { counter.add(UInt64(amount), on: shard) } }
    func reset() { counter.clear(on: shard) }
}

private final class LibraryDecimalCounter: FloatingPointCounterHandler {
    let counter: DecimalCounter
    let shard: Shard

    init(counter: DecimalCounter, shard: Shard) { (self.counter, self.shard) = (counter, shard) }

    func increment(by amount: Double) { counter.add(amount, on: shard) }
    func reset() { counter.clear(on: shard) }
}

/// A meter, and a recorder that keeps only the last value.
private final class LibraryMeter: MeterHandler, RecorderHandler {
    let gauge: Gauge

    init(gauge: Gauge) { self.gauge = gauge }

    func set(_ value: Int64) { gauge.set(Double(value)) }
    func set(_ value: Double) { gauge.set(value) }
    func increment(by amount: Double) { gauge.adjust(by: amount) }
    func decrement(by amount: Double) { gauge.adjust(by: -amount) }
    func record(_ value: Int64) { gauge.set(Double(value)) }
    func record(_ value: Double) { gauge.set(value) }
}

private final class LibraryHistogram: RecorderHandler, TimerHandler {
    let histogram: Histogram
    let shard: Shard

    init(histogram: Histogram, shard: Shard) { (self.histogram, self.shard) = (histogram, shard) }

    func record(_ value: Int64) { histogram.observe(Double(value), on: shard) }
    func record(_ value: Double) { histogram.observe(value, on: shard) }
    func recordNanoseconds(_ duration: Int64) { histogram.observe(Double(duration) / 1e9, on: shard) }
}
