import NIOCore
import WireFormats

extension Pipeline {
    /// Leaves a call that has ended, answered or not, to be accounted for at the end of the turn.
    func account(for call: Call, _ failure: GatewayError?) {
        call.state.ended.append(EndedCall(call: call, failure: failure))
    }

    /// Counts the calls that ended in this turn, writes their lines in the log and remembers them: each once, however it
    /// ended.
    func settle(on loop: Loop) {
        let state = states[loop.index]
        guard !state.ended.isEmpty else { return }
        let (time, now) = (NIODeadline.now(), WallClock.now)
        let calls = state.ended.map { (call: $0.call, end: CallEnd($0.call, $0.failure, at: time)) }
        state.ended.removeAll(keepingCapacity: true)
        for (call, end) in calls { count(call, end) }
        for (call, end) in calls {
            let billed = call.billedAttempts
            if let finished {
                let books = FinishedCall(
                    keyName: call.keyName, time: now.seconds, tags: call.connection.header(.xLLMGatewayTags),
                    attempts: billed)
                finished(books, loop.index)
            }
            let record = record(of: call, end)
            call.snapshot.accessLog.write(record, about: .request, at: now)
            state.recent.append(RecentRequest(record, of: call, billed, end.failure, ended: now))
        }
        for (call, end) in calls where call.trace != nil { trace(call, end) }
    }

    /// Writes the line of a request that is no call of a model, and counts nothing.
    func note(_ call: Call, _ failure: GatewayError?, as subject: AccessLog.Subject) {
        let end = CallEnd(call, failure, at: .now())
        call.snapshot.accessLog.write(record(of: call, end), about: subject)
    }

    private func record(of call: Call, _ end: CallEnd) -> RequestRecord {
        var record = RequestRecord()
        describe(call, end, in: &record)
        return record
    }

    /// Writes the line of what an operator asked, as far as the connection knows it.
    func noteAdministration(on connection: ServerConnection, _ state: LoopState, requestID: String) {
        let status = connection.answeredStatus
        var record = RequestRecord()
        record.requestID = requestID
        record.key = state.callers.caller(of: connection)?.key?.name
        record.clientIP = connection.clientAddress(state.snapshot.clientAddresses)
        (record.method, record.path) = (connection.methodName, connection.path)
        record.status = status == 0 ? 499 : status
        record.outcome =
            switch status {
            case 0: .clientCancelled
            case ..<400: .ok
            case ..<500: .clientError
            default: .providerError
            }
        record.duration = (NIODeadline.now() - connection.headStarted).nanoseconds
        record.gateway = record.duration
        (record.bytesIn, record.bytesOut) = (connection.bytesIn, connection.bytesOut)
        state.snapshot.accessLog.write(record, about: .admin)
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
        call.times.forEach { phase, time in metrics.phase(phase, time.seconds, on: shard) }
        for loss in call.losses {
            let labels = TranslationDroppedLabels(
                from: format, to: call.spokenFormat ?? "simulated", param: loss.knownField)
            metrics.translationDropped.series(labels).add(on: shard)
        }
        metrics.cache(call.cacheResult, on: shard)
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
        record.cache = call.cacheResult.label
        if let usage = call.usage {
            record.inputTokens = usage.input
            record.outputTokens = usage.output
            record.cachedTokens = usage.cacheRead
            record.usageSource = call.usageIsEstimated ? .estimated : .provider
        }
        record.cost = call.cost
        if call.streams {
            record.timeToFirstToken = call.times.firstToken.map { ($0 - connection.headStarted).nanoseconds }
        }
        record.duration = end.duration.nanoseconds
        record.gateway = end.own.nanoseconds
        record.bytesIn = connection.bytesIn
        record.bytesOut = connection.bytesOut
        record.droppedParams = call.losses.map(\.field).sorted()
        record.outcome = end.outcome
        if connection.fields.contains(.xLLMGatewayTags), let tags = connection.header(.xLLMGatewayTags) {
            record.tags = LedgerTags.tags(in: tags).map(call.snapshot.redactor.redact)
        }
        if let failure = end.failure, !failure.detail.isEmpty {
            record.errorDetail = call.snapshot.redactor.redact(failure.detail)
        }
        if call.snapshot.settings.log.bodies { addBodies(of: call, to: &record) }
    }

    private func addBodies(of call: Call, to record: inout RequestRecord) {
        let limit = call.snapshot.settings.log.maxBodyLength
        let redactor = call.snapshot.redactor
        record.requestBody = redactor.redact(String(buffer: call.body), cutAt: limit)
        record.responseBody = call.responseForLog.map {
            redactor.redact(String(buffer: $0), cutAt: limit, isCut: call.responseForLogIsCut)
        }
    }
}
