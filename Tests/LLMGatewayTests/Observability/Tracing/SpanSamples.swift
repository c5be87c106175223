import Synchronization

@testable import LLMGateway

extension FinishedSpan {
    /// A span that says little.
    static func sample(_ name: String = "s", sampled: Bool = true) -> FinishedSpan {
        var random = SystemRandomNumberGenerator()
        return FinishedSpan(
            context: TraceContext(
                traceID: TraceID(using: &random), spanID: SpanID(using: &random), isSampled: sampled),
            name: name, start: 1, end: 2)
    }
}

/// Counts what nobody will see.
final class DropCount: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func add(_ more: Int) { count.withLock { $0 += more } }
}
