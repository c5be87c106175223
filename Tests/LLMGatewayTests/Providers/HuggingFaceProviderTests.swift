import Testing
import WireFormats

@testable import LLMGateway

@Suite struct HuggingFaceProviderTests {
    private let server = "type: huggingface, base_url: 'http://127.0.0.1:8000"

    @Test func `the router speaks OpenAI's API`() async throws {
        let site = try await CloudSite("type: huggingface, api_key: hf_1")
        #expect(site.address(.openAIChat) == "POST https://router.huggingface.co/v1/chat/completions")
        #expect(site.probe == "GET https://router.huggingface.co/v1/models")
    }

    @Test(arguments: ["'", "/v1'"])
    func `a TGI server's own API stands at its root, OpenAI's beneath /v1`(end: String) async throws {
        let site = try await CloudSite(server + end + ", api_formats: [huggingface-tgi, openai-chat]")
        #expect(site.address(.huggingFaceTGI) == "POST http://127.0.0.1:8000/generate")
        #expect(site.address(.huggingFaceTGI, streams: true) == "POST http://127.0.0.1:8000/generate_stream")
        #expect(site.address(.openAIChat) == "POST http://127.0.0.1:8000/v1/chat/completions")
        #expect(site.probe == "GET http://127.0.0.1:8000/health")
        #expect(try site.credentialLines(.huggingFaceTGI) == [])
    }

    @Test func `a TGI server must be said where`() async throws {
        let error = await #expect(throws: ConfigurationError.self) {
            try await CloudSite("type: huggingface, api_key: hf_1, api_formats: [huggingface-tgi]")
        }
        #expect(error?.description.contains("providers.p.base_url: is missing") == true)
    }
}
