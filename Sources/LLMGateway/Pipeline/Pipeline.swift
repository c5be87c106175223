import NIOCore
import WireFormats

/// The life of one call, in the order it happens.
///
/// This file only says what comes after what: who decides is in `Policy/` and `Routing/`, who waits is behind
/// ``Attempt``, ``StreamRelay`` and the connection.
struct Pipeline: RequestResponder {
    /// By the loop's index.
    let states: [LoopState]
    let metrics: GatewayMetrics
    let health: ProviderWatch
    let fixedAnswers: FixedAnswers
    let stored: any AnswerStore
    let admin: any AdminResponder
    /// This gateway's name in `via`.
    let via: String
    /// Told what each call came to, at its end and on its loop, whose index it is given; nil: nobody keeps books.
    var finished: (@Sendable (FinishedCall, _ loop: Int) -> Void)?

    /// Answers the request that `connection` holds.
    func respond(on connection: ServerConnection) async {
        let state = states[connection.loop.index]
        let requestID = connection.requestID(orFrom: &state.random)
        let match = match(connection, state)
        switch match.finding {
        case .found(.call(let format, let place)):
            let call = Call(connection, state, format, place, pinned: match.pinned, requestID: requestID)
            await answer(call)
        case .found(.storedAnswer(let format, let place, let id)):
            let call = Call(connection, state, format, place, pinned: match.pinned, requestID: requestID)
            let failure = await StoredAnswerRequest(call, id: id, stored, metrics: metrics, health: health).answer()
            note(call, failure, as: .storedResponse)
        case .found(let endpoint):
            let callers = state.callers
            guard let caller = endpoint.isForAnyone ? callers.stranger : callers.caller(of: connection) else {
                let format = fixedAnswers.format(of: endpoint, for: connection, state)
                return refuse(.invalidAPIKey, in: format, on: connection, state, requestID)
            }
            await fixedAnswers.answer(
                endpoint, pinned: match.pinned, to: caller, on: connection, state, requestID: requestID)
        case .wrongMethod where connection.isPreflight && !state.snapshot.cors.isOff:
            connection.answerPreflight(state, requestID: requestID)
        case .wrongMethod(let allow, let endpoint):
            let methods = allow.split(separator: ",").map { $0.trimmingSpaces }
            let reason = GatewayError.Reason.wrongMethod(connection.methodName, allowed: methods)
            guard case .call(let format, let place) = endpoint else {
                let format = fixedAnswers.format(of: endpoint, for: connection, state)
                return refuse(reason, in: format, on: connection, state, requestID)
            }
            let call = Call(connection, state, format, place, pinned: match.pinned, requestID: requestID)
            call.beginTrace()
            call.fail(GatewayError(reason))
            account(for: call, GatewayError(reason))
        case .unknown(let format):
            if await admin.respond(on: connection, state, requestID: requestID) {
                return noteAdministration(on: connection, state, requestID: requestID)
            }
            refuse(.unknownPath(connection.path), in: format, on: connection, state, requestID)
        }
    }

    /// Where a request goes by what was read of its head.
    private func match(_ connection: ServerConnection, _ state: LoopState) -> EndpointMatch {
        connection.withHead { head in
            state.snapshot.endpoints.match(
                connection.method, path: UnsafeRawBufferPointer(rebasing: head[connection.pathRange]),
                query: connection.queryRange.map { UnsafeRawBufferPointer(rebasing: head[$0]) })
        }
    }

    /// Answers a head that broke HTTP's rules, or never came to its end: nothing is known of the request but its first line,
    /// if that.
    func refuse(_ refusal: HeadRefusal, on connection: ServerConnection) {
        let state = states[connection.loop.index]
        let failure: ChatFailure
        switch refusal {
        case .timedOut: failure = GatewayError(.requestTimedOut).clientView
        case .invalid(.tooLarge): failure = GatewayError(.headTooLarge).clientView
        case .invalid(let error):
            failure = ChatFailure(
                status: error.status, type: "invalid_request_error", code: "invalid_http",
                message: error.message.description)
        }
        let format =
            switch match(connection, state).finding {
            case .found(let endpoint), .wrongMethod(_, let endpoint):
                fixedAnswers.format(of: endpoint, for: connection, state)
            case .unknown(let nearest): nearest
            }
        connection.answer(failure, in: format, state, requestID: state.random.requestID())
    }

