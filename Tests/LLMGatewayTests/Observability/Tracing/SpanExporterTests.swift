import Logging
import Synchronization
import Testing

@testable import LLMGateway

@Suite(.timeLimit(.minutes(1))) struct SpanExporterTests {
    /// Answers as it is told, the last answer again and again.
    private final class Collector: SpanCollector {
        let resource = SpanFields()
        private let state: Mutex<(answers: [ExportAnswer], asked: Int)>

        init(_ answers: ExportAnswer...) { state = Mutex((answers, 0)) }

        var asked: Int { state.withLock { $0.asked } }

        func send(_ body: [UInt8], within limit: Duration) async -> ExportAnswer {
            state.withLock { state in
                state.asked += 1
                return state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0]
            }
        }
    }

    private func run(
        _ collector: Collector, _ body: (SpanQueue, SpanExporter, DropCount) async throws -> Void
    ) async throws {
        let dropped = DropCount()
        let queue = SpanQueue(onDrop: dropped.add)
        let exporter = SpanExporter(queue, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        exporter.follow(collector)
        let running = Task { await exporter.run() }
        defer { running.cancel() }
        try await body(queue, exporter, dropped)
    }

    @Test func `many spans are sent at once, in batches`() async throws {
        let collector = Collector(.accepted(rejected: 0))
        try await run(collector) { queue, exporter, dropped in
            queue.offer((0..<1100).map { _ in .sample() })
            try await eventually("all sent") { exporter.backlog == 0 }
            #expect(collector.asked == 3 && dropped.value == 0)
        }
    }

    @Test func `what is not taken for now is sent again`() async throws {
        let collector = Collector(.later(after: .zero, reason: "busy"), .accepted(rejected: 0))
        try await run(collector) { queue, exporter, dropped in
            queue.offer([.sample()])
            try await eventually("it is sent") { collector.asked == 2 && exporter.backlog == 0 }
            #expect(dropped.value == 0)
        }
    }

    @Test func `what is refused, or not wanted, is counted and forgotten`() async throws {
        let collector = Collector(.refused(reason: "no"), .accepted(rejected: 99))
        try await run(collector) { queue, exporter, dropped in
            queue.offer([.sample(), .sample()])
            try await eventually("the first") { dropped.value == 2 }
            queue.offer([.sample()])
            try await eventually("the second") { exporter.backlog == 0 && collector.asked == 2 }
            #expect(dropped.value == 3, "a collector can't reject more than it was sent")
        }
    }

    @Test func `without a collector spans are dropped`() async throws {
        try await run(Collector(.accepted(rejected: 0))) { queue, exporter, dropped in
            exporter.follow(nil)
            queue.offer([.sample()])
            try await eventually("it is dropped") { dropped.value == 1 }
        }
    }

    @Test func `at the end nobody waits for better times`() async throws {
        let collector = Collector(.later(after: .seconds(20), reason: "busy"))
        try await run(collector) { queue, exporter, dropped in
            queue.offer([.sample()])
            try await eventually("the first try") { collector.asked == 1 }
            queue.offer([.sample()])
            exporter.stop()
            try await eventually("the end") { exporter.backlog == 0 }
            #expect(dropped.value == 2 && (2...3).contains(collector.asked), "each once, or the first once more")
        }
    }
}
