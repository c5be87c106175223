import NIOCore
import WireFormats

/// How the answer to a call will be kept, where its provider doesn't do that.
struct AnswerKeeping {
    let stored: any AnswerStore
    /// Names the answer to the client, whoever keeps it.
    let seal: ResponseSeal
    /// Whose it is.
    let key: String
    /// What the client sent, in whose words the call's part of the dialogue is kept.
    let body: ByteBuffer
    let codec: any StoredAnswerCodec
    /// The answer that it goes on from and the dialogue's first one, where the gateway keeps them.
    let before: (parent: StoredResponse.ID, dialogue: StoredResponse.ID)?
    /// nil: nothing can be kept here at the moment.
    let id: StoredResponse.ID?

    /// What the client will call the answer; nil where it isn't kept here.
    var publicID: String? { id.map { seal.seal(ResponseName(key: key, .store($0))) } }

    /// - Parameter tape: Reads the call.
    fileprivate func keep(_ answer: [UInt8], using tape: JSONTape) {
        guard let id else { return }
        let input = body.withUnsafeReadableBytes { bytes in (try? tape.parse(bytes)).map(codec.input) ?? [] }
        stored.keep(
            StoredResponse(
                id: id, key: key, parent: before?.parent, dialogue: before?.dialogue ?? id, input: input,
                answer: answer))
    }
}

/// A provider that keeps an answer, and the credential that it can be had with.
struct AnswerKeeper {
    /// Its name in the configuration.
    let provider: String
    /// ``ResponseSeal/digest(of:)``.
    let digest: [UInt8]

    /// The credential's place; nil where the provider has it no longer: then another one may belong to the same account.
    func credential(of provider: ConfiguredProvider) -> Int? {
        provider.settings.apiKeys.firstIndex { ResponseSeal.digest(of: $0) == digest }
    }
}

extension Call {
    /// Whether the client goes on from an earlier answer, or may come back to this one.
    var comesBack: Bool { outline.map { $0.stores || $0.predecessor != nil } ?? false || predecessor != nil }

    /// Keeps the answer, if the client may come back to it and no provider keeps it. Returns at once.
    func keep(_ answer: [UInt8]) {
        guard let keeping else { return }
        keeping.keep(answer, using: state.tape)
        hasKeptAnswer = true
    }

    /// Finds what the call goes on from, and makes ready to keep its answer.
    ///
    /// Where the gateway keeps the dialogue, it is put into the body, as if the client had sent all of it: the call can then
    /// go anywhere. Where a provider does, only that one can answer.
    ///
    /// - Throws: A 404 in the format's words, a 413 for a dialogue that has grown longer than a body may be.
    func open(_ stored: any AnswerStore) async throws(GatewayError) {
        guard let codec = format.storedAnswers else { return }
        var before: (parent: StoredResponse.ID, dialogue: StoredResponse.ID)?
        let sent = body
        if let id = outline?.predecessor?.id {
            predecessor = id
            guard let name = await stored.seals.open(id, for: keyName) else {
                throw GatewayError(.storedAnswerRefused(codec.unknownPredecessor(id)))
            }
            switch name.place {
            case .provider(let provider, let digest, let idThere):
                keeper = AnswerKeeper(provider: provider, digest: digest)
                outline?.predecessor?.idAtTarget = idThere
            case .store(let parent):
                let dialogue = try await dialogue(endingWith: parent, known: id, in: stored, codec)
                try prepend(dialogue, codec)
                before = (parent, dialogue.id)
            }
        }
        guard outline?.stores == true else { return }
        let id = await stored.isUsable() ? StoredResponse.ID.new(in: before?.dialogue) : nil
        keeping = AnswerKeeping(
            stored: stored, seal: await stored.seals.current(), key: keyName, body: sent, codec: codec,
            before: before, id: id)
    }

    private func dialogue(
        endingWith parent: StoredResponse.ID, known id: String, in stored: any AnswerStore,
        _ codec: any StoredAnswerCodec
    ) async throws(GatewayError) -> StoredResponses.Dialogue {
        let longest = snapshot.settings.server.maxBodyBytes
        let finding: StoredResponses.Finding
        do throws(StateUnavailable) {
            finding = try await stored.dialogue(endingWith: parent, longest: longest)
        } catch {
            throw GatewayError(.storeUnavailable, detail: error.reason)
        }
        switch finding {
        case .dialogue(let dialogue): return dialogue
        case .unknown: throw GatewayError(.storedAnswerRefused(codec.unknownPredecessor(id)))
        case .tooLong: throw GatewayError(.bodyTooLarge(limit: longest))
        }
    }

    private func prepend(
        _ dialogue: StoredResponses.Dialogue, _ codec: any StoredAnswerCodec
    ) throws(GatewayError) {
        let turns = dialogue.turns.map { (input: $0.input, answer: $0.answer) }
        let whole = body.withUnsafeReadableBytes { bytes -> Result<[UInt8], MalformedBody> in
            do throws(MalformedBody) {
                return .success(try codec.body(bytes, after: turns, using: state.tape))
            } catch {
                return .failure(error)
            }
        }
        do throws(MalformedBody) { body = ByteBuffer(bytes: try whole.get()) } catch {
            throw GatewayError(.malformedBody(error))
        }
        try outlineBody()
    }

    /// The plan for a call that goes on from an answer which a provider keeps: that provider, whatever else serves the
    /// model. What it calls the model is what its own target in the model's plan says, if it has one.
    func plan(to keeper: AnswerKeeper, for model: String) throws(GatewayError) -> Plan {
        let directory = snapshot.routes.directory
        guard pinned == nil || pinned == keeper.provider, let provider = directory.index(of: keeper.provider),
            snapshot.provider(provider) != nil
        else {
            let failure = format.storedAnswers?.unknownPredecessor(predecessor ?? "")
            throw GatewayError(failure.map { .storedAnswerRefused($0) } ?? .storeUnavailable)
        }
        let planned = try? snapshot.routes.resolve(model, pinned: pinned, listed: listed).get()
        let pin = directory.pin(in: model)
        guard
            let target = planned?.targets.first(where: { $0.provider == provider })
                ?? (pin == nil || pin?.provider == provider
                    ? directory.target(provider, model: pin?.model ?? model) : nil)
        else {
            let message =
                "The response before this one is kept by '\(keeper.provider)'; the model is another provider's."
            throw GatewayError(.malformedBody(MalformedBody(.invalidValue, field: "model", message: message)))
        }
        return Plan(strategy: .priority, targets: [target], source: .pinnedByStoredAnswer)
    }

    /// Settles how the answer is named to the client if it passes through.
    func nameAnswer(of provider: ConfiguredProvider, credential: Int) {
        let (predecessor, seal) = (predecessor, keeping?.seal)
        let names = UpstreamAnswerNames(key: keyName, provider, credential: credential)
        answerNames = AnswerNames(
            own: { id in seal.map { names.name(id, sealedWith: $0) } }, predecessor: { _ in predecessor })
    }
}

/// Names answers that a provider keeps.
struct UpstreamAnswerNames: Sendable {
    private let key: String
    private let provider: String
    private let digest: [UInt8]

    init(key: String, _ provider: ConfiguredProvider, credential: Int) {
        (self.key, self.provider) = (key, provider.name)
        let keys = provider.settings.apiKeys
        digest = ResponseSeal.digest(of: keys.indices.contains(credential) ? keys[credential] : nil)
    }

    /// What the client will call the answer that has this id at the provider.
    func name(_ id: String, sealedWith seal: ResponseSeal) -> String {
        seal.seal(ResponseName(key: key, .provider(name: provider, credential: digest, id: id)))
    }
}
