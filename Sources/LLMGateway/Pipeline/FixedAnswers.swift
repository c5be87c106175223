import NIOCore
import WireFormats

/// What is answered without a provider: health, readiness, lists of models, metrics.
struct FixedAnswers: Sendable {
    let watch: ProviderWatch
    let registry: MetricRegistry
    let started = Instant.now
    let startedAt = WallClock.now

    /// - Parameter caller: Who asks; lists name the models that it may use.
    func answer(
        _ endpoint: Endpoint, pinned: String?, to caller: Caller, on connection: ServerConnection, _ state: LoopState,
        requestID: String
    ) async {
        switch endpoint {
        case .call, .storedAnswer: break  // the pipeline's
        case .inquiry(let format, let place):
            await answer(place, in: format, pinned, to: caller, on: connection, state, requestID)
        case .root where pinned == nil: answerRoot(on: connection, state, requestID)
        case .health where pinned == nil: answerHealth(on: connection, state, requestID)
        case .ready where pinned == nil:
            let readiness = watch.readiness
            connection.answer(status: readiness.statusCode, state, requestID: requestID, body: readiness.body)
        case .metrics where pinned == nil: await answerMetrics(on: connection, state, requestID)
        case .modelList: answerModels(nil, pinned, to: caller, on: connection, state, requestID)
        case .model(let id): answerModels(id, pinned, to: caller, on: connection, state, requestID)
        case .root, .health, .ready, .metrics:
            refuse(.unknownPath(connection.path), on: connection, state, requestID)
        }
    }

    func refuse(
        _ reason: GatewayError.Reason, on connection: ServerConnection, _ state: LoopState, _ requestID: String
    ) {
        let error = GatewayError(reason)
        connection.answer(
            error.clientView, in: state.defaultFormat, state, requestID: requestID, headers: error.headers)
    }

    /// What Ollama's own clients look for to see that somebody is there; a person with a browser is shown the dashboard.
    private func answerRoot(on connection: ServerConnection, _ state: LoopState, _ requestID: String) {
        if connection.acceptsHTML {
            connection.begin(status: 302, state, requestID: requestID)
            connection.write { head in
                head.field("location", "/dashboard" as StaticString)
                head.field("vary", "accept" as StaticString)
            }
            return connection.finish(body: ByteBuffer())
        }
        connection.answer(
            status: 200, state, requestID: requestID, contentType: "text/plain; charset=utf-8",
            body: Array("Ollama is running".utf8))
    }

    /// In bytes: an inquiry names a model, if anything.
    private static let longestInquiry = 64 << 10

    /// What a format's clients ask beside calls.
    private func answer(
        _ place: CallPlace, in format: any WireFormat, _ pinned: String?, to caller: Caller,
        on connection: ServerConnection, _ state: LoopState, _ requestID: String
    ) async {
        func refuse(_ reason: GatewayError.Reason) {
            connection.answer(GatewayError(reason).clientView, in: format, state, requestID: requestID)
        }
        var body = ByteBuffer()
        do throws(RequestBodyError) { body = try await connection.readBody(upTo: Self.longestInquiry) } catch {
            switch error {
            case .tooLarge: return refuse(.bodyTooLarge(limit: Self.longestInquiry))
            case .malformed(let reason):
                return refuse(
                    .malformedBody(MalformedBody(.invalidJSON, message: "The chunked body is malformed: \(reason)")))
            case .timedOut, .clientGone: return refuse(.requestTimedOut)
            }
        }
        let routes = state.snapshot.routes
        if let pinned, case .failure(let unresolved) = routes.provider(pinned: pinned, listed: state.listed) {
            return refuse(.unresolved(unresolved))
        }
        let (listed, created) = (state.listed, Int(startedAt.seconds))
        let inquiry = Inquiry(at: place, about: models(pinned, state, for: caller)) { name in
            guard pinned == nil, caller.mayUse(name), case .success(let plan) = routes.resolve(name, listed: listed),
                !plan.source.isLastResort, let first = plan.targets.first
            else { return nil }
            return ModelEntry(name: name, ownedBy: first.providerName, created: created)
        }
        let answer = body.withUnsafeReadableBytes { format.answer(inquiry, try? state.tape.parse($0)) }
        switch answer {
        case .json(let json):
            connection.begin(status: 200, state, requestID: requestID)
            connection.write { head in
                head.field("content-type", "application/json" as StaticString)
                head.field(GatewayMark.header, Version.current)
            }
            connection.finish(body: ByteBuffer(bytes: json))
        case .malformed(let malformed): refuse(.malformedBody(malformed))
        case .unknownModel(let name):
            let nearest = NearestNames.closest(to: name, among: inquiry.models.map(\.name))
            refuse(.unresolved(.notFound(model: name, nearest: nearest, lacking: nil)))
        }
    }

