import WireFormats

/// A model that needs no network: for a first try, for tests, and for rehearsing failures.
struct SimulatedProvider: InProcessProvider {
    static let kind = KnownProviderType.simulated
    static let formats: [FormatID] = [.openAIChat, .openAICompletions, .openAIEmbeddings]

    private let pace: ProviderSettings.Pace

    init(_ settings: ProviderSettings) {
        pace = settings.simulated
    }

    var listedModels: [String] { SimulatedModel.listed }

    func label(of model: String) -> String { self.model(model).label }

    private func model(_ name: String) -> SimulatedModel {
        SimulatedModel(name: name, firstToken: pace.firstToken, tokensPerSecond: pace.tokensPerSecond)
    }

    func chat(_ request: ChatRequest, emit: ChatEventSink) async throws {
        let answer = model(request.model).plan(request)
        for step in answer.steps {
            if step.delay > .zero { try await Task.sleep(for: step.delay) }
            try await emit(step.event)
        }
        switch answer.ending {
        case .finished: return
        case .fails(let failure): throw InProcessFailure.refused(failure)
        case .brokeOff: throw InProcessFailure.brokenOff
        case .neverAnswers: try await Task.sleep(for: .seconds(86_400))
        }
    }

    func inputTokens(of request: ChatRequest) -> Int? { SimulatedSpeech.inputTokens(of: request) }

    func embed(_ request: EmbeddingsRequest) async throws -> EmbeddingsResponse {
        do throws(ChatFailure) {
            return try model(request.model).embed(request)
        } catch {
            throw InProcessFailure.refused(error)
        }
    }
}
