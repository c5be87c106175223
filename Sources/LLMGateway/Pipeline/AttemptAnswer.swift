import NIOCore
import WireFormats

/// What becomes of an answer that an upstream has begun.
extension Attempt {
    /// In bytes.
    private enum Limits {
        /// The largest answer that is collected whole.
        static let answer = 64 << 20
        /// The largest error body that is read.
        static let refusal = 1 << 20
    }

    /// An answer that is an error: understood, freed of secrets, and judged.
    func refusal(
        _ exchange: UpstreamConnection, _ provider: ConfiguredProvider, in spoken: any WireFormat
    ) async -> AttemptFailure {
        let status = exchange.status
        let retryAfter = RetryAfter.delay(
            retryAfter: exchange.header(.retryAfter), retryAfterMilliseconds: exchange.header(.retryAfterMS),
            now: WallClock.now.seconds)
        let shouldRetry = exchange.header(named: "x-should-retry").flatMap { Bool($0) }
        var understood: UpstreamFailureBody?
        do throws(UpstreamError) {
            call.times.end(.translate, at: .now())
            defer { call.times.end(.upstreamStream, at: .now()) }
            let body = try await exchange.collectBody(
                upTo: Limits.refusal, idleWithin: provider.timeouts.idle)
            let kind = spoken.failureHeader.flatMap { exchange.header(named: $0) }
            understood = body.withUnsafeReadableBytes {
                spoken.readFailure($0, header: kind, using: call.state.tape)
            }?.redacted(by: call.snapshot.redactor).named(as: call.outline?.predecessor)
        } catch {
            if let interruption = call.interruption { return failure(interruption) }
        }
        let amounts = understood?.status ?? status
        let refusal = UpstreamRefusal(
            status: amounts, body: understood ?? UpstreamFailureBody(), retryAfter: retryAfter ?? understood?.retryAfter
        )
        let reason = refusal.reason(from: provider.name, clientBroughtKey: provider.settings.forwardClientKey)
        let kind = understood?.type.map { ", \($0)" } ?? ""
        return AttemptFailure(
            GatewayError(reason, detail: "status \(status)\(kind)"),
            .answered(status: amounts, shouldRetry: shouldRetry), .status(amounts), retryAfter: refusal.retryAfter,
            mayChangeCredential: !provider.settings.forwardClientKey)
    }

    /// A whole answer: read to its end, checked, and passed on as it is.
    func passOn(_ exchange: UpstreamConnection, _ provider: ConfiguredProvider) async throws(AttemptFailure) {
        var body = try await wholeBody(exchange, provider)
        // A count of tokens is an answer of its own kind, and nobody pays for it.
        if call.operation != .tokenCount {
            let outline = try read(body, exchange, provider) { (bytes) throws(MalformedBody) in
                try call.format.readAnswer(bytes, using: call.state.tape)
            }
            call.answeringModel = outline.model
            call.noteUsage(
                outline.usage, isComplete: true, pieces: 0, bytes: outline.usage == nil ? written(in: body) : 0)
            let splices = call.splices(naming: outline)
            if !splices.isEmpty {
                body = body.withUnsafeReadableBytes { ByteBuffer(bytes: $0.spliced(splices)) }
            }
        }
        await call.state.loop.executor.regroup()
        call.beginAnswer(status: exchange.status, upstream: exchange)
        call.connection.finish(body: body)
        call.keepForLog(body)
    }

    /// How much the model wrote of an answer that doesn't say what it used, in bytes.
    private func written(in body: ByteBuffer) -> Int {
        guard call.operation == .chat, let codec = call.format.upstreamChat else { return 0 }
        return body.withUnsafeReadableBytes { bytes in
            guard let answer = try? codec.decode(answer: call.state.tape.parseBody(bytes)) else { return 0 }
            return answer.writtenBytes
        }
    }

    /// A whole answer, said in the client's format.
    func passOn(
        _ exchange: UpstreamConnection, _ provider: ConfiguredProvider, through translation: Translation
    ) async throws(AttemptFailure) {
        let body = try await wholeBody(exchange, provider)
        switch translation {
        case .chat(let chat):
            let response = try read(body, exchange, provider) { (bytes) throws(MalformedBody) in
                try chat.upstream.decode(
                    answer: try call.state.tape.parseBody(bytes), to: chat.answered.request)
            }
            await call.state.loop.executor.regroup()
            let writer = EventWriter(call, chat.client, chat.answered, model: target.model, from: chat.upstream)
            writer.end(with: response)
        case .embeddings(let embeddings):
            var response = try read(body, exchange, provider) { (bytes) throws(MalformedBody) in
                try embeddings.upstream.decode(answer: try call.state.tape.parseBody(bytes))
            }
            guard response.answers(embeddings.request) else {
                throw AttemptFailure(
                    GatewayError(
                        .upstreamUnreadable(provider: provider.name),
                        detail: "\(response.vectors.count) vectors for \(embeddings.request.inputs.count) inputs"),
                    .unreadable, .status(exchange.status))
            }
            if response.model.isEmpty { response.model = target.model }
            (call.answeringModel, call.usage) = (response.model, response.usage)
            if let name = call.shownModel { response.model = name }
            response.times = call.answerTimes
            var bytes: [UInt8] = []
            embeddings.client.encode(response, to: embeddings.request, at: call.place, into: &bytes)
            call.answer(bytes)
        }
    }

