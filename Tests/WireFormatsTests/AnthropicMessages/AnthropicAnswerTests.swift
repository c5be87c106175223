import Foundation
import Testing

@testable import WireFormats

@Suite struct AnthropicAnswerTests {
    private typealias Exchange = AnthropicExchange

    private func write(
        _ response: ChatResponse, to request: ChatRequest = AnthropicExchange.greeting(),
        at place: CallPlace = AnthropicExchange.messages
    ) throws -> [String: Any] {
        let call = AnsweredCall(request, at: place, id: "1", created: 0, estimatedInput: 7)
        var body: [UInt8] = []
        AnthropicMessagesCodec().encode(response, to: call, into: &body)
        return try Exchange.object(body)
    }

    private func response(_ parts: [ChatPart], _ reason: StopReason? = .endTurn) -> ChatResponse {
        var response = ChatResponse(id: "up", model: "claude-x")
        (response.parts, response.stopReason) = (parts, reason)
        return response
    }

    @Test func `an answer is read and written whole`() throws {
        let body = #"""
            {"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[
              {"type":"thinking","thinking":"Hm.","signature":"Sig+/="},{"type":"redacted_thinking","data":"Red"},
              {"type":"text","text":"Yo","citations":[{"type":"char_location","cited_text":"x"}]},
              {"type":"server_tool_use","id":"s","name":"web_search","input":{"q":1}},
              {"type":"tool_use","id":"t1","name":"f","input":{"a":1.0}}],
             "stop_reason":"tool_use","stop_sequence":null,
             "usage":{"input_tokens":10,"cache_creation_input_tokens":30,"cache_read_input_tokens":20,
               "cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20},"output_tokens":40,
               "output_tokens_details":{"thinking_tokens":15}}}
            """#
        let response = try Exchange.answer(body)
        #expect(response.id == "msg_1" && response.model == "claude-x")
        #expect(response.stopReason == .toolCall)
        #expect(
            response.usage
                == TokenUsage(
                    inputUncached: 10, cacheRead: 20, cacheWrite: 30, cacheWriteLong: 20, output: 40, reasoning: 15))
        #expect(response.toolCalls == [ToolCall(id: "t1", name: "f", arguments: #"{"a":1.0}"#)])
        #expect(response.parts[0].state == OpaqueState(origin: "anthropic", value: "Sig+/="))
        #expect(Exchange.same(try write(response), try Exchange.json(body)))
    }

    @Test func `an answer may lack its usage, its reason and its model, but not its content`() throws {
        let response = try Exchange.answer(#"{"content":[]}"#)
        #expect(response.usage == nil && response.stopReason == nil && response.id.isEmpty)
        let written = try write(response)
        #expect(written["model"] as? String == "claude")
        #expect(written["stop_reason"] as? String == "end_turn")
        #expect(Exchange.same(written["content"], [Any]()))
        #expect((written["usage"] as? [String: Any])?["input_tokens"] as? Int == 7)
        #expect {
            try Exchange.answer(#"{"type":"error","error":{"message":"x"}}"#)
        } throws: { ($0 as? MalformedBody)?.field == "content" }
    }

    @Test(arguments: [
        (#""stop_reason":"end_turn""#, StopReason.endTurn), (#""stop_reason":"max_tokens""#, .maxTokens),
        (#""stop_reason":"stop_sequence","stop_sequence":"END""#, .stopSequence("END")),
        (#""stop_reason":"refusal""#, .refusal), (#""stop_reason":"pause_turn""#, .paused),
        (#""stop_reason":"model_context_window_exceeded""#, .contextFull),
        // Nobody waits for a call that wasn't made.
        (#""stop_reason":"tool_use""#, .endTurn), (#""stop_reason":"new""#, .other("new")),
    ])
    func `each reason to stop is known`(written: String, reason: StopReason) throws {
        #expect(try Exchange.answer(#"{"content":[],\#(written)}"#).stopReason == reason)
    }

    @Test(arguments: [
        (StopReason.endTurn, "end_turn"), (.stopSequence("a"), "stop_sequence"), (.maxTokens, "max_tokens"),
        (.contentFiltered, "refusal"), (.refusal, "refusal"), (.contextFull, "model_context_window_exceeded"),
        (.paused, "pause_turn"), (.malformedCall, "end_turn"), (.other("x"), "end_turn"), (.toolCall, "end_turn"),
    ])
    func `each reason to stop has its word`(reason: StopReason, word: String) throws {
        #expect(try write(response([.text("x")], reason))["stop_reason"] as? String == word)
    }

    @Test func `a call is a reason of its own, unless the answer was cut`() throws {
        let call = ChatPart.toolCall(ToolCall(id: "1", name: "f", arguments: #"{"a"#))
        #expect(try write(response([call]))["stop_reason"] as? String == "tool_use")
        let cut = try write(response([call], .maxTokens))
        #expect(cut["stop_reason"] as? String == "max_tokens")
        #expect(
            Exchange.same(
                cut["content"], try Exchange.json(#"[{"type":"tool_use","id":"1","name":"f","input":{"_raw":"{\"a"}}]"#)
            ))
    }

    @Test func `the text that was met is told where it can only be one`() throws {
        let request = Exchange.greeting { $0.stop = ["END"] }
        let one = try write(response([.text("x")], .stopSequence(nil)), to: request)
        #expect(one["stop_sequence"] as? String == "END")
        let any = try write(response([.text("x")], .stopSequence(nil)))
        #expect(any["stop_sequence"] is NSNull)
        #expect(any["stop_reason"] as? String == "stop_sequence")
    }

    @Test func `a refusal in words is a text and a reason`() throws {
        let written = try write(response([ChatPart(.refusal("I won't."))]))
        #expect(Exchange.same(written["content"], try Exchange.json(#"[{"type":"text","text":"I won't."}]"#)))
        #expect(written["stop_reason"] as? String == "refusal")
        #expect(
            Exchange.same(
                written["stop_details"],
                try Exchange.json(#"{"type":"refusal","category":null,"explanation":"I won't."}"#)))
    }

    @Test func `the provider's words for a refusal are the answer where there is no other`() throws {
        let details = #""stop_reason":"refusal","stop_details":{"type":"refusal","explanation":"Too dangerous."}"#
        #expect(try Exchange.answer(#"{"content":[],\#(details)}"#).parts == [ChatPart(.refusal("Too dangerous."))])
        let partly = try Exchange.answer(#"{"content":[{"type":"text","text":"Well"}],\#(details)}"#)
        #expect(partly.parts == [.text("Well")])
    }

    @Test func `others' thoughts are shown without what only they can read`() throws {
        let other = OpaqueState(origin: OpaqueState.google, value: "g")
        let written = try write(
            response([
                ChatPart(.reasoning("Hm."), state: other), ChatPart(.hiddenReasoning, state: other), .text(""),
                ChatPart(.foreign(ForeignPart(origin: OpaqueState.openAI, type: "x", json: Array("{}".utf8)))),
                ChatPart(.text("Yo"), state: other),
            ]))
        #expect(
            Exchange.same(
                written["content"],
                try Exchange.json(#"[{"type":"thinking","thinking":"Hm.","signature":""},{"type":"text","text":"Yo"}]"#)
            ))
    }

    @Test func `a count is a single number`() throws {
        #expect(Exchange.same(try write(ChatResponse(), at: Exchange.count), ["input_tokens": 7]))
        var counted = ChatResponse()
        counted.usage = TokenUsage(inputUncached: 3, cacheRead: 4)
        #expect(Exchange.same(try write(counted, at: Exchange.count), ["input_tokens": 7]))
    }

    // MARK: Usage

    private func usage(_ text: String, after earlier: TokenUsage? = nil) throws -> TokenUsage? {
        try Exchange.parsed(text) { TokenUsage(anthropic: $0, after: earlier) }
    }

    @Test func `usage is read in all its shapes`() throws {
        #expect(try usage("{}") == nil)
        #expect(try usage(#"{"input_tokens":null,"cache_read_input_tokens":5}"#) == nil)
        #expect(try usage(#"{"input_tokens":5,"output_tokens":-1}"#) == TokenUsage(inputUncached: 5))
        let byLifetime =
            #"{"input_tokens":1,"output_tokens":2,"cache_creation":{"ephemeral_5m_input_tokens":3,"ephemeral_1h_input_tokens":4}}"#
        #expect(
            try usage(byLifetime) == TokenUsage(inputUncached: 1, cacheWrite: 7, cacheWriteLong: 4, output: 2))
        let huge =
            #"{"input_tokens":1,"output_tokens":2,"cache_creation":{"ephemeral_5m_input_tokens":9223372036854775807,"ephemeral_1h_input_tokens":4}}"#
        #expect(try usage(huge)?.cacheWrite == TokenUsage.most)
        let most =
            #"{"input_tokens":9223372036854775807,"cache_read_input_tokens":9223372036854775807,"output_tokens":9223372036854775807}"#
        #expect(try usage(most)?.total == 3 * TokenUsage.most)
    }

    @Test func `what the end of a stream leaves out stands as it was`() throws {
        let start = TokenUsage(inputUncached: 10, cacheRead: 20, cacheWrite: 30, cacheWriteLong: 5, output: 1)
        var end = start
        end.output = 9
        #expect(try usage(#"{"output_tokens":9}"#, after: start) == end)
        #expect(try usage(#"{"input_tokens":0,"output_tokens":9}"#, after: start) == end)
        let grown =
            #"{"input_tokens":0,"cache_read_input_tokens":40,"cache_creation_input_tokens":0,"output_tokens":9}"#
        #expect(try usage(grown, after: start) == TokenUsage(cacheRead: 40, output: 9))
    }
}
