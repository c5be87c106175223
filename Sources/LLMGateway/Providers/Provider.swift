public import WireFormats

/// Somewhere that models are served. It is one of two things, and says which:
///
/// - ``UpstreamProvider``: an HTTP server that speaks a wire format. It says where requests go and how they are signed,
///   and does no I/O and no translation: the gateway sends the request, and the ``WireFormat`` writes its body.
/// - ``InProcessProvider``: a model in this very process. It gets the canonical request and yields canonical events.
///
/// A program that embeds the gateway adds its own to the built-in ones, by its ``kind`` when it loads the configuration
/// and by itself when it makes the ``Gateway``:
///
/// ```swift
/// let configuration = try GatewayConfiguration.load(types: .builtIn + [MyProvider.kind])
/// let gateway = Gateway(configuration, providers: .builtIn + [MyProvider.self])
/// ```
public protocol Provider: Sendable {
    /// What the configuration must know of it: its name (`type: openai`), where it is, which variables hold its key.
    static var kind: KnownProviderType { get }
    /// The wire formats that it speaks unless `api_formats` says otherwise, preferred first.
    static var formats: [FormatID] { get }
    /// The names that it serves when neither `models` nor a list of its own says so.
    var listedModels: [String] { get }

    /// One for each entry under `providers:` that has its type.
    init(_ settings: ProviderSettings)
}

extension Provider {
    /// None.
    public var listedModels: [String] { [] }
}

/// A provider behind HTTP. Called when the configuration is loaded, and wherever a signature depends on the request, on an
/// event loop: nothing here may block.
public protocol UpstreamProvider: Provider {
    /// Whether it is of no use without a credential.
    static var needsCredential: Bool { get }

    /// The path of a call under the base URL, with its slash; nil for what this provider doesn't have. `{model}` stands
    /// for the model's name.
    func path(_ operation: Operation, format: FormatID, streams: Bool) -> String?

    /// The path of calls that go out as they came in at another endpoint than the format's usual one, where bodies and
    /// answers look different, as `/api/generate` beside `/api/chat`; nil: the usual one's.
    func ownPath(of endpoint: FormatEndpoint) -> String?

    /// Whether a model's name is one segment of a path, so that its slashes are escaped.
    var modelIsOneSegment: Bool { get }

    /// What stands for a base URL's path where it has none; empty where none is needed.
    var usualBasePath: String { get }

    /// Header lines that its requests have, unless the client's own of that name go along.
    var usualHeaders: [(name: String, value: String)] { get }

    /// What is asked for to see whether it lives, under the base URL; nil: its list of models, else the root.
    var probePath: String? { get }

    /// The header lines that carry a credential.
    func signature(_ credential: Secret) -> [(name: String, value: String)]

    /// What signs its requests where such lines can't, because they depend on the request; nil: they can.
    ///
    /// - Parameter credential: One of `api_key` and its like; nil: there is none.
    /// - Throws: ``UnusableSite`` for settings that no request can be signed with.
    func makeSigner(_ settings: ProviderSettings, credential: Secret?) throws(UnusableSite) -> (any RequestSigner)?
}

extension UpstreamProvider {
    /// The format's own path, less the version, which is the base URL's business.
    public func path(_ operation: Operation, format: FormatID, streams: Bool) -> String? {
        Self.usualPath(operation, format: format)
    }

    /// None.
    public func ownPath(of endpoint: FormatEndpoint) -> String? { nil }

    /// None.
    public var usualBasePath: String { "" }

    /// None.
    public var usualHeaders: [(name: String, value: String)] { [] }

    /// It isn't.
    public var modelIsOneSegment: Bool { false }

    /// The list of models, or the root.
    public var probePath: String? { nil }

    /// `authorization: Bearer …`
    public func signature(_ credential: Secret) -> [(name: String, value: String)] {
        [("authorization", "Bearer \(credential.reveal())")]
    }

    /// The lines can.
    public func makeSigner(
        _ settings: ProviderSettings, credential: Secret?
    ) throws(UnusableSite) -> (any RequestSigner)? { nil }

    static func usualPath(_ operation: Operation, format: FormatID) -> String? {
        switch operation {
        case .modelList: "/models"
        case .chat, .embeddings, .tokenCount, .storedResponse:
            [any WireFormat].builtIn.first { $0.id == format }?.endpoints
                .first { $0.operation == operation }
                .map { String($0.path.dropFirst("/v1".count)) }
        }
    }
}

/// A provider that answers by itself.
public protocol InProcessProvider: Provider {
    /// Answers a chat: the same events serve a streaming client as they come, and are gathered for one that is not.
    ///
    /// Runs on an event loop: what computes for long belongs on a thread or an actor of its own. The task is cancelled
    /// when the client goes away or the time is over. `emit` returns when the client can take more, so what is made is
    /// never far ahead of what is read.
    ///
    /// - Throws: ``InProcessFailure``, or `CancellationError` when it was cancelled.
    func chat(_ request: ChatRequest, emit: ChatEventSink) async throws

    /// Answers a call for embeddings.
    func embed(_ request: EmbeddingsRequest) async throws -> EmbeddingsResponse

    /// How many tokens a chat's input is to it; nil: it can't say, and a client that asks gets the gateway's guess.
    func inputTokens(of request: ChatRequest) -> Int?

    /// The metric label of a model name, with what is mere parameter taken off.
    func label(of model: String) -> String
}

extension InProcessProvider {
    /// The formats don't matter: it never sees one.
    public static var formats: [FormatID] { [] }

    /// Refuses: there are no vectors here.
    public func embed(_ request: EmbeddingsRequest) async throws -> EmbeddingsResponse {
        throw InProcessFailure.refused(
            ChatFailure(
                status: 400, type: "invalid_request_error", code: "unsupported_operation",
                message: "The model '\(request.model)' makes no embeddings."))
    }

    /// It can't say.
    public func inputTokens(of request: ChatRequest) -> Int? { nil }

    /// The name itself.
    public func label(of model: String) -> String { model }
}

/// Where an in-process provider's events go, one after the other. May be called from anywhere.
public struct ChatEventSink: Sendable {
    private let take: @Sendable (ChatEvent) async throws -> Void

    init(_ take: @escaping @Sendable (ChatEvent) async throws -> Void) { self.take = take }

    /// Tells the client; returns when it can take more.
    ///
    /// - Throws: `CancellationError` once nobody waits for the answer any more.
    public func callAsFunction(_ event: ChatEvent) async throws { try await take(event) }
}

/// How an in-process provider says that it has no answer.
public enum InProcessFailure: Error {
    /// Refused, with what the client shall be told; before the first event only.
    case refused(ChatFailure)
    /// Ended without an end, as a broken connection does.
    case brokenOff
}
