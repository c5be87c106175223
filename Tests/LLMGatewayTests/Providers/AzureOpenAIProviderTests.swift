import Testing
import WireFormats

@testable import LLMGateway

@Suite struct AzureOpenAIProviderTests {
    private let entry = "type: azure-openai, api_key: k, base_url: 'https://r.openai.azure.com"
    private let azure = "https://r.openai.azure.com/openai"

    @Test func `with a version most calls go to their deployment's path`() async throws {
        let site = try await CloudSite("\(entry)', api_version: 2024-10-21, deployments: { gpt-4o: prod 1 }")
        let version = "?api-version=2024-10-21"
        #expect(
            site.address(.openAIChat, model: "gpt-4o")
                == "POST \(azure)/deployments/prod%201/chat/completions\(version)")
        #expect(
            site.address(.openAICompletions, streams: true, model: "other")
                == "POST \(azure)/deployments/other/completions\(version)")
        #expect(
            site.address(.openAIEmbeddings, .embeddings, model: "e")
                == "POST \(azure)/deployments/e/embeddings\(version)")
        #expect(site.address(.openAIResponses, model: "gpt-4o") == "POST \(azure)/responses\(version)")
        #expect(site.probe == "GET \(azure)/models\(version)")
        #expect(try site.credentialLines(.openAIChat) == ["api-key: k"])
    }

    @Test(arguments: ["'", "/'", "/openai'", "/openai/v1'", "/openai/v1/'"])
    func `without a version OpenAI's own API is spoken, however much of its path is given`(end: String) async throws {
        let site = try await CloudSite(entry + end)
        #expect(site.address(.openAIChat) == "POST \(azure)/v1/chat/completions")
        #expect(site.address(.openAIResponses) == "POST \(azure)/v1/responses")
        #expect(site.address(.openAIEmbeddings, .embeddings) == "POST \(azure)/v1/embeddings")
        #expect(site.probe == "GET \(azure)/v1/models")
    }

    @Test func `a base URL that says v1 is v1, with a version too`() async throws {
        let site = try await CloudSite("\(entry)/openai/v1', api_version: preview")
        #expect(site.address(.openAIChat) == "POST \(azure)/v1/chat/completions?api-version=preview")
    }

    @Test func `the models of deployments are its models`() async throws {
        let snapshot = try await Snapshot.made(
            from: "providers: { p: { \(entry)', deployments: { gpt-4o: a, gpt-4o-mini: b } } }")
        #expect(snapshot.providers.first { $0.name == "p" }?.ownModels == ["gpt-4o", "gpt-4o-mini"])
        guard case .success(let plan) = snapshot.routes.resolve("gpt-4o-mini", listed: .none) else {
            Issue.record("no plan for a deployment's model")
            return
        }
        #expect(plan.targets.map(\.model) == ["gpt-4o-mini"])
    }

    @Test func `it needs an address, and a key or a token`() async throws {
        #expect(problems("providers: { p: { type: azure-openai, api_key: k } }").contains { $0.contains("base_url") })
        #expect(
            try await lacking("type: azure-openai, base_url: 'https://r.openai.azure.com'") == "providers.p.api_key")
        let token = try await CloudSite("type: azure-openai, base_url: 'https://r.openai.azure.com', access_token: t")
        #expect(try token.credentialLines(.openAIChat) == ["authorization: Bearer t"])
    }

    @Test(arguments: [
        ("r.openai.azure.com", "com"), ("r.openai.azure.us", "us"), ("r.openai.azure.cn", "cn"), ("own.corp", "com"),
    ])
    func `a token is good for the cloud that the resource is in`(host: String, cloud: String) {
        let token = AzureToken(.machine(endpoint: "http://169.254.169.254", application: nil), forHost: host)
        #expect(token.audience == "https://cognitiveservices.azure.\(cloud)")
    }
}
