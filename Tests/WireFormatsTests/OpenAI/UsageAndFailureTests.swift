import Testing

@testable import WireFormats

@Suite struct UsageAndFailureTests {
    private func usage(_ text: String) throws -> TokenUsage? {
        let tape = JSONTape()
        return try text.withBytes { TokenUsage(openAI: try tape.parse($0)) }
    }

    @Test(
        arguments: [
            (
                #"{"prompt_tokens":10,"completion_tokens":4,"total_tokens":14}"#,
                TokenUsage(inputUncached: 10, output: 4)
            ),
            (
                #"{"prompt_tokens":10,"completion_tokens":4,"total_tokens":14,"prompt_tokens_details":{"cached_tokens":6},"completion_tokens_details":{"reasoning_tokens":3}}"#,
                TokenUsage(inputUncached: 4, cacheRead: 6, output: 4, reasoning: 3)
            ),
            (  // xAI counts reasoning beside the output
                #"{"prompt_tokens":10,"completion_tokens":4,"total_tokens":34,"completion_tokens_details":{"reasoning_tokens":20}}"#,
                TokenUsage(inputUncached: 10, output: 24, reasoning: 20)
            ),
            (  // Google counts what Gemini thought in the total only
                #"{"prompt_tokens":35,"completion_tokens":12,"total_tokens":109}"#,
                TokenUsage(inputUncached: 35, output: 74, reasoning: 62)
            ),
            (  // Azure's Grok reports more cached than there was
                #"{"prompt_tokens":29,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":157}}"#,
                TokenUsage(inputUncached: 0, cacheRead: 157, output: 1)
            ),
            (
                #"{"prompt_tokens":10,"completion_tokens":1,"prompt_cache_hit_tokens":4}"#,
                TokenUsage(inputUncached: 6, cacheRead: 4, output: 1)
            ),
            (
                #"{"prompt_tokens":10,"completion_tokens":1,"num_cached_tokens":3,"prompt_tokens_details":null}"#,
                TokenUsage(inputUncached: 7, cacheRead: 3, output: 1)
            ),
            (
                #"{"prompt_tokens":10,"completion_tokens":1,"cached_tokens":2}"#,
                TokenUsage(inputUncached: 8, cacheRead: 2, output: 1)
            ),
            (#"{"prompt_tokens":-5,"completion_tokens":-1}"#, TokenUsage()),
            (
                #"{"prompt_tokens":9223372036854775807,"completion_tokens":9223372036854775807,"total_tokens":1,"completion_tokens_details":{"reasoning_tokens":9223372036854775807}}"#,
                TokenUsage(inputUncached: 1 << 48, output: 1 << 48, reasoning: 1 << 48)
            ),
            (
                #"{"input_tokens":8,"output_tokens":2,"input_tokens_details":{"cached_tokens":1,"cache_write_tokens":3}}"#,
                TokenUsage(inputUncached: 4, cacheRead: 1, cacheWrite: 3, output: 2)
            ),
            ("{}", nil),
        ] as [(String, TokenUsage?)])
    func `every dialect of usage comes out in parts that don't overlap`(text: String, expected: TokenUsage?) throws {
        #expect(try usage(text) == expected)
    }

    @Test(
        arguments: [
            (
                #"{"error":{"message":"m","type":"t","param":"p","code":"c"}}"#,
                UpstreamFailureBody(message: "m", type: "t", code: "c", param: "p")
            ),
            (#"{"error":{"message":"m","type":null,"code":429}}"#, UpstreamFailureBody(message: "m", code: "429")),
            (#"{"error":"m"}"#, UpstreamFailureBody(message: "m")),
            (#"{"message":"m"}"#, UpstreamFailureBody(message: "m")),
            (#"{"detail":"m"}"#, UpstreamFailureBody(message: "m")),
            (#"{"detail":[{"msg":"m"}]}"#, UpstreamFailureBody(message: "m")),
            (
                #"{"object":"error","message":"m","type":"t","code":7}"#,
                UpstreamFailureBody(message: "m", type: "t", code: "7")
            ),
            (#"[{"error":{"message":"m"}}]"#, UpstreamFailureBody(message: "m")),
            ("<html>", nil), ("", nil), ("{}", nil), ("7", nil),
        ] as [(String, UpstreamFailureBody?)])
    func `an upstream's error body is read in all the shapes it comes in`(text: String, expected: UpstreamFailureBody?)
    {
        let read = text.withBytes { OpenAIChatFormat().readFailure($0, using: JSONTape()) }
        #expect(read == expected)
    }
}