    private func wholeBody(
        _ exchange: UpstreamConnection, _ provider: ConfiguredProvider
    ) async throws(AttemptFailure) -> ByteBuffer {
        if let whole = exchange.bodyIfHere() { return whole }
        call.times.end(.translate, at: .now())
        defer { call.times.end(.upstreamStream, at: .now()) }
        do throws(UpstreamError) {
            return try await exchange.collectBody(upTo: Limits.answer, idleWithin: provider.timeouts.idle)
        } catch {
            throw failure(error)
        }
    }

    private func read<Read>(
        _ body: ByteBuffer, _ exchange: UpstreamConnection, _ provider: ConfiguredProvider,
        _ read: (UnsafeRawBufferPointer) throws(MalformedBody) -> Read
    ) throws(AttemptFailure) -> Read {
        let result = body.withUnsafeReadableBytes { bytes -> Result<Read, MalformedBody> in
            do throws(MalformedBody) {
                return .success(try read(bytes))
            } catch {
                return .failure(error)
            }
        }
        do throws(MalformedBody) {
            return try result.get()
        } catch {
            throw AttemptFailure(
                GatewayError(.upstreamUnreadable(provider: provider.name), detail: error.message),
                .unreadable, .status(exchange.status))
        }
    }

    /// A streamed answer: each event passed on as it comes.
    func relay(
        _ exchange: UpstreamConnection, _ provider: ConfiguredProvider, hidesUsage: Bool
    ) async throws(AttemptFailure) {
        let format = call.format
        try checkContentType(
            exchange, provider, format.upstreamChat?.streamContentType ?? format.streamContentType(at: call.place))
        let tap = format.makeStreamTap(
            hidesUsage: hidesUsage, choices: call.outline?.choices ?? 1, tape: call.state.tape)
        if let wrapping = format.streamWrapping(at: call.place) { tap.wrap(in: wrapping) }
        if let name = call.shownModel { tap.nameModel(name, in: format) }
        if let names = call.answerNames { tap.name(names, in: format) }
        let relay = StreamRelay(call, exchange, tap)
        let broken = await follow(exchange, provider, to: relay)
        if let failure = relay.finish(broken, provider: provider.name) { throw failure }
    }

    /// A streamed answer, each event said in the client's format as it comes.
    func relay(
        _ exchange: UpstreamConnection, _ provider: ConfiguredProvider, through chat: ChatTranslation
    ) async throws(AttemptFailure) {
        try checkContentType(exchange, provider, chat.upstream.streamContentType)
        let stream = TranslatedStream(call, exchange, chat, model: target.model)
        let broken = await follow(exchange, provider, to: stream)
        if let failure = stream.finish(broken, provider: provider.name) { throw failure }
    }

    /// - Returns: Why the body didn't come to its end; nil: it did.
    private func follow(
        _ exchange: UpstreamConnection, _ provider: ConfiguredProvider, to sink: any BodySink
    ) async -> UpstreamError? {
        provider.metrics.streamsInFlight.add(1, on: call.state.shard)
        defer { provider.metrics.streamsInFlight.add(-1, on: call.state.shard) }
        call.times.end(.translate, at: .now())
        defer { call.times.end(exchange.isPaused ? .clientStall : .upstreamStream, at: .now()) }
        do throws(UpstreamError) {
            try await exchange.relayBody(to: sink, idleWithin: provider.timeouts.idle)
            return nil
        } catch {
            return call.interruption ?? error
        }
    }

    private func checkContentType(
        _ exchange: UpstreamConnection, _ provider: ConfiguredProvider, _ expected: String
    ) throws(AttemptFailure) {
        let type = exchange.header(.contentType)?.lowercased() ?? ""
        guard !type.hasPrefix(expected.prefix { $0 != ";" }.lowercased()) else { return }
        throw AttemptFailure(
            GatewayError(
                .upstreamUnreadable(provider: provider.name), detail: "answered a stream with content-type '\(type)'"),
            .unreadable, .status(exchange.status))
    }
}

extension Call {
    /// What makes an answer that passes through name the model and the ids as the client is to see them.
    fileprivate func splices(naming outline: AnswerOutline) -> [BodySplice] {
        var splices: [BodySplice] = []
        if let name = shownModel, let range = outline.modelRange {
            splices.append(BodySplice(range, JSONWriter.write { $0.value(name) }))
        }
        if let names = answerNames, let ids = outline.ids { splices += ids.splices(names) }
        return splices.sorted { $0.range.lowerBound < $1.range.lowerBound }
    }
}

extension UpstreamFailureBody {
    /// An upstream's own words, without what only the operator may know.
    func redacted(by redactor: Redactor) -> UpstreamFailureBody {
        func redacted(_ text: String) -> String { redactor.redact(text, cutAt: Self.longestText) }
        return UpstreamFailureBody(
            message: message.map(redacted), type: type.map(redacted), code: code.map(redacted),
            param: param.map(redacted), status: status, retryAfter: retryAfter)
    }

    /// In characters: more nobody reads, and looking through all that an upstream may send would hold up the loop.
    private static let longestText = 4096

    /// The same, with the client's name for the answer that its call goes on from.
    fileprivate func named(as predecessor: Predecessor?) -> UpstreamFailureBody {
        guard let predecessor, let id = predecessor.idAtTarget else { return self }
        return UpstreamFailureBody(
            message: message?.replacing(id, with: predecessor.id), type: type, code: code, param: param, status: status,
            retryAfter: retryAfter)
    }
}
