import NIOCore
import WireFormats

/// A call said in its target's format, and how the answer finds back into the client's.
enum Translation {
    case chat(ChatTranslation)
    case embeddings(EmbeddingsTranslation)

    /// The target's format.
    var format: any WireFormat {
        switch self {
        case .chat(let chat): chat.format
        case .embeddings(let embeddings): embeddings.format
        }
    }

    var body: [UInt8] {
        switch self {
        case .chat(let chat): chat.body
        case .embeddings(let embeddings): embeddings.body
        }
    }
}

/// What saying a call in its target's format came to.
enum Rendering {
    case said(Translation)
    /// These pictures must be there first, which the client has told by their addresses.
    case lacksPictures([String])
    /// What belongs to these tool calls must be asked for first: this replica doesn't know it.
    case lacksStates([String])
}

/// A chat call as its target is told it. A reference: it is large, and handed through many a function.
final class ChatTranslation {
    let format: any WireFormat
    let client: any ChatCodec
    let upstream: any UpstreamChatCodec
    let answered: AnsweredCall
    let body: [UInt8]

    init(
        _ format: any WireFormat, _ client: any ChatCodec, _ upstream: any UpstreamChatCodec, _ answered: AnsweredCall,
        body: [UInt8]
    ) {
        (self.format, self.client, self.upstream, self.answered) = (format, client, upstream, answered)
        self.body = body
    }
}

/// As ``ChatTranslation``, of a call for vectors.
final class EmbeddingsTranslation {
    let format: any WireFormat
    let client: any EmbeddingsCodec
    let upstream: any UpstreamEmbeddingsCodec
    let request: EmbeddingsRequest
    let body: [UInt8]

    init(
        _ format: any WireFormat, _ client: any EmbeddingsCodec, _ upstream: any UpstreamEmbeddingsCodec,
        _ request: EmbeddingsRequest, body: [UInt8]
    ) {
        (self.format, self.client, self.upstream, self.request) = (format, client, upstream, request)
        self.body = body
    }
}

extension Call {
    /// Says the call in the first of `formats` that can; what gets lost by that is in ``losses`` afterwards.
    ///
    /// - Parameters:
    ///   - formats: The target's, preferred first; only those that it can be asked such a call in.
    /// - Returns: nil where none of them has such calls.
    /// - Throws: A 400: the body is malformed, or says what can't be said.
    func translate(
        into formats: [any WireFormat], for target: Target, of provider: ConfiguredProvider, at site: UpstreamSite
    ) throws(GatewayError) -> Rendering? {
        times.end(.route, at: .now())
        defer { times.end(.translate, at: .now()) }
        switch operation {
        case .chat:
            guard let client = format.chat,
                let (spoken, upstream) = formats.lazy.compactMap({ spoken in
                    spoken.upstreamChat.map { (spoken, $0) }
                }).first
            else { return nil }
            var request = try chatRequest(by: client)
            request.model = site.deployment(of: target.model)
            if !pictures.isEmpty { request.embed(pictures) }
            let lacking = request.pictureAddresses(except: upstream.readableAddresses)
            guard lacking.isEmpty else { return .lacksPictures(lacking) }
            let unknownCalls = putBackStates(in: &request, for: upstream)
            guard unknownCalls.isEmpty else { return .lacksStates(unknownCalls) }
            var traits = profile?.info.traits ?? TargetTraits()
            traits.takesUsageWish = provider.settings.streamUsage
            let (body, losses) = try encode(for: provider) { (body) throws(Untranslatable) in
                try request.unread.losses() + upstream.encode(request, for: traits, into: &body)
            }
            self.losses = losses
            return .said(.chat(ChatTranslation(spoken, client, upstream, answered(request), body: body)))
        case .embeddings:
            guard let client = format.embeddings,
                let (spoken, upstream) = formats.lazy.compactMap({ spoken in
                    site.embeddings(in: spoken).map { (spoken, $0) }
                }).first
            else { return nil }
            var request = try embeddingsRequest(by: client)
            request.model = site.deployment(of: target.model)
            let (body, losses) = try encode(for: provider) { (body) throws(Untranslatable) in
                try request.unread.losses() + upstream.encode(request, into: &body)
            }
            self.losses = losses
            return .said(.embeddings(EmbeddingsTranslation(spoken, client, upstream, request, body: body)))
        case .tokenCount, .modelList, .storedResponse:
            return nil
        }
    }

