import Tracing

/// Has the spans of a program's own code, made by swift-distributed-tracing, sent where the gateway's own go.
///
/// Spans of code that answers a call are kept when the call is; others by their own trace's sampling.
struct GatewayTracer: Tracer {
    private let queue: SpanQueue
    private let sampling: @Sendable () -> TraceSampling?

    /// - Parameter sampling: What is in force; nil: nothing is traced.
    init(_ queue: SpanQueue, sampling: @escaping @Sendable () -> TraceSampling?) {
        (self.queue, self.sampling) = (queue, sampling)
    }

    func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> InstrumentationContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> GatewaySpan {
        var context = context()
        let parent = context.spanPlace
        let sampling = sampling()
        // Spans of a call are the call's affair.
        guard sampling != nil || parent?.call != nil else { return GatewaySpan(unrecorded: operationName, context) }
        var random = SystemRandomNumberGenerator()
        let traceID = parent?.context.traceID ?? TraceID(using: &random)
        let own = TraceContext(
            traceID: traceID, spanID: SpanID(using: &random),
            isSampled: sampling?.samples(parent: parent?.context.isSampled, traceID: traceID.low)
                ?? parent?.context.isSampled ?? false)
        var place = parent ?? SpanPlace(context: own)
        place.context = own
        context.spanPlace = place
        guard own.isSampled || place.call != nil else { return GatewaySpan(unrecorded: operationName, context) }
        let (call, queue) = (place.call, queue)
        let span = FinishedSpan(
            context: own, parent: parent?.context.spanID, traceState: place.traceState, name: operationName,
            kind: FinishedSpan.Kind(kind), start: instant().nanosecondsSinceEpoch, end: 0)
        return GatewaySpan(span, context) { finished in
            if let call { call.add(finished) } else { queue.offer([finished]) }
        }
    }

    /// Does nothing: spans are sent within a second of their end.
    func forceFlush() {}

    func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout InstrumentationContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        guard let parent = extractor.extract(key: "traceparent", from: carrier).flatMap({ TraceContext($0) }) else {
            return
        }
        let state = extractor.extract(key: "tracestate", from: carrier) ?? ""
        context.spanPlace = SpanPlace(context: parent, traceState: state)
    }

    func inject<Carrier, Inject: Injector>(
        _ context: InstrumentationContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let place = context.spanPlace else { return }
        injector.inject(place.context.traceparent, forKey: "traceparent", into: &carrier)
        if !place.traceState.isEmpty { injector.inject(place.traceState, forKey: "tracestate", into: &carrier) }
    }
}

extension FinishedSpan.Kind {
    init(_ kind: SpanKind) {
        self =
            switch kind {
            case .server: .server
            case .client: .client
            case .producer: .producer
            case .consumer: .consumer
            case .internal: .internal
            }
    }
}
