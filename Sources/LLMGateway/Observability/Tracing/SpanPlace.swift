import Tracing

/// Where code that is running stands in a trace.
struct SpanPlace: Sendable {
    /// Its own span, or the one that another program called it from.
    var context: TraceContext
    /// `tracestate`; empty: there is none.
    var traceState = ""
    /// Where its spans go while it isn't known whether the call that they belong to is kept; nil: it belongs to none.
    var call: CallSpans?
}

private enum SpanPlaceKey: InstrumentationContextKey {
    typealias Value = SpanPlace
    static var nameOverride: String? { "llm-gateway-span" }
}

extension InstrumentationContext {
    var spanPlace: SpanPlace? {
        get { self[SpanPlaceKey.self] }
        set { self[SpanPlaceKey.self] = newValue }
    }

    /// What code that answers a call in this process runs with: spans that it makes are part of the call's trace, whoever's
    /// tracer makes them.
    static func ofCall(_ place: SpanPlace) -> InstrumentationContext {
        var context = InstrumentationContext.topLevel
        InstrumentationSystem.instrument.extract(
            ["traceparent": place.context.traceparent, "tracestate": place.traceState], into: &context,
            using: TraceHeaders())
        context.spanPlace = place
        return context
    }
}

/// Reads header lines that are kept by name.
private struct TraceHeaders: Extractor {
    func extract(key: String, from carrier: [String: String]) -> String? {
        carrier[key.lowercased()].flatMap { $0.isEmpty ? nil : $0 }
    }
}
