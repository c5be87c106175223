import Testing

@testable import WireFormats

/// Models that refuse to be told how to draw their answers.
@Suite struct FixedSamplingTests {
    private func request(_ change: (inout Sampling) -> Void) -> ChatRequest {
        var request = ChatRequest(model: "m", turns: [ChatTurn(.user, "Hi")])
        change(&request.sampling)
        return request
    }

    /// The fields that were lost; `body` holds none of them.
    private func losses(
        of request: ChatRequest, by codec: any UpstreamChatCodec, for target: TargetTraits
    ) throws -> [String] {
        var body: [UInt8] = []
        let losses = try codec.encode(request, for: target, into: &body).map(\.field)
        for field in losses { #expect(!body.text.contains(#""\#(field)""#), "\(field)") }
        return losses
    }

    @Test func `Chat leaves out what such a model refuses, and says so`() throws {
        let fixed = TargetTraits(takesSampling: false)
        let all = request { sampling in
            (sampling.temperature, sampling.topP, sampling.frequencyPenalty) = (0.5, 0.9, 1)
            (sampling.presencePenalty, sampling.logitBias) = (1, Array(#"{"1":2}"#.utf8))
        }
        #expect(
            try losses(of: all, by: OpenAIChatUpstreamCodec(), for: fixed) == [
                "temperature", "top_p", "frequency_penalty", "presence_penalty", "logit_bias",
            ])
        #expect(try losses(of: all, by: OpenAIChatUpstreamCodec(), for: TargetTraits()) == [])
    }

    @Test func `Responses leaves out what such a model refuses, and says so`() throws {
        let fixed = TargetTraits(takesSampling: false)
        let both = request { ($0.temperature, $0.topP) = (0.5, 0.9) }
        #expect(try losses(of: both, by: OpenAIResponsesUpstreamCodec(), for: fixed) == ["temperature", "top_p"])
        #expect(try losses(of: both, by: OpenAIResponsesUpstreamCodec(), for: TargetTraits()) == [])
    }

    @Test func `the model's own way may be asked for by name`() throws {
        let own = request { ($0.temperature, $0.topP) = (1, 1) }
        let fixed = TargetTraits(takesSampling: false)
        #expect(try losses(of: own, by: OpenAIChatUpstreamCodec(), for: fixed) == [])
        #expect(try losses(of: own, by: OpenAIResponsesUpstreamCodec(), for: fixed) == [])
    }
}
