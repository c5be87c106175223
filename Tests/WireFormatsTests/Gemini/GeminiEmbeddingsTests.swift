import Testing

@testable import WireFormats

@Suite struct GeminiEmbeddingsTests {
    private func decode(_ body: String, _ verb: String) throws -> EmbeddingsRequest {
        let place = try Gemini.place(verb, model: "e")
        return try Gemini.parse(body) { try GeminiEmbeddingsCodec().decode($0, at: place) }
    }

    @Test func `one text, or several, are read`() throws {
        #expect(
            try decode(#"{"content":{"parts":[{"text":"a"},{"text":"b"}]}}"#, "embedContent")
                == EmbeddingsRequest(model: "e", inputs: [.text("a\nb")]))
        #expect(
            try decode(#"{"content":"a","output_dimensionality":8}"#, "embedContent")
                == EmbeddingsRequest(model: "e", inputs: [.text("a")], dimensions: 8))
        #expect(
            try decode(
                """
                {"requests":[{"model":"models/e","content":{"parts":{"text":"a"}},"outputDimensionality":8},
                             {"content":{"parts":["b"]},"outputDimensionality":8}]}
                """, "batchEmbedContents")
                == EmbeddingsRequest(model: "e", inputs: [.text("a"), .text("b")], dimensions: 8))
    }

    @Test func `what each text is embedded for is said to Google's models, and lost elsewhere`() throws {
        let body = """
            {"requests":[{"content":"a","taskType":"RETRIEVAL_DOCUMENT","title":"A"},
                         {"content":"b","task_type":"RETRIEVAL_QUERY","title":"","autoTruncate":true}]}
            """
        let request = try decode(body, "batchEmbedContents")
        #expect(
            request.purposes == [
                EmbeddingsRequest.Purpose(task: "RETRIEVAL_DOCUMENT", title: "A"),
                EmbeddingsRequest.Purpose(task: "RETRIEVAL_QUERY"),
            ])
        #expect(try request.unread.losses().map(\.field) == ["autoTruncate"])
        var (studio, vertex, other): ([UInt8], [UInt8], [UInt8]) = ([], [], [])
        #expect(try GeminiUpstreamEmbeddingsCodec().encode(request, into: &studio).isEmpty)
        #expect(studio.text.contains(#""parts":[{"text":"a"}]},"taskType":"RETRIEVAL_DOCUMENT","title":"A"}"#))
        #expect(studio.text.contains(#""parts":[{"text":"b"}]},"taskType":"RETRIEVAL_QUERY"}"#))
        #expect(try VertexEmbeddingsCodec().encode(request, into: &vertex).isEmpty)
        #expect(vertex.text.hasPrefix(#"{"instances":[{"content":"a","task_type":"RETRIEVAL_DOCUMENT","title":"A"},"#))
        for codec in [OpenAIEmbeddingsUpstreamCodec(), OllamaUpstreamEmbeddingsCodec()] as [any UpstreamEmbeddingsCodec]
        {
            #expect(try codec.encode(request, into: &other).map(\.field) == ["task_type", "title"])
        }
    }

    @Test func `an answer has a vector for each input`() {
        let request = EmbeddingsRequest(model: "e", inputs: [.text("a"), .text("b")])
        #expect(EmbeddingsResponse(model: "e", vectors: [[1], [2]], usage: TokenUsage()).answers(request))
        #expect(!EmbeddingsResponse(model: "e", vectors: [[1]], usage: TokenUsage()).answers(request))
    }

    @Test(arguments: [
        ("embedContent", "{}", "content"), ("embedContent", #"{"content":{}}"#, "content.parts"),
        ("embedContent", #"{"content":{"parts":[{"inlineData":{}}]}}"#, "content.parts[0].text"),
        ("batchEmbedContents", "{}", "requests"), ("batchEmbedContents", #"{"requests":[]}"#, "requests"),
        ("embedContent", #"{"content":"a","outputDimensionality":0}"#, "outputDimensionality"),
        (
            "batchEmbedContents", #"{"requests":[{"content":"a"},{"content":"b","outputDimensionality":3}]}"#,
            "requests[1].outputDimensionality"
        ),
    ])
    func `what can't be embedded is refused`(verb: String, body: String, field: String) {
        let error = #expect(throws: MalformedBody.self) { try decode(body, verb) }
        #expect(error?.field == field)
    }

    @Test func `vectors are written for each path`() throws {
        let response = EmbeddingsResponse(model: "e", vectors: [[0.5, -1], [2]], usage: TokenUsage(inputUncached: 1))
        func write(_ verb: String) throws -> String {
            var body: [UInt8] = []
            let request = EmbeddingsRequest(model: "e", inputs: [])
            GeminiEmbeddingsCodec().encode(response, to: request, at: try Gemini.place(verb), into: &body)
            return body.text
        }
        #expect(try write("embedContent") == #"{"embedding":{"values":[0.5,-1.0]}}"#)
        #expect(try write("batchEmbedContents") == #"{"embeddings":[{"values":[0.5,-1.0]},{"values":[2.0]}]}"#)
    }

    @Test func `AI Studio is asked for a batch`() throws {
        let codec = try #require(GeminiFormat().upstreamEmbeddings)
        var body: [UInt8] = []
        let request = EmbeddingsRequest(model: "e", inputs: [.text("a"), .text("b")], dimensions: 8)
        #expect(try codec.encode(request, into: &body).isEmpty)
        #expect(
            body.text
                == [
                    #"{"requests":[{"model":"models/e","content":{"parts":[{"text":"a"}]},"outputDimensionality":8},"#,
                    #"{"model":"models/e","content":{"parts":[{"text":"b"}]},"outputDimensionality":8}]}"#,
                ].joined())
        let answer = try Gemini.parse(#"{"embeddings":[{"values":[0.5,1]},{"values":[]}]}"#) {
            try codec.decode(answer: $0)
        }
        #expect(answer == EmbeddingsResponse(model: "", vectors: [[0.5, 1], []], usage: TokenUsage()))
        #expect(throws: MalformedBody.self) { try Gemini.parse("{}") { _ = try codec.decode(answer: $0) } }
    }

    @Test func `Vertex is asked to predict`() throws {
        let codec = VertexEmbeddingsCodec()
        var body: [UInt8] = []
        _ = try codec.encode(EmbeddingsRequest(model: "e", inputs: [.text("a"), .text("b")]), into: &body)
        #expect(body.text == #"{"instances":[{"content":"a"},{"content":"b"}]}"#)
        body = []
        _ = try codec.encode(EmbeddingsRequest(model: "e", inputs: [.text("a")], dimensions: 8), into: &body)
        #expect(body.text == #"{"instances":[{"content":"a"}],"parameters":{"outputDimensionality":8}}"#)
        let answer = try Gemini.parse(
            """
            {"predictions":[{"embeddings":{"values":[1,2],"statistics":{"token_count":3}}},
                            {"embeddings":{"values":[3],"statistics":{"token_count":4}}},{"embeddings":{"values":[]}}]}
            """
        ) { try codec.decode(answer: $0) }
        #expect(
            answer == EmbeddingsResponse(model: "", vectors: [[1, 2], [3], []], usage: TokenUsage(inputUncached: 7)))
    }

    @Test func `tokens can't be sent`() {
        let request = EmbeddingsRequest(model: "e", inputs: [.tokens([1])])
        for codec in [GeminiUpstreamEmbeddingsCodec(), VertexEmbeddingsCodec()] as [any UpstreamEmbeddingsCodec] {
            var body: [UInt8] = []
            let error = #expect(throws: Untranslatable.self) { try codec.encode(request, into: &body) }
            #expect(error?.field == "input")
        }
    }
}
