import Logging
import Synchronization

/// What a collector made of a batch.
enum ExportAnswer: Sendable, Equatable {
    /// - rejected: How many spans of it the collector does not want.
    case accepted(rejected: Int)
    /// It may be sent again.
    case later(after: Duration?, reason: String)
    case refused(reason: String)
}

/// Somewhere that spans are sent to.
protocol SpanCollector: Sendable {
    /// What is said of the sender.
    var resource: SpanFields { get }

    /// Sends a batch in OTLP's words, compressed.
    func send(_ body: [UInt8], within limit: Duration) async -> ExportAnswer
}

/// Sends spans to a collector, in batches and one batch at a time, beside everything that clients wait for.
final class SpanExporter: Sendable {
    private let queue: SpanQueue
    private let logger: Logger
    private let collector = Mutex<(any SpanCollector)?>(nil)
    private let state = Mutex(State())

    private struct State {
        /// Whether the last batch was not taken.
        var isFailing = false
        /// Spans of the batch that is being sent.
        var underWay = 0
        /// Whether it is the end: nobody waits for better times any more.
        var isStopping = false
    }

    /// Of a batch, and how long one waits to be filled: OpenTelemetry's usual size, and less than its usual five seconds.
    private static let batch = 512
    private static let delay: Duration = .seconds(1)
    /// How often it is looked for spans.
    private static let interval: Duration = .milliseconds(100)
    private static let timeout: Duration = .seconds(10)

    init(_ queue: SpanQueue, logger: Logger) { (self.queue, self.logger) = (queue, logger) }

    /// Sends to another collector from now on; nil: to none.
    func follow(_ collector: (any SpanCollector)?) { self.collector.withLock { $0 = collector } }

    /// Sends what comes until the task is cancelled, or everything is sent after ``stop()``.
    func run() async {
        while !Task.isCancelled {
            await waitForSpans()
            let spans = state.withLock { state in
                let taken = queue.take(Self.batch)
                state.underWay = taken.count
                return taken
            }
            if spans.isEmpty {
                if isStopping { return }
                continue
            }
            await export(spans)
            state.withLock { $0.underWay = 0 }
        }
    }

    /// Has ``run()`` send what is there without waiting for more, and end.
    func stop() { state.withLock { $0.isStopping = true } }

    /// How many spans have not been sent yet.
    var backlog: Int { state.withLock { queue.count + $0.underWay } }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    /// Until there is a batch, or what there is has waited long enough, or it is the end.
    private func waitForSpans() async {
        var waited: Duration = .zero
        while !Task.isCancelled, !isStopping, queue.count < Self.batch, waited < Self.delay {
            // Looked for now and then: a call that ends wakes nobody for its spans. Where nobody collects there are none.
            let pause = collector.withLock { $0 == nil } ? Self.delay : Self.interval
            try? await Task.sleep(for: pause)
            waited = queue.count == 0 ? .zero : waited + pause
        }
    }

    private func export(_ spans: [FinishedSpan]) async {
        guard let first = collector.withLock({ $0 }), let body = ExportRequest.encode(spans, of: first.resource) else {
            return queue.drop(spans.count)
        }
        var retry = ExportRetry()
        var random = SystemRandomNumberGenerator()
        while !Task.isCancelled, let collector = collector.withLock({ $0 }) {
            switch await collector.send(body, within: Self.timeout) {
            case .accepted(let rejected):
                queue.drop(min(max(0, rejected), spans.count))
                return report(nil)
            case .refused(let reason):
                report(reason)
                return queue.drop(spans.count)
            case .later(let after, let reason):
                report(reason)
                let pause = retry.failed(retryAfter: after, at: .now, using: &random)
                guard let pause, !isStopping else { return queue.drop(spans.count) }
                await wait(pause)
            }
        }
        queue.drop(spans.count)
    }

    /// Before a batch is sent again; shorter when the gateway stops.
    private func wait(_ pause: Duration) async {
        let end = Instant.now + pause
        while !Task.isCancelled, !isStopping, Instant.now < end {
            // In short steps, so that the end of the gateway is noticed.
            try? await Task.sleep(for: min(Self.interval, end - .now))
        }
    }

    /// Once for each change.
    private func report(_ trouble: String?) {
        let hasChanged = state.withLock { state in
            defer { state.isFailing = trouble != nil }
            return state.isFailing != (trouble != nil)
        }
        guard hasChanged else { return }
        if let trouble {
            logger.warning("the collector does not take spans", metadata: ["reason": "\(trouble)"])
        } else {
            logger.notice("the collector takes spans again")
        }
    }
}
