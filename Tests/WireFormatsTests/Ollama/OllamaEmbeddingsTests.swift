import Testing

@testable import WireFormats

@Suite struct OllamaEmbeddingsTests {
    private func decode(_ text: String, at path: String) throws -> EmbeddingsRequest {
        try Ollama.parse(text) { try OllamaEmbeddingsCodec().decode($0, at: Ollama.place(path)) }
    }

    private func encode(_ response: EmbeddingsResponse, at path: String) -> String {
        var body: [UInt8] = []
        OllamaEmbeddingsCodec().encode(
            response, to: EmbeddingsRequest(model: "m", inputs: []), at: Ollama.place(path), into: &body)
        return body.text
    }

    @Test func `calls of both paths are read`() throws {
        #expect(
            try decode(#"{"model":"m","input":["a","b"],"dimensions":8,"truncate":true}"#, at: "/api/embed")
                == EmbeddingsRequest(model: "m", inputs: [.text("a"), .text("b")], dimensions: 8))
        #expect(
            try decode(
                #"{"model":"m","input":"a","dimensions":0,"options":{"num_ctx":8},"keep_alive":"5m"}"#, at: "/api/embed"
            )
                == EmbeddingsRequest(model: "m", inputs: [.text("a")]))
        #expect(
            try decode(#"{"model":"m","prompt":"a"}"#, at: "/api/embeddings")
                == EmbeddingsRequest(model: "m", inputs: [.text("a")]))
        for input in ["[]", "[1]", "1", "null"] {
            #expect(throws: MalformedBody.self) { try decode(#"{"model":"m","input":\#(input)}"#, at: "/api/embed") }
        }
    }

    @Test func `answers of both paths are written`() {
        var response = EmbeddingsResponse(
            model: "m", vectors: [[0.1, -2], [.infinity, 1]], usage: TokenUsage(inputUncached: 5))
        #expect(
            encode(response, at: "/api/embed")
                == #"{"model":"m","embeddings":[[0.1,-2.0],[0.0,1.0]],"total_duration":0,"load_duration":0,"#
                + #""prompt_eval_count":5}"#)
        #expect(encode(response, at: "/api/embeddings") == #"{"embedding":[0.1,-2.0]}"#)
        response.times = AnswerTimes(total: 7)
        #expect(encode(response, at: "/api/embed").contains(#""total_duration":7,"#))
    }

    @Test func `a target is asked at the newer path, and cuts nothing silently`() throws {
        var body: [UInt8] = []
        let request = EmbeddingsRequest(model: "m", inputs: [.text("a"), .text("b")], dimensions: 8, base64: true)
        #expect(try OllamaUpstreamEmbeddingsCodec().encode(request, into: &body).isEmpty)
        #expect(
            body.text == #"{"model":"m","input":["a","b"],"dimensions":8,"truncate":false,"options":{"num_ctx":4096}}"#)
        let tokens = EmbeddingsRequest(model: "m", inputs: [.tokens([1])])
        let error = try #require(throws: Untranslatable.self) {
            try OllamaUpstreamEmbeddingsCodec().encode(tokens, into: &body)
        }
        #expect(error.field == "input")
    }

    @Test func `a target's answer is read`() throws {
        func decode(_ text: String) throws -> EmbeddingsResponse {
            try Ollama.parse(text) { try OllamaUpstreamEmbeddingsCodec().decode(answer: $0) }
        }
        #expect(
            try decode(#"{"model":"m","embeddings":[[0.5,1],[2,3]],"prompt_eval_count":4}"#)
                == EmbeddingsResponse(model: "m", vectors: [[0.5, 1], [2, 3]], usage: TokenUsage(inputUncached: 4)))
        #expect(
            try decode(#"{"embedding":[1e-3]}"#)
                == EmbeddingsResponse(model: "", vectors: [[0.001]], usage: TokenUsage()))
        for text in ["{}", #"{"embeddings":[1]}"#, #"{"embeddings":[["a"]]}"#, #"{"embeddings":[[1e300]]}"#] {
            #expect(throws: MalformedBody.self) { try decode(text) }
        }
    }
}
