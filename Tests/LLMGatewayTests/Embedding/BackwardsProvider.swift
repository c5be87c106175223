import LLMGateway
import WireFormats

/// A model of a program's own, in its process: says what it is told, backwards.
///
/// ```yaml
/// providers:
///   mirror: { type: backwards, options: { separator: "-" } }
/// ```
struct BackwardsProvider: InProcessProvider {
    static let kind = KnownProviderType.own(
        "backwards", options: [.init("separator", "What comes between two words. Default: a space.")])

    let listedModels = ["mirror-1"]
    private let separator: String

    init(_ settings: ProviderSettings) {
        separator = settings.options["separator"] ?? " "
    }

    func chat(_ request: ChatRequest, emit: ChatEventSink) async throws {
        guard let said = request.turns.last?.text, !said.isEmpty else {
            throw InProcessFailure.refused(
                ChatFailure(
                    status: 400, type: "invalid_request_error", code: "invalid_value", message: "Say something.",
                    param: "messages"))
        }
        let words = said.split(separator: " ").reversed()
        try await emit(.start(id: "", model: request.model))
        for (index, word) in words.enumerated() {
            try await emit(.textDelta((index > 0 ? separator : "") + word))
        }
        try await emit(.usage(TokenUsage(inputUncached: words.count, output: words.count)))
        try await emit(.finish(.endTurn))
    }
}