    /// What must go from the client's own body because another provider left it in the dialogue; what gets lost by that
    /// is in ``losses`` afterwards.
    ///
    /// - Parameter model: The target's name for it.
    /// - Throws: A 400 where nothing may get lost.
    func dropForeignState(for model: String, of provider: ConfiguredProvider) throws(GatewayError) -> [BodySplice] {
        guard outline?.mayHoldForeignState == true else { return [] }
        let foreign = body.withUnsafeReadableBytes {
            format.foreignState(in: $0, at: place, for: model, using: state.tape)
        }
        do throws(Untranslatable) { try check(foreign.losses) } catch {
            throw GatewayError(.untranslatable(error, provider: provider.name))
        }
        losses = foreign.losses
        return foreign.splices
    }

    /// What of the client's betas goes along to a platform, and notes the loss of others; nil: all of them.
    ///
    /// - Parameter names: As ``PlatformProvider/knownBetas``.
    func betas(knownAs names: [String: String]?) -> AnthropicBetas? {
        guard let names else { return nil }
        let lines = connection.withHead { head in
            connection.fields.all.filter { $0.isNamed(AnthropicBetas.header, in: head) }
                .map { String(decoding: $0.value(in: head), as: UTF8.self) }
        }
        guard !lines.isEmpty else { return nil }
        let betas = AnthropicBetas(lines, knownAs: names)
        if betas.dropsSome, !losses.contains(where: { $0.field == "anthropic_beta" }) {
            losses.append(Loss("anthropic_beta", "values that this platform does not know are left out"))
        }
        return betas
    }

    /// - Throws: ``Untranslatable`` for what gets lost, where nothing may.
    private func check(_ losses: [Loss]) throws(Untranslatable) {
        guard let loss = losses.first, snapshot.settings.routing.onUnsupportedParam == .reject else { return }
        throw Untranslatable(loss.field, "'\(loss.field)' can't be said to this model; leave it out.")
    }

    private func encode(
        for provider: ConfiguredProvider, _ write: (inout [UInt8]) throws(Untranslatable) -> [Loss]
    ) throws(GatewayError) -> (body: [UInt8], losses: [Loss]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(body.readableBytes + 256)
        do throws(Untranslatable) {
            let losses = try write(&bytes)
            try check(losses)
            return (bytes, losses)
        } catch {
            throw GatewayError(.untranslatable(error, provider: provider.name))
        }
    }

    /// The call as the canonical model has it; read once for all targets.
    func chatRequest(by codec: any ChatCodec) throws(GatewayError) -> ChatRequest {
        if let request { return request }
        let read = try decode { (node) throws(MalformedBody) in try codec.decode(node, at: place) }
        request = read
        return read
    }

    func embeddingsRequest(by codec: any EmbeddingsCodec) throws(GatewayError) -> EmbeddingsRequest {
        try decode { (node) throws(MalformedBody) in try codec.decode(node, at: place) }
    }

    private func decode<Read>(
        _ read: (JSONNode) throws(MalformedBody) -> Read
    ) throws(GatewayError) -> Read {
        let decoded = body.withUnsafeReadableBytes { bytes -> Result<Read, MalformedBody> in
            do throws(MalformedBody) {
                return .success(try read(try state.tape.parseBody(bytes)))
            } catch {
                return .failure(error)
            }
        }
        do throws(MalformedBody) { return try decoded.get() } catch { throw GatewayError(.malformedBody(error)) }
    }
}
