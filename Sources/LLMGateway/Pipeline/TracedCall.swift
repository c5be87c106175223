import NIOCore
import Tracing
import WireFormats

extension Call {
    /// Gives the call its place in a trace, where anything is traced: the client's trace, else one of its own.
    func beginTrace() {
        guard let tracing = snapshot.tracing else { return }
        trace = CallTrace(connection.traceParent, tracing.sampling, using: &state.random)
    }

    /// What code that answers the call in this process runs with; nil: nothing is traced.
    var instrumentationContext: InstrumentationContext? {
        guard let trace, let tracing = snapshot.tracing else { return nil }
        let inner = trace.inner ?? CallSpans(tracing.queue)
        self.trace?.inner = inner
        return .ofCall(SpanPlace(context: trace.ofAttempt, traceState: traceState, call: inner))
    }

    /// What the client's `tracestate` says, where it has a trace; empty: nothing, or too much to be kept.
    private var traceState: String {
        guard trace?.parent != nil, connection.fields.contains(.tracestate) else { return "" }
        let lines = connection.fields.all.filter { $0.known == .tracestate }
        let text = lines.map { connection.text($0.value) }.joined(separator: ",")
        return text.utf8.count <= Self.longestTraceState ? text : ""
    }

    /// In bytes; W3C Trace Context asks for no more.
    private static let longestTraceState = 512

    /// The call's own span, and one of each attempt.
    func spans(_ end: CallEnd) -> [FinishedSpan] {
        guard let trace else { return [] }
        let clock = SpanClock(at: end.time)
        var own = FinishedSpan(
            context: trace.context, parent: trace.parent?.spanID, traceState: traceState,
            name: Self.spanName(operation, outline?.model), kind: .server, start: clock[connection.headStarted],
            end: clock[end.time], attributes: attributes(end))
        own.events = passedOver.map { note in
            var fields = SpanFields(reserving: 3)
            fields.add("llm_gateway.provider", note.target.providerName)
            fields.add("llm_gateway.upstream_model", note.target.model)
            fields.add("llm_gateway.reason", note.reason.rawValue)
            return FinishedSpan.Event(name: "llm_gateway.passed_over", time: own.start, attributes: fields)
        }
        if end.isFailure { own.status = .error(message: end.view?.code ?? "") }
        var spans = [own]
        for (position, record) in history.all.enumerated() {
            spans.append(span(of: record, position, trace, traceState: own.traceState, end, clock))
        }
        return spans
    }

    /// By the conventions: `chat gpt-5`. A model's name is the client's to choose, and may be long.
    private static func spanName(_ operation: Operation, _ model: String?) -> String {
        let name = operation.conventionalName
        guard let model, !model.isEmpty else { return name }
        return "\(name) \(model.prefix(128))"
    }

    private func attributes(_ end: CallEnd) -> SpanFields {
        var fields = SpanFields(reserving: 32)
        fields.add("gen_ai.operation.name", operation.conventionalName)
        fields.add("gen_ai.provider.name", target == nil ? nil : provider?.conventionalName)
        addModel(outline?.model, to: &fields)
        addAnswer(to: &fields)
        if streams, let first = times.firstToken {
            fields.add("gen_ai.response.time_to_first_chunk", (first - connection.headStarted).seconds)
        }
        fields.add("http.request.method", connection.methodName)
        fields.add("url.path", connection.path)
        fields.add("http.response.status_code", end.status)
        fields.add("client.address", connection.clientAddress(snapshot.clientAddresses))
        fields.add("error.type", end.view?.code)
        fields.add("llm_gateway.request_id", requestID)
        fields.add("llm_gateway.api_format", format.id.name)
        fields.add("llm_gateway.key", caller.key?.name)
        fields.add("llm_gateway.provider", target?.providerName)
        fields.add("llm_gateway.upstream_model", target?.model)
        fields.add("llm_gateway.outcome", end.outcome.rawValue)
        fields.add("llm_gateway.attempts", attempts)
        fields.add("llm_gateway.stream_ending", streamEnding?.label)
        if usage != nil, usageIsEstimated { fields.add("llm_gateway.usage_estimated", true) }
        fields.add("llm_gateway.cost_usd", cost?.dollars)
        fields.add("llm_gateway.overhead", end.own.seconds)
        return fields
    }

    private func addModel(_ model: String?, to fields: inout SpanFields) {
        fields.add("gen_ai.request.model", model)
        if streams { fields.add("gen_ai.request.stream", true) }
        if operation == .chat { fields.add("gen_ai.request.max_tokens", outline?.maxOutputTokens) }
        if let choices = outline?.choices, choices != 1 { fields.add("gen_ai.request.choice.count", choices) }
    }

