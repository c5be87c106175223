import WireFormats

/// Somewhere that models are served. It is one of two things, and says which:
///
/// - ``UpstreamProvider``: an HTTP server that speaks a wire format. It says where requests go and how they are signed,
///   and does no I/O and no translation: the gateway sends the request, and the ``WireFormat`` writes its body.
/// - ``InProcessProvider``: a model in this very process. It gets the canonical request and yields canonical events.
protocol Provider: Sendable {
    /// What the configuration must know of it: its name (`type: openai`), where it is, which variables hold its key.
    static var kind: KnownProviderType { get }
    /// The wire formats that it speaks unless `api_formats` says otherwise, preferred first.
    static var formats: [FormatID] { get }
    /// The names that it serves when neither `models` nor a list of its own says so.
    var listedModels: [String] { get }

    init(_ settings: ProviderSettings)
}

extension Provider {
    var listedModels: [String] { [] }
}

/// A provider behind HTTP. Called when the configuration is loaded, and wherever an address depends on the model, on an
/// event loop: nothing here may block.
protocol UpstreamProvider: Provider {
    /// Whether it is of no use without a credential.
    static var needsCredential: Bool { get }

    /// The path of a call under the base URL, with its slash; nil for what this provider doesn't have. `{model}` stands
    /// for the model's name.
    func path(_ operation: Operation, format: FormatID, streams: Bool) -> String?

    /// What stands for a base URL's path where it has none; empty where none is needed.
    var usualBasePath: String { get }

    /// Header lines that its requests have, unless the client's own of that name go along.
    var usualHeaders: [(name: String, value: String)] { get }

    /// The header lines that carry a credential.
    func signature(_ credential: Secret) -> [(name: String, value: String)]
}

extension UpstreamProvider {
    var usualBasePath: String { "" }

    var usualHeaders: [(name: String, value: String)] { [] }

    /// The format's own path, less the version, which is the base URL's business.
    func path(_ operation: Operation, format: FormatID, streams: Bool) -> String? {
        switch operation {
        case .modelList: "/models"
        case .chat, .embeddings, .tokenCount, .storedResponse:
            [any WireFormat].builtIn.first { $0.id == format }?.endpoints
                .first { $0.operation == operation }
                .map { String($0.path.dropFirst("/v1".count)) }
        }
    }

    func signature(_ credential: Secret) -> [(name: String, value: String)] {
        [("authorization", "Bearer \(credential.reveal())")]
    }
}

/// A provider that answers by itself.
protocol InProcessProvider: Provider {
    /// Answers a chat: the same events serve a streaming client as they come, and are gathered for one that is not.
    ///
    /// The task is cancelled when the client goes away or the time is over. `emit` returns when the client can take
    /// more, so what is made is never far ahead of what is read.
    ///
    /// - Throws: ``InProcessFailure``, or `CancellationError` when it was cancelled.
    func chat(_ request: ChatRequest, emit: (ChatEvent) async throws -> Void) async throws

    /// Answers a call for embeddings.
    func embed(_ request: EmbeddingsRequest) async throws -> EmbeddingsResponse

    /// The metric label of a model name, with what is mere parameter taken off.
    func label(of model: String) -> String
}

/// How an in-process provider says that it has no answer.
enum InProcessFailure: Error {
    /// Refused, with what the client shall be told; before the first event only.
    case refused(ChatFailure)
    /// Ended without an end, as a broken connection does.
    case brokenOff
}