    private func models(_ pinned: String?, _ state: LoopState, for caller: Caller) -> [ModelEntry] {
        let names = state.snapshot.routes.names(listed: state.listed, pinned: pinned)
        return names.lazy.filter { caller.mayUse($0.name) }.map {
            ModelEntry(name: $0.name, ownedBy: $0.ownedBy, created: Int(startedAt.seconds))
        }
    }

    private func answerHealth(on connection: ServerConnection, _ state: LoopState, _ requestID: String) {
        let uptime = (Instant.now - started).inSeconds
        let body = JSONWriter.write { json in
            json.object { json in
                json.field("status", "ok")
                json.field("version", Version.current)
                json.field("uptime_seconds", (uptime * 1000).rounded() / 1000)
                json.field("timestamp", Readiness.timestamp(WallClock.now.milliseconds))
            }
        }
        connection.answer(status: 200, state, requestID: requestID, body: body)
    }

    func answerMetrics(on connection: ServerConnection, _ state: LoopState, _ requestID: String) async {
        let (type, body) = await registry.exposition(accept: connection.header(.accept))
        guard !connection.isClosed else { return }
        connection.begin(status: 200, state, requestID: requestID)
        connection.write { head in head.field("content-type", type) }
        connection.finish(body: ByteBuffer(bytes: body))
    }

    private func answerModels(
        _ id: String?, _ pinned: String?, to caller: Caller, on connection: ServerConnection, _ state: LoopState,
        _ requestID: String
    ) {
        let routes = state.snapshot.routes
        let format = listFormat(for: connection, state)
        func refuse(_ reason: GatewayError.Reason) {
            let error = GatewayError(reason)
            connection.answer(error.clientView, in: format, state, requestID: requestID, headers: error.headers)
        }
        if let pinned, case .failure(let unresolved) = routes.provider(pinned: pinned, listed: state.listed) {
            return refuse(.unresolved(unresolved))
        }
        let models = models(pinned, state, for: caller)
        guard let id else {
            return connection.answer(
                status: 200, in: format, state, requestID: requestID, body: format.modelListBody(models) ?? [])
        }
        guard let model = models.first(where: { $0.name == id }) else {
            let nearest = NearestNames.closest(to: id, among: models.map(\.name))
            return refuse(.unresolved(.notFound(model: id, nearest: nearest, lacking: nil)))
        }
        connection.answer(
            status: 200, in: format, state, requestID: requestID, body: format.modelBody(model) ?? [])
    }

    /// The format whose errors are answered at an endpoint.
    func format(of endpoint: Endpoint, for connection: ServerConnection, _ state: LoopState) -> any WireFormat {
        switch endpoint {
        case .call(let format, _), .inquiry(let format, _), .storedAnswer(let format, _, _): format
        case .modelList, .model: listFormat(for: connection, state)
        case .root, .health, .ready, .metrics: state.defaultFormat
        }
    }

    /// Several formats have their list at the same path; a header tells them apart.
    private func listFormat(for connection: ServerConnection, _ state: LoopState) -> any WireFormat {
        let asked = state.snapshot.formats.first { format in
            guard let name = format.modelListHeader else { return false }
            return connection.withHead { connection.fields.first(named: name, in: $0) != nil }
        }
        return asked ?? state.defaultFormat
    }
}

/// By which a gateway that looks for a model server tells one from a gateway, which speaks the same API.
enum GatewayMark {
    /// On the answers to what clients ask beside calls; its value is the gateway's version.
    static let header: StaticString = "x-llm-gateway-version"
}

extension ServerConnection {
    /// Whether the client names HTML among the media types that it takes.
    fileprivate var acceptsHTML: Bool {
        withHead { head in
            fields.all.contains { field in
                field.known == .accept
                    && CommaList(field.value(in: head)).contains { element in
                        let type = element.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
                        return String(decoding: type, as: UTF8.self).lowercased() == "text/html"
                    }
            }
        }
    }
}

/// The metrics port: scrapes, health and readiness, and nothing else.
struct MetricsPort: RequestResponder {
    let states: [LoopState]
    let answers: FixedAnswers

    func respond(on connection: ServerConnection) async {
        let state = states[connection.loop.index]
        let requestID = connection.requestID(orFrom: &state.random)
        let endpoint: Endpoint
        switch connection.path {
        case "/metrics": endpoint = .metrics
        case "/health": endpoint = .health
        case "/ready": endpoint = .ready
        default: return answers.refuse(.unknownPath(connection.path), on: connection, state, requestID)
        }
        guard connection.method == .get || connection.method == .head else {
            return answers.refuse(
                .wrongMethod(connection.methodName, allowed: ["GET", "HEAD"]), on: connection, state, requestID)
        }
        await answers.answer(
            endpoint, pinned: nil, to: state.callers.stranger, on: connection, state, requestID: requestID)
    }

    func refuse(_ refusal: HeadRefusal, on connection: ServerConnection) {
        let state = states[connection.loop.index]
        connection.answer(
            status: refusal == .timedOut ? 408 : 400, state, requestID: state.random.requestID(), body: Array("{}".utf8)
        )
    }
}