    /// Who answered, and what was used for it.
    private func addAnswer(to fields: inout SpanFields) {
        fields.add("gen_ai.response.model", answeringModel)
        guard let usage else { return }
        fields.add("gen_ai.usage.input_tokens", usage.input)
        fields.add("gen_ai.usage.output_tokens", usage.output)
        if usage.cacheRead > 0 { fields.add("gen_ai.usage.cache_read.input_tokens", usage.cacheRead) }
        if usage.cacheWrite > 0 { fields.add("gen_ai.usage.cache_creation.input_tokens", usage.cacheWrite) }
        if usage.reasoning > 0 { fields.add("gen_ai.usage.reasoning.output_tokens", usage.reasoning) }
    }

    // MARK: Attempts

    private func span(
        of record: AttemptRecord, _ position: Int, _ trace: CallTrace, traceState: String, _ end: CallEnd,
        _ clock: SpanClock
    ) -> FinishedSpan {
        let (provider, target) = (snapshot.provider(record.target.provider), record.target)
        let ended = record.ended ?? end.time
        let began = record.began ?? ended
        var fields = SpanFields(reserving: 24)
        fields.add("gen_ai.operation.name", operation.conventionalName)
        fields.add("gen_ai.provider.name", provider?.conventionalName)
        addModel(target.model, to: &fields)
        let isLast = position == attemptPosition
        if isLast { addAnswer(to: &fields) }
        if let origin = provider?.site?.origin {
            fields.add("server.address", origin.host)
            fields.add("server.port", origin.port)
        }
        if case .status(let status) = record.result { fields.add("http.response.status_code", status) }
        fields.add("llm_gateway.provider", target.providerName)
        fields.add("llm_gateway.attempt", position + 1)
        let cause = record.cause?.words
        fields.add("llm_gateway.attempt.cause", cause?.name ?? "first")
        fields.add("llm_gateway.attempt.reason", cause?.reason)
        fields.add("llm_gateway.attempt.result", record.isSuperseded ? "superseded" : record.result?.label)
        fields.add("llm_gateway.upstream_request_id", record.upstreamRequestID)
        if let sent = record.sent, sent > began { fields.add("llm_gateway.attempt.wait", (sent - began).seconds) }
        let error = record.error ?? (isLast ? streamError : nil)
        fields.add("error.type", error)
        let context = TraceContext(
            traceID: trace.context.traceID, spanID: record.span ?? trace.attempt, isSampled: trace.context.isSampled)
        return FinishedSpan(
            context: context, parent: trace.context.spanID, traceState: traceState,
            name: Self.spanName(operation, target.model), kind: .client,
            start: clock[began], end: clock[ended], attributes: fields,
            status: error.map { .error(message: $0) } ?? .unset)
    }

    /// How the target broke the stream that it had begun; nil: it didn't.
    private var streamError: String? {
        switch streamEnding {
        case nil, .completed, .clientGone, .drained: nil
        case .upstreamCut, .upstreamError, .idleTimeout, .totalTimeout, .untranslatable: streamEnding?.label
        }
    }
}

extension AttemptRecord {
    /// What it failed by; nil: it was answered, or nobody wanted its answer any more.
    fileprivate var error: String? {
        if isSuperseded { return nil }
        return switch result {
        case nil: nil
        case .status(let status) where (200..<300).contains(status): nil
        case let result?: result.label
        }
    }
}

extension AttemptCause {
    /// Why an attempt was made, and what the reason for that was.
    fileprivate var words: (name: String, reason: String?) {
        switch self {
        case .hedge: ("hedge", nil)
        case .failure(let result): ("retry", result.label)
        case .fallback(let reason): ("fallback", reason.rawValue)
        }
    }
}

extension Operation {
    /// What OpenTelemetry's conventions call it.
    fileprivate var conventionalName: String {
        switch self {
        case .chat: "chat"
        case .embeddings: "embeddings"
        // The conventions have no name for these.
        case .tokenCount: "count_tokens"
        case .modelList: "list_models"
        case .storedResponse: "retrieve_response"
        }
    }
}

/// Says when something was that another clock measured.
private struct SpanClock {
    /// Nanoseconds from that clock's beginning to 1970.
    private let offset: Int64

    /// - Parameter now: About the present.
    init(at now: NIODeadline) {
        let wall = WallClock.now
        offset = wall.seconds * 1_000_000_000 + Int64(wall.nanoseconds) - Int64(now.uptimeNanoseconds)
    }

    /// Nanoseconds since 1970.
    subscript(time: NIODeadline) -> UInt64 { UInt64(max(0, Int64(time.uptimeNanoseconds) + offset)) }
}

extension ServerConnection {
    /// What the client says it calls from; nil: it says nothing, nothing that can be read, or several things.
    var traceParent: TraceContext? {
        guard fields.contains(.traceparent), let field = fields.first(.traceparent),
            fields.all.count(where: { $0.known == .traceparent }) == 1
        else { return nil }
        return withHead { TraceContext(field.value(in: $0)) }
    }
}

extension Pipeline {
    /// Hands over the spans of a call that is kept.
    func trace(_ call: Call, _ end: CallEnd) {
        let inner = call.trace?.inner?.close(isKept: end.isTraced) ?? []
        if end.isTraced { call.snapshot.tracing?.queue.offer(call.spans(end) + inner) }
    }
}
