import Testing

@testable import WireFormats

/// Completions and Embeddings.
@Suite struct OpenAIOtherCodecTests {
    private let completions = OpenAICompletionsFormat()

    @Test func `each of several prompts is a user's turn`() throws {
        let read = try OpenAIExchange.decode(#"{"model":"m","prompt":["a","b"]}"#, completions)
        #expect(read.turns == [ChatTurn(.user, "a"), ChatTurn(.user, "b")] && read.isPrompt)
    }

    @Test func `a prompt is one user's turn`() throws {
        let read = try OpenAIExchange.decode(#"{"model":"m","prompt":["Once"]}"#, completions)
        #expect(read.turns == [ChatTurn(.user, "Once")] && read.maxOutputTokens == 16 && read.unread.isEmpty)
        let full = try OpenAIExchange.decode(
            #"{"model":"m","prompt":"Once","max_tokens":5,"temperature":0,"top_p":1,"frequency_penalty":1,"presence_penalty":1,"seed":3,"#
                + #""logit_bias":{},"logprobs":2,"n":2,"best_of":1,"echo":false,"suffix":"","stop":".","user":"u","stream":true,"x":1}"#,
            completions)
        #expect(full.maxOutputTokens == 5 && full.sampling.temperature == 0 && full.sampling.frequencyPenalty == 1)
        #expect(full.logProbabilities == 2 && full.choices == 2 && full.stop == ["."] && full.endUser == "u")
        #expect(full.streams && full.sampling.seed == 3 && full.sampling.logitBias == nil)
        #expect(full.unread == [UnreadField("x")])
    }

    @Test(arguments: [
        (#""prompt":[]"#, "prompt"), (#""prompt":[[1],[2]]"#, "prompt"), (#""prompt":[1,2]"#, "prompt"),
        (#""prompt":"a","echo":true"#, "echo"),
        (#""prompt":"a","best_of":2"#, "best_of"), (#""prompt":"a","suffix":"z""#, "suffix"),
    ])
    func `Completions refuses what a chat model can't do`(fields: String, field: String) {
        let error = #expect(throws: MalformedBody.self) {
            _ = try OpenAIExchange.decode(#"{"model":"m",\#(fields)}"#, completions)
        }
        #expect(error?.field == field)
    }

    @Test func `Completions answers with text alone`() throws {
        var response = ChatResponse(model: "m")
        response.parts = [ChatPart(.reasoning("hm")), .text("a"), ChatPart(.refusal("no"))]
        (response.stopReason, response.usage) = (.maxTokens, TokenUsage(inputUncached: 1, output: 2))
        let body = try OpenAIExchange.answer(response, completions)
        #expect(
            body.hasPrefix(
                #"{"id":"cmpl-1","object":"text_completion","created":7,"model":"m","choices":[{"text":"ano","index":0,"logprobs":null,"finish_reason":"length"}],"usage":{"#
            ))
        #expect(
            try OpenAIExchange.answer(ChatResponse(), completions).contains(
                #""model":"asked","choices":[{"text":"","index":0,"logprobs":null,"finish_reason":"stop"}]"#))
    }

    @Test func `Completions streams text, its end and the usage that was asked for`() throws {
        let events: [ChatEvent] = [
            .start(id: "", model: ""), .ping, .reasoningDelta("hm"), .reasoningEnd(nil), .textDelta("a"),
            .finish(.toolCall), .usage(TokenUsage(inputUncached: 1, output: 2)),
        ]
        func chunks(_ asksForUsage: Bool) throws -> [String] {
            var request = ChatRequest(model: "asked")
            request.asksForUsage = asksForUsage
            return try OpenAIExchange.chunks(events, to: request, completions).map {
                $0.replacing(
                    #"{"id":"cmpl-1","object":"text_completion","created":7,"model":"asked","choices":["#, with: "")
            }
        }
        #expect(
            try chunks(false) == [
                ": keep-alive", #"{"text":"a","index":0,"logprobs":null,"finish_reason":null}]}"#,
                #"{"text":"","index":0,"logprobs":null,"finish_reason":"stop"}]}"#, "[DONE]",
            ])
        let asked = try chunks(true)
        #expect(asked[1].hasSuffix(#"],"usage":null}"#) && asked[3].hasPrefix(#"],"usage":{"prompt_tokens":1"#))
    }

    // MARK: Embeddings

    private func decode(_ input: String, _ more: String = "") throws -> EmbeddingsRequest {
        let format = OpenAIEmbeddingsFormat()
        return try OpenAIExchange.parsing(#"{"model":"m","input":\#(input)\#(more)}"#) {
            try OpenAIEmbeddingsCodec().decode($0, at: format.place)
        }
    }

    @Test func `embeddings are read in every form and written as numbers or base64`() throws {
        #expect(try decode(#""a""#).inputs == [.text("a")])
        #expect(try decode(#"["a","b"]"#).inputs == [.text("a"), .text("b")])
        #expect(try decode("[1,2]").inputs == [.tokens([1, 2])])
        #expect(try decode("[[1],[2,3]]").inputs == [.tokens([1]), .tokens([2, 3])])
        #expect(try decode(#""a""#, #","dimensions":3,"encoding_format":"base64""#).dimensions == 3)
        #expect(try decode(#""a""#, #","dimensions":null,"user":"u""#).unread == [UnreadField("user")])
        #expect(throws: MalformedBody.self) { try decode("[]") }
        #expect(throws: MalformedBody.self) { try decode(#"["a",1]"#) }
        #expect(throws: MalformedBody.self) { try decode(#""a""#, #","encoding_format":"int8""#) }

        let response = EmbeddingsResponse(model: "m", vectors: [[1, -0.5]], usage: TokenUsage(inputUncached: 2))
        for (encoding, written) in [("float", "[1.0,-0.5]"), ("base64", #""AACAPwAAAL8=""#)] {
            var body: [UInt8] = []
            OpenAIEmbeddingsCodec().encode(
                response, to: try decode(#""a""#, #","encoding_format":"\#(encoding)""#),
                at: OpenAIEmbeddingsFormat().place, into: &body)
            #expect(
                body.text
                    == #"{"object":"list","data":[{"object":"embedding","index":0,"embedding":\#(written)}],"model":"m","#
                    + #""usage":{"prompt_tokens":2,"total_tokens":2}}"#)
        }
    }

    @Test func `an upstream is asked for numbers`() throws {
        var body: [UInt8] = []
        let request = EmbeddingsRequest(model: "m", inputs: [.text("a"), .text("b")], dimensions: 3, base64: true)
        #expect(try OpenAIEmbeddingsUpstreamCodec().encode(request, into: &body).isEmpty)
        #expect(body.text == #"{"model":"m","input":["a","b"],"dimensions":3,"encoding_format":"float"}"#)
        body = []
        _ = try OpenAIEmbeddingsUpstreamCodec().encode(
            EmbeddingsRequest(model: "m", inputs: [.tokens([1, 2])]), into: &body)
        #expect(body.text == #"{"model":"m","input":[[1,2]],"encoding_format":"float"}"#)
    }

    private func vectors(_ data: String) throws -> EmbeddingsResponse {
        try OpenAIExchange.parsing(#"{"data":[\#(data)],"model":"m","usage":{"prompt_tokens":2,"total_tokens":2}}"#) {
            try OpenAIEmbeddingsUpstreamCodec().decode(answer: $0)
        }
    }

    @Test func `vectors come as numbers or base64, in any order`() throws {
        let expected = EmbeddingsResponse(
            model: "m", vectors: [[1, -0.5], [0.25]], usage: TokenUsage(inputUncached: 2))
        #expect(
            try vectors(#"{"index":1,"embedding":[0.25]},{"index":0,"embedding":"AACAPwAAAL8="}"#) == expected)
        #expect(try vectors(#"{"embedding":[1,-5e-1]},{"embedding":"AACAPg"}"#) == expected)
        let bare = try OpenAIExchange.parsing(#"{"data":[]}"#) {
            try OpenAIEmbeddingsUpstreamCodec().decode(answer: $0)
        }
        #expect(bare == EmbeddingsResponse(model: "", vectors: [], usage: TokenUsage()))
    }

    @Test(arguments: [
        #"{"index":0}"#, #"{"embedding":"A"}"#, #"{"embedding":"AAA="}"#, #"{"embedding":"*AAA"}"#,
        #"{"embedding":["1"]}"#,
        #"{"embedding":[1e300]}"#, #"{"embedding":"AADAfw=="}"#, #"{"embedding":7}"#,
    ])
    func `what is no vector is refused`(element: String) {
        #expect(throws: MalformedBody.self) { try vectors(element) }
    }

    @Test func `base64 goes both ways, whatever the length`() {
        for count in 0..<10 {
            let bytes = (0..<count).map { UInt8($0 * 37 % 256) }
            let text = Base64.encode(bytes)
            #expect(text.utf8.count % 4 == 0 && Base64.decode(text) == bytes)
            #expect(Base64.decode(text.filter { $0 != "=" }) == bytes)
        }
        for text in ["A", "AA=A", "A A=", "é"] { #expect(Base64.decode(text) == nil) }
    }
}
