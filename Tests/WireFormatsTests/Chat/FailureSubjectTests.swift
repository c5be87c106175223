import Testing

@testable import WireFormats

@Suite struct FailureSubjectTests {
    private func subject(_ message: String? = nil, type: String? = nil, code: String? = nil) -> FailureSubject? {
        UpstreamFailureBody(message: message, type: type, code: code).subject
    }

    @Test func `a request that is too long is told by a code, or by the provider's sentence`() {
        #expect(subject("x", type: "invalid_request_error", code: "context_length_exceeded") == .contextWindow)
        #expect(subject("x", type: "exceed_context_size_error", code: "400") == .contextWindow)
        for sentence in [
            "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.",
            "prompt is too long: 213462 tokens > 200000 maximum",
            "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
            "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
            "Input is too long for requested model.",
            "Input validation error: `inputs` must have less than 1024 tokens. Given: 1025",
        ] {
            #expect(subject(sentence, type: "invalid_request_error") == .contextWindow, "\(sentence)")
        }
    }

    @Test func `a refusal by the provider's policy is told by a code, or by the provider's sentence`() {
        #expect(subject("x", code: "content_policy_violation") == .contentPolicy)
        #expect(subject("x", code: "content_filter") == .contentPolicy)
        for sentence in [
            "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
            "Output blocked by content filtering policy",
        ] {
            #expect(subject(sentence) == .contentPolicy, "\(sentence)")
        }
    }

    @Test func `any other refusal has no subject`() {
        #expect(subject() == nil)
        #expect(
            subject("Invalid value for 'temperature'.", type: "invalid_request_error", code: "invalid_value") == nil)
        #expect(subject("messages: text content blocks must be non-empty", type: "invalid_request_error") == nil)
    }

    @Test func `what came behind a 200 amounts to the status that it says, or that its kind has`() {
        #expect(UpstreamFailureBody(code: "429", status: 503).likelyStatus == 503)
        #expect(UpstreamFailureBody(type: "x", code: "429").likelyStatus == 429)
        #expect(UpstreamFailureBody(type: "overloaded_error").likelyStatus == 529)
        #expect(UpstreamFailureBody(type: "invalid_request_error", code: "x").likelyStatus == 400)
        #expect(UpstreamFailureBody(type: "server_error", code: "rate_limit_exceeded").likelyStatus == 429)
        #expect(UpstreamFailureBody(message: "Oh.", code: "7").likelyStatus == 500)
    }
}
