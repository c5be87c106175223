import NIOCore
import WireFormats

/// One request explained: who sent it, where it could go, what was tried, where its time and its money went.
struct RequestExplanation {
    let request: RecentRequest
    /// How many requests with the same id came before it: clients may choose theirs.
    let earlier: Int

    init(of request: RecentRequest, earlier: Int) { (self.request, self.earlier) = (request, earlier) }

    /// - Parameter json: Gets an object.
    func write(to json: inout JSONWriter) {
        json.object { json in
            writeRequest(to: &json)
            writeOutcome(to: &json)
            json.array("routes", request.routes.all) { write($0, to: &$1) }
            json.array("passed_over", request.passedOver) { note, json in
                json.object { json in
                    json.field("provider", note.target.providerName)
                    json.field("model", note.target.model)
                    json.field("why", note.reason.rawValue)
                }
            }
            json.array("attempts", request.attempts.all) { write($0, to: &$1) }
            writeTimes(to: &json)
            writeUse(to: &json)
            if let limits = request.limits { write(limits, to: &json) } else { json.null("limits") }
        }
    }

    // MARK: What it was

    private func writeRequest(to json: inout JSONWriter) {
        json.field("request_id", request.record.requestID)
        json.field("earlier_with_this_id", earlier)
        json.nullable("trace_id", request.record.traceID)
        json.fact("started_at", request.ended.earlier(byNanoseconds: request.record.duration))
        json.fact("ended_at", request.ended)
        json.nullable("key", request.record.key)
        json.nullable("client_ip", request.record.clientIP)
        json.field("method", request.record.method)
        json.field("path", request.record.path)
        json.nullable("api_format", request.record.apiFormat)
        json.nullable("model", request.record.model)
        json.field("stream", request.record.streams)
    }

    private func writeOutcome(to json: inout JSONWriter) {
        json.field("outcome", request.record.outcome.rawValue)
        json.field("status", request.record.status)
        json.nullable("error_code", request.record.errorCode)
        json.nullable("error_detail", request.record.errorDetail)
        json.nullable("stream_ending", request.streamEnding?.label)
        json.nullable("provider", request.record.provider)
        json.nullable("upstream_model", request.record.upstreamModel)
        json.nullable("upstream_request_id", request.record.upstreamRequestID)
        json.nullable("cache", request.record.cache)
        json.texts("dropped_params", request.record.droppedParams)
        json.texts("tags", request.record.tags)
        json.field("bytes_in", request.record.bytesIn)
        json.field("bytes_out", request.record.bytesOut)
    }

    // MARK: Where it went

    private func write(_ route: RouteTaken, to json: inout JSONWriter) {
        json.object { json in
            json.nullable("fallback_to", route.fallback)
            json.field("decided_by", route.plan.source.word)
            json.field("strategy", route.plan.strategy.rawValue)
            let targets = route.order.map { order in (0..<order.count).map { order[$0] } } ?? []
            json.array("targets", targets) { write($0, to: &$1) }
            json.fact("usable_targets", route.order?.usable)
            json.fact("begins_with_trial", route.order.map { $0.count > 1 && $0.beginsWithTrial })
        }
    }

    private func write(_ target: Target, to json: inout JSONWriter) {
        json.object { json in
            json.field("provider", target.providerName)
            json.field("model", target.model)
            json.field("weight", target.weight)
        }
    }

    private func write(_ attempt: AttemptRecord, to json: inout JSONWriter) {
        func sinceStart(_ time: NIODeadline?) -> Int64? { time.map { ($0 - request.started).nanoseconds } }
        json.object { json in
            json.field("provider", attempt.target.providerName)
            json.field("model", attempt.target.model)
            json.field("cause", attempt.cause.word)
            json.nullable("because", attempt.cause.reason)
            json.milliseconds("began_ms", nanoseconds: sinceStart(attempt.began))
            json.milliseconds("sent_ms", nanoseconds: sinceStart(attempt.sent))
            json.milliseconds("ended_ms", nanoseconds: sinceStart(attempt.ended))
            json.nullable("result", attempt.result?.label)
            json.nullable("upstream_request_id", attempt.upstreamRequestID)
        }
    }

    // MARK: What it took

    private func writeTimes(to json: inout JSONWriter) {
        json.milliseconds("duration_ms", nanoseconds: request.record.duration)
        json.milliseconds("gateway_ms", nanoseconds: request.record.gateway)
        json.milliseconds("ttft_ms", nanoseconds: request.record.timeToFirstToken)
        json.object("phases_ms") { json in
            request.times.forEach { json.milliseconds($0.label, nanoseconds: $1.nanoseconds) }
        }
    }

    private func writeUse(to json: inout JSONWriter) {
        json.object("tokens") { json in
            json.fact("input", request.record.inputTokens)
            json.fact("cached", request.record.cachedTokens)
            json.fact("output", request.record.outputTokens)
            json.field("source", request.record.usageSource.rawValue)
        }
        json.dollars("cost_usd", request.record.cost)
        json.array("billed", request.billed) { attempt, json in
            json.object { json in
                json.field("provider", attempt.provider)
                json.field("model", attempt.model)
                json.field("input_tokens", attempt.usage.input)
                json.field("cached_tokens", attempt.usage.cacheRead)
                json.field("output_tokens", attempt.usage.output)
                json.dollars("cost_usd", attempt.cost)
                if let price = attempt.price {
                    json.field("usd_per_million", raw: price.json.utf8)
                } else {
                    json.null("usd_per_million")
                }
            }
        }
    }

    private func write(_ limits: LimitsTaken, to json: inout JSONWriter) {
        json.object("limits") { json in
            json.nullable("refused_by", limits.refusedBy?.rawValue)
            json.standing("requests", limits.standing.requests)
            json.standing("tokens", limits.standing.tokens)
            json.field("reserved_tokens", limits.reservedTokens)
            json.field("used_tokens", limits.usedTokens)
            json.dollars("reserved_usd", limits.reservedCost)
            json.dollars("used_usd", limits.usedCost)
        }
    }
}

extension AttemptCause? {
    /// What kind of attempt it was.
    fileprivate var word: String {
        switch self {
        case nil: "first"
        case .hedge: "hedge"
        case .failure: "retry"
        case .fallback: "fallback"
        }
    }

    /// What the attempt or the model before came to; nil: there was none, or it was only slow.
    fileprivate var reason: String? {
        switch self {
        case nil, .hedge: nil
        case .failure(let result): result.label
        case .fallback(let reason): reason.rawValue
        }
    }
}

extension JSONWriter {
    /// How one limit stood; null: there is none.
    fileprivate mutating func standing(_ name: String, _ standing: Admission.Standing?) {
        guard let standing else { return null(name) }
        object(name) { json in
            json.field("limit", standing.limit)
            json.field("remaining", standing.remaining)
            json.seconds("reset_seconds", standing.reset)
        }
    }
}

extension WallClock {
    fileprivate func earlier(byNanoseconds duration: Int64) -> WallClock {
        let all = seconds * 1_000_000_000 + Int64(nanoseconds) - duration
        return WallClock(seconds: all / 1_000_000_000, nanoseconds: Int32(all % 1_000_000_000))
    }
}
