import Testing

@testable import WireFormats

@Suite struct BedrockConverseAnswerTests {
    private let tape = JSONTape()

    private func decode(_ answer: String) throws -> ChatResponse {
        try answer.withBytes { try BedrockConverseCodec().decode(answer: try tape.parseBody($0)) }
    }

    @Test func `an answer is read block by block`() throws {
        let answer = try decode(
            #"{"metrics":{"latencyMs":1},"output":{"message":{"role":"assistant","content":["#
                + #"{"reasoningContent":{"reasoningText":{"text":"Hm","signature":"Sig="}}},{"reasoningContent":{"reasoningText":{"text":"x"}}},"#
                + #"{"reasoningContent":{"redactedContent":"U2VhbGVk"}},{"text":"Hi"},{"text":""},{"video":{}},"#
                + #"{"citationsContent":{"content":[{"text":"as "},{"text":"said"}],"citations":[{}]}},"#
                + #"{"toolUse":{"toolUseId":"n","name":"run","input":{},"type":"server_tool_use"}},"#
                + #"{"toolUse":{"toolUseId":"t","name":"f","input":{"a" : 1.0},"type":"tool_use"}}]}},"#
                + #""stopReason":"end_turn","usage":{"inputTokens":3,"outputTokens":5,"cacheReadInputTokens":4,"#
                + #""cacheWriteInputTokens":8,"cacheDetails":[{"ttl":"1h","inputTokens":6}]}}"#)
        #expect(
            answer.parts == [
                ChatPart(.reasoning("Hm"), state: OpaqueState(origin: "anthropic", value: "Sig=")),
                ChatPart(.reasoning("x")),
                ChatPart(.hiddenReasoning, state: OpaqueState(origin: "anthropic", value: "Sealed")), .text("Hi"),
                .text("as said"), .toolCall(ToolCall(id: "t", name: "f", arguments: #"{"a" : 1.0}"#)),
            ])
        #expect(answer.stopReason == .toolCall && answer.id.isEmpty && answer.model.isEmpty)
        #expect(
            answer.usage == TokenUsage(inputUncached: 3, cacheRead: 4, cacheWrite: 8, cacheWriteLong: 6, output: 5))
    }

    @Test func `usage, the reason to stop and the message may be missing`() throws {
        let bare = try decode(#"{"output":{},"usage":null,"stopReason":null}"#)
        #expect(bare.parts.isEmpty && bare.usage == nil && bare.stopReason == nil)
        let stopped = try decode(
            #"{"output":{"message":{}},"stopReason":"stop_sequence","additionalModelResponseFields":{"stop_sequence":"END"},"usage":{}}"#
        )
        #expect(stopped.stopReason == .stopSequence("END") && stopped.usage == nil)
        let absurd = try decode(
            #"{"output":{},"usage":{"inputTokens":9223372036854775807,"outputTokens":9223372036854775807}}"#)
        #expect((absurd.usage?.total ?? 0) > 0)
    }

    @Test(arguments: [
        ("{}", "output"), (#"{"output":"x"}"#, "output"),
        (#"{"output":{"message":{"content":7}}}"#, "output.message.content"),
        (#"{"output":{"message":{"content":[{"text":7}]}}}"#, "output.message.content[0].text"),
        (
            #"{"output":{"message":{"content":[{"toolUse":{"name":"f"}}]}}}"#,
            "output.message.content[0].toolUse.toolUseId"
        ),
        (#"{"output":{},"stopReason":7}"#, "stopReason"),
    ])
    func `a wrong type is refused by name`(answer: String, field: String) {
        let error = #expect(throws: MalformedBody.self) { try decode(answer) }
        #expect(error?.field == field)
    }

    @Test(
        arguments: [
            (#"{"message":"No."}"#, UpstreamFailureBody(message: "No.")),
            (#"{"Message":"No."}"#, UpstreamFailureBody(message: "No.")),
            (
                #"{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}"#,
                UpstreamFailureBody(type: "UnknownOperationException")
            ), ("{}", nil), ("<html>", nil),
        ] as [(String, UpstreamFailureBody?)])
    func `failures are understood`(body: String, failure: UpstreamFailureBody?) {
        #expect(body.withBytes { BedrockConverseFormat().readFailure($0, using: JSONTape()) } == failure)
    }

    @Test(
        arguments: [
            ("ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/", "ThrottlingException", 429),
            ("ModelErrorException", "ModelErrorException", 502),
            ("ModelTimeoutException", "ModelTimeoutException", 504),
            ("ModelNotReadyException", "ModelNotReadyException", 503),
            ("com.amazon#ExpiredTokenException:", "ExpiredTokenException", 403),
            ("NewException", "NewException", nil),
        ] as [(String, String, Int?)])
    func `the header says what kind of failure it is, and the kind what it amounts to`(
        header: String, type: String, status: Int?
    ) {
        let format = BedrockConverseFormat()
        for (body, message) in [(#"{"message":"No.","__type":"Other"}"#, "No."), ("", nil)] as [(String, String?)] {
            let read = body.withBytes { format.readFailure($0, header: header, using: JSONTape()) }
            #expect(read == UpstreamFailureBody(message: message, type: type, status: status))
        }
    }
}