    private func refuse(
        _ reason: GatewayError.Reason, in format: any WireFormat, on connection: ServerConnection, _ state: LoopState,
        _ requestID: String
    ) {
        let error = GatewayError(reason)
        connection.answer(error.clientView, in: format, state, requestID: requestID, headers: error.headers)
    }

    /// Answers a call of a model, and accounts for it.
    private func answer(_ call: Call) async {
        call.connection.dependent = call
        call.beginTrace()
        var failure: GatewayError?
        do throws(GatewayError) {
            try checkLoop(call)
            try call.authenticate()
            try call.enter()
            try await call.readBody()
            if call.comesBack {
                try await call.open(stored)
                if let cause = call.interruption { throw GatewayError(cause.reason(at: "")) }
            }
            let plan = try call.resolve()
            try call.mayUseModel(of: plan.plan)
            if call.caller.isLimited { try await call.reserve(for: plan.plan, in: metrics) }
            try await Delivery(call, metrics: metrics, health: health).run(along: plan)
        } catch {
            let error = await call.countRefused(because: error)
            failure = error
            call.fail(error)
        }
        call.keepAlive?.stop()
        // Whoever has the whole answer may go on from it at once, and by way of another replica.
        if call.hasKeptAnswer { await stored.share() }
        if call.hasKeptState { await call.state.memory.share() }
        call.connection.dependent = nil
        call.leave(failure)
        account(for: call, failure)
    }

    private func checkLoop(_ call: Call) throws(GatewayError) {
        guard call.connection.fields.contains(.via) else { return }
        let hasBeenHere = call.connection.withHead { head in
            call.connection.fields.all.contains { field in
                field.known == .via && String(decoding: field.value(in: head), as: UTF8.self).contains(via)
            }
        }
        if hasBeenHere { throw GatewayError(.loopDetected) }
    }
}

extension Call {
    /// Reads the body and finds in it what the gateway must know.
    func readBody() async throws(GatewayError) {
        do throws(RequestBodyError) {
            if let whole = connection.bodyIfHere() {
                body = whole
            } else {
                times.end(.route, at: .now())
                defer { times.end(.receive, at: .now()) }
                body = try await connection.readBody()
            }
        } catch {
            switch error {
            case .tooLarge: throw GatewayError(.bodyTooLarge(limit: snapshot.settings.server.maxBodyBytes))
            case .timedOut: throw GatewayError(.requestTimedOut)
            case .clientGone: throw GatewayError(.clientGone)
            case .malformed(let reason):
                throw GatewayError(
                    .malformedBody(MalformedBody(.invalidJSON, message: "The chunked body is malformed: \(reason)")))
            }
        }
        try outlineBody()
    }

    /// In bytes. It is told in headers, in the log and in the upstream's path.
    private static let longestModel = 512

    /// Finds in the body what the gateway must know.
    func outlineBody() throws(GatewayError) {
        let outlined = body.withUnsafeReadableBytes { bytes -> Result<CallOutline, MalformedBody> in
            do throws(MalformedBody) {
                return .success(try format.outline(bytes, at: place, using: state.tape))
            } catch {
                return .failure(error)
            }
        }
        switch outlined {
        case .success(let found):
            guard found.model.utf8.count <= Self.longestModel else {
                let message = "The model's name may be \(Self.longestModel) bytes long."
                throw GatewayError(.malformedBody(MalformedBody(.invalidValue, field: "model", message: message)))
            }
            outline = found
        case .failure(let malformed): throw GatewayError(.malformedBody(malformed))
        }
    }

    /// The targets that may answer.
    func resolve() throws(GatewayError) -> RoutedPlan {
        let model = outline?.model ?? ""
        if let keeper { return RoutedPlan(try plan(to: keeper, for: model), []) }
        switch state.plan(for: model, pinned: pinned, by: snapshot, listed) {
        case .success(let routed): return routed
        case .failure(.notFound(let model, let nearest, let lacking)):
            let nearest = nearest.filter(caller.mayUse)
            throw GatewayError(.unresolved(.notFound(model: model, nearest: nearest, lacking: lacking)))
        case .failure(let unresolved): throw GatewayError(.unresolved(unresolved))
        }
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String { String(drop { $0 == " " }) }
}
