import Logging
import Synchronization
import Tracing

/// Everything that is traced in this process, and its way out: sent to where the configuration says, until the end.
final class TraceExport: Sendable {
    let queue: SpanQueue
    private let exporter: SpanExporter
    private let instance: String
    private let sampling = Mutex<TraceSampling?>(nil)

    /// - Parameter instance: This very process; replicas have other names.
    init(_ metrics: GatewayMetrics, on shard: Shard, instance: String, logger: Logger) {
        let dropped = metrics.traceSpansDropped
        queue = SpanQueue { dropped.add(UInt64($0), on: shard) }
        exporter = SpanExporter(queue, logger: logger)
        self.instance = instance
    }

    /// Goes by other settings from now on.
    ///
    /// - Parameter loop: Where spans are sent from.
    func follow(_ settings: TracingSettings, on loop: Loop) {
        exporter.follow(OTLPCollector(settings, instance: instance, on: loop))
        sampling.withLock { $0 = settings.sampling }
    }

    /// Has spans that this program makes by swift-distributed-tracing go the same way. A process has one tracer: one that
    /// was bootstrapped before stays, and so does that of the first gateway.
    func bootstrap() {
        Self.hasBootstrapped.withLock { done in
            guard !done, InstrumentationSystem.instrument is NoOpInstrument else { return }
            done = true
            InstrumentationSystem.bootstrap(GatewayTracer(queue) { [self] in sampling.withLock { $0 } })
        }
    }

    private static let hasBootstrapped = Mutex(false)

    /// Sends what comes until ``stop(within:)``.
    func run() async { await exporter.run() }

    /// Has `running`, which runs ``run()``, send what is there; whatever is left then is lost.
    func stop(_ running: Task<Void, Never>, within limit: Duration) async {
        sampling.withLock { $0 = nil }
        exporter.stop()
        let end = Instant.now + limit
        // Once, at the end of the process: sending takes as long as the collector does.
        while exporter.backlog > 0, Instant.now < end { try? await Task.sleep(for: .milliseconds(10)) }
        running.cancel()
        queue.drop(exporter.backlog)
    }
}
