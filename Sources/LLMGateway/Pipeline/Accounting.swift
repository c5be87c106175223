import NIOCore
import WireFormats

extension Pipeline {
    /// Counts a call and writes its line in the log: once, however it ended.
    func account(for call: Call, _ failure: GatewayError?) {
        let end = CallEnd(call, failure)
        count(call, end)
        if let finished {
            let books = FinishedCall(
                keyName: call.keyName, time: WallClock.now.seconds, tags: call.connection.header(.xLLMGatewayTags),
                attempts: call.billedAttempts)
            finished(books, call.state.loop.index)
        }
        var record = RequestRecord()
        describe(call, end, in: &record)
        call.snapshot.accessLog.write(record)
        if call.trace != nil { trace(call, end) }
    }

    private func count(_ call: Call, _ end: CallEnd) {
        let shard = call.state.shard
        let (format, start) = (call.format.id.name, call.connection.headStarted)
        let target = call.targetMetrics
        let requests = target?.requests ?? metrics.untargeted
        requests.request(format: format, status: end.status, outcome: end.outcome, on: shard)
        call.caller.account.metrics.request(end.outcome, on: shard)
        requests.duration(
            end.duration.seconds, format: format, streams: call.streams, on: shard, traceID: end.exemplar)
        metrics.overhead(end.own.seconds, format: format, streams: call.streams, on: shard, traceID: end.exemplar)
        countPhases(of: call, on: shard)
        for loss in call.losses {
            let labels = TranslationDroppedLabels(
                from: format, to: call.spokenFormat ?? "simulated", param: loss.knownField)
            metrics.translationDropped.series(labels).add(on: shard)
        }
        if let ending = call.streamEnding { metrics.streamEnded(ending, format: format, on: shard) }
        let hasAnswer = call.streams ? call.times.firstToken != nil : end.failure == nil
        call.countUsage(isWasted: !hasAnswer)
        call.countIfUnpriced(wasAnswered: hasAnswer)
        if call.streams, let first = call.times.firstToken, let target {
            target.timeToFirstToken.observe((first - start).seconds, on: shard, traceID: end.exemplar)
            if let output = call.usage?.output, output > 1 {
                target.timePerOutputToken.observe((end.time - first).seconds / Double(output - 1), on: shard)
            }
        }
    }

    private func describe(_ call: Call, _ end: CallEnd, in record: inout RequestRecord) {
        let connection = call.connection
        record.requestID = call.requestID
        record.traceID = end.traceID
        record.key = call.caller.key?.name
        record.clientIP = connection.clientAddress(call.snapshot.clientAddresses)
        record.method = connection.methodName
        record.path = connection.path
        record.apiFormat = call.format.id.name
        record.model = call.outline?.model
        record.provider = call.target?.providerName
        record.upstreamModel = call.target?.model
        record.upstreamRequestID = call.upstreamRequestID
        record.status = end.status
        record.errorCode = end.view?.code
        record.streams = call.streams
        record.attempts = call.attempts
        record.cache = "bypass"
        if let usage = call.usage {
            record.inputTokens = usage.input
            record.outputTokens = usage.output
            record.cachedTokens = usage.cacheRead
            record.usageSource = call.usageIsEstimated ? .estimated : .provider
        }
        record.costUSD = call.cost?.dollars
        if call.streams {
            record.timeToFirstToken = call.times.firstToken.map { ($0 - connection.headStarted).nanoseconds }
        }
        record.duration = end.duration.nanoseconds
        record.gateway = end.own.nanoseconds
        record.bytesIn = connection.bytesIn
        record.bytesOut = connection.bytesOut
        record.droppedParams = call.losses.map(\.field).sorted()
        record.outcome = end.outcome
        if let failure = end.failure, !failure.detail.isEmpty {
            record.errorDetail = call.snapshot.redactor.redact(failure.detail)
        }
        if call.snapshot.settings.log.bodies { addBodies(of: call, to: &record) }
    }

    private func countPhases(of call: Call, on shard: Shard) {
        let times = call.times
        metrics.phase(.receive, times.receive.seconds, on: shard)
        if times.auth > .zero { metrics.phase(.auth, times.auth.seconds, on: shard) }
        if times.admit > .zero { metrics.phase(.admit, times.admit.seconds, on: shard) }
        let translating = times.translate + times.pictures
        if translating > .zero { metrics.phase(.translate, translating.seconds, on: shard) }
        if times.queue > .zero { metrics.phase(.queue, times.queue.seconds, on: shard) }
        if times.backoff > .zero { metrics.phase(.backoff, times.backoff.seconds, on: shard) }
        if times.hasConnected { metrics.phase(.connect, times.connect.seconds, on: shard) }
        if call.attempts > 0 { metrics.phase(.upstreamFirstByte, times.firstByte.seconds, on: shard) }
        if call.streams, times.firstToken != nil { metrics.phase(.upstreamStream, times.body.seconds, on: shard) }
        if times.clientStall > .zero { metrics.phase(.clientStall, times.clientStall.seconds, on: shard) }
    }

    private func addBodies(of call: Call, to record: inout RequestRecord) {
        let limit = call.snapshot.settings.log.maxBodyLength
        let redactor = call.snapshot.redactor
        record.requestBody = redactor.redact(String(buffer: call.body), cutAt: limit)
        record.responseBody = call.responseForLog.map { redactor.redact(String(buffer: $0), cutAt: limit) }
    }
}
