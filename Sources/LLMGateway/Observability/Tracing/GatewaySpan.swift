import Synchronization
import Tracing

/// A span that a program's own code has begun; it is sent on when it ends, once.
final class GatewaySpan: Tracing.Span {
    let context: InstrumentationContext
    let isRecording: Bool
    private let state: Mutex<State>
    private let finish: @Sendable (FinishedSpan) -> Void

    private struct State {
        var name: String
        /// nil: nobody records it, or it has ended.
        var span: FinishedSpan?
        var attributes = SpanAttributes()
    }

    /// More than that nobody reads.
    private static let mostEvents = 128

    /// - Parameter finish: Told the span when it has ended.
    init(_ span: FinishedSpan, _ context: InstrumentationContext, finish: @escaping @Sendable (FinishedSpan) -> Void) {
        (self.context, isRecording, self.finish) = (context, true, finish)
        state = Mutex(State(name: span.name, span: span))
    }

    /// One that nobody will see.
    init(unrecorded name: String, _ context: InstrumentationContext) {
        (self.context, isRecording, finish) = (context, false, { _ in })
        state = Mutex(State(name: name, span: nil))
    }

    var operationName: String {
        get { state.withLock { $0.name } }
        set { state.withLock { $0.name = newValue } }
    }

    var attributes: SpanAttributes {
        get { state.withLock { $0.attributes } }
        set { if isRecording { state.withLock { $0.attributes = newValue } } }
    }

    func setStatus(_ status: SpanStatus) {
        state.withLock { state in
            state.span?.status = status.code == .ok ? .ok : .error(message: status.message ?? "")
        }
    }

    func addEvent(_ event: SpanEvent) {
        state.withLock { state in
            guard let count = state.span?.events.count, count < Self.mostEvents else { return }
            state.span?.events.append(
                FinishedSpan.Event(
                    name: event.name, time: event.nanosecondsSinceEpoch, attributes: SpanFields(event.attributes)))
        }
    }

    /// The error's type is said, and its text is not: there may be content in it.
    func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        var attributes = attributes
        attributes["exception.type"] = String(reflecting: type(of: error))
        addEvent(SpanEvent(name: "exception", at: instant(), attributes: attributes))
    }

    func addLink(_ link: SpanLink) {
        guard let context = link.context.spanPlace?.context else { return }
        let made = FinishedSpan.Link(context: context, attributes: SpanFields(link.attributes))
        state.withLock { state in
            if state.span.map({ $0.links.count < Self.mostEvents }) == true { state.span?.links.append(made) }
        }
    }

    func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        let time = instant().nanosecondsSinceEpoch
        let finished = state.withLock { state -> FinishedSpan? in
            guard var span = state.span.take() else { return nil }
            span.name = state.name
            span.end = max(time, span.start)
            span.attributes = SpanFields(state.attributes)
            return span
        }
        if let finished { finish(finished) }
    }
}

extension SpanFields {
    init(_ attributes: SpanAttributes) {
        self.init(reserving: attributes.count)
        var found: [(String, Value)] = []
        attributes.forEach { name, value in if let value = Value(value) { found.append((name, value)) } }
        for (name, value) in found.sorted(by: { $0.0 < $1.0 }) { add(name, value) }
    }
}

extension SpanFields.Value {
    /// nil for a kind of value that there was not when this was written.
    fileprivate init?(_ value: SpanAttribute) {
        switch value {
        case .int32(let number): self = .whole(Int64(number))
        case .int64(let number): self = .whole(number)
        case .double(let number): self = .number(number)
        case .bool(let flag): self = .flag(flag)
        case .string(let text): self = .text(text)
        case .stringConvertible(let value): self = .text("\(value)")
        case .int32Array(let numbers): self = .list(numbers.map { .whole(Int64($0)) })
        case .int64Array(let numbers): self = .list(numbers.map { .whole($0) })
        case .doubleArray(let numbers): self = .list(numbers.map { .number($0) })
        case .boolArray(let flags): self = .list(flags.map { .flag($0) })
        case .stringArray(let texts): self = .list(texts.map { .text($0) })
        case .stringConvertibleArray(let values): self = .list(values.map { .text("\($0)") })
        default: return nil
        }
    }
}
