import NIOCore
import WireFormats

/// Reads or deletes an answer that was kept: here, or by the provider that gave it. No model is called, so nothing is
/// counted; the log has a line of it.
struct StoredAnswerRequest {
    private let call: Call
    private let id: String
    private let stored: any AnswerStore
    private let metrics: GatewayMetrics
    private let health: ProviderWatch

    init(_ call: Call, id: String, _ stored: any AnswerStore, metrics: GatewayMetrics, health: ProviderWatch) {
        (self.call, self.id, self.stored, self.metrics, self.health) = (call, id, stored, metrics, health)
    }

    private var isDeletion: Bool { call.connection.method == .delete }

    /// - Returns: Why the client was told no; nil: it has what it asked for.
    func answer() async -> GatewayError? {
        guard let codec = call.format.storedAnswers else { return nil }
        defer { call.connection.dependent = nil }
        call.connection.dependent = call
        call.outline = codec.outline(ofReading: call.place.query)
        do throws(GatewayError) {
            try call.authenticate()
            guard let name = await stored.seals.open(id, for: call.keyName) else { throw unknown(codec) }
            switch name.place {
            case .store(let kept): try await answer(kept, codec)
            case .provider(let provider, let digest, let idThere):
                try await ask(AnswerKeeper(provider: provider, digest: digest), for: idThere, codec)
            }
        } catch {
            call.fail(error)
            return error
        }
        return nil
    }

    private func unknown(_ codec: any StoredAnswerCodec) -> GatewayError {
        GatewayError(.storedAnswerRefused(codec.unknownAnswer(id)))
    }

    private func answer(_ body: [UInt8]) {
        call.connection.answer(status: 200, call.state, requestID: call.requestID, body: body)
    }

    // MARK: Kept here

    private func answer(_ kept: StoredResponse.ID, _ codec: any StoredAnswerCodec) async throws(GatewayError) {
        do throws(StateUnavailable) {
            if isDeletion {
                guard try await stored.delete(kept) else { throw StateUnavailable.notThere }
                return answer(codec.deletedBody(id: id))
            }
            guard let body = try await stored.answer(kept) else { throw StateUnavailable.notThere }
            guard call.streams else { return answer(body) }
        } catch {
            throw error == .notThere ? unknown(codec) : GatewayError(.storeUnavailable, detail: error.reason)
        }
        throw GatewayError(.storedAnswerRefused(codec.endedStream))
    }

    // MARK: Kept by a provider

    private func ask(
        _ keeper: AnswerKeeper, for idThere: String, _ codec: any StoredAnswerCodec
    ) async throws(GatewayError) {
        let directory = call.snapshot.routes.directory
        guard call.pinned == nil || call.pinned == keeper.provider,
            let ordinal = directory.index(of: keeper.provider), let provider = call.snapshot.provider(ordinal),
            case .upstream(let site) = provider.kind
        else { throw unknown(codec) }
        let credential = keeper.credential(of: provider) ?? provider.nextCredential()
        let kind = CallKind(format: call.format.id, operation: .chat, streams: false)
        guard let prefix = site.head(kind, model: "", credential: credential) else { throw unknown(codec) }

        call.provider = provider
        call.deadline = .now() + TimeAmount(provider.timeouts.total)
        let target = directory.target(ordinal, upstream: "", weight: 1)
        call.target = target
        call.countAttempt(at: provider)
        let attempt = Attempt(call, target, metrics: metrics, health: health)
        let seal = await stored.seals.current()
        let (names, id) = (UpstreamAnswerNames(key: call.keyName, provider, credential: credential), id)
        call.answerNames = AnswerNames(
            own: { _ in id }, predecessor: { $0.map { names.name($0, sealedWith: seal) } })
        let head = StoredAnswerHead.bytes(
            from: prefix, method: call.connection.method, id: idThere, query: call.place.query)
        let signing = site.signing(credential: credential)
        if let signing { await signing.prepare(on: call.state.loop, within: provider.timeouts.connect) }
        var request: UpstreamRequest
        do throws(UnavailableCredential) {
            request = try UpstreamRequest(
                call, prefix: head, .clientsOwn([]), usualHeaders: site.provider.usualHeaders,
                streamType: "text/event-stream",
                forwardsKey: provider.settings.forwardClientKey, signing: signing)
        } catch {
            throw attempt.failure(error, of: provider).error
        }
        defer { request.giveBack(to: call.state) }
        do throws(AttemptFailure) {
            // Nobody tries again: a connection that was kept, and may be dead, won't do.
            let (exchange, _) = try await attempt.connect(
                to: site, sending: request, timeouts: provider.timeouts, fresh: true)
            defer {
                call.exchange = nil
                exchange.release()
            }
            guard (200..<300).contains(exchange.status) else {
                let failure = await attempt.refusal(exchange, provider, in: call.format)
                guard exchange.status == 404 else { throw failure }
                throw AttemptFailure(unknown(codec), .answered(status: 404, shouldRetry: nil), .status(404))
            }
            if isDeletion {
                answer(codec.deletedBody(id: id))
            } else if call.streams {
                try await attempt.relay(exchange, provider, hidesUsage: false)
            } else {
                try await attempt.passOn(exchange, provider)
            }
        } catch {
            throw error.error
        }
    }
}

extension StateUnavailable {
    /// What was asked for isn't there; the store itself is well.
    fileprivate static let notThere = StateUnavailable(reason: "")
}

/// The head of a request for a kept answer, from that of a call: the same place and credential, another method, and the
/// path goes on with the answer's id.
enum StoredAnswerHead {
    /// - Parameters:
    ///   - prefix: A request line and header lines, as ``UpstreamSite`` has them.
    ///   - query: The client's own, without its question mark; it goes along, but for a key to the gateway.
    static func bytes(from prefix: [UInt8], method: HTTPMethod, id: String, query: String) -> [UInt8] {
        let space = UInt8(ascii: " ")
        guard let start = prefix.firstIndex(of: space), let end = prefix[(start + 1)...].firstIndex(of: space) else {
            return prefix
        }
        let target = prefix[(start + 1)..<end]
        let path = target.prefix { $0 != UInt8(ascii: "?") }
        // Some servers' paths have a query already: their API's version.
        let own = query.split(separator: "&").filter { !$0.hasPrefix("key=") }.joined(separator: "&")
        let queries = [target.dropFirst(path.count + 1), ArraySlice(own.utf8)].filter { !$0.isEmpty }
        var head = method.name.withUTF8Buffer { Array($0) } + [space] + path + [UInt8(ascii: "/")]
        head += PercentEncoding.encoded(id)
        if !queries.isEmpty { head += [UInt8(ascii: "?")] + queries.joined(separator: [UInt8(ascii: "&")]) }
        return head + prefix[end...]
    }
}
