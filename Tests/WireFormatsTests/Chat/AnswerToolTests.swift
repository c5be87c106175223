import Testing

@testable import WireFormats

/// Models that can't be held to a JSON schema are made to call a tool, and its arguments are the answer.
@Suite struct AnswerToolTests {
    private static let schema = #"{"type":"object","properties":{"a":{"type":"integer","minimum":0}}}"#
    private static let old = TargetTraits(takesSchema: false)

    private func request(_ schema: String = schema) -> ChatRequest {
        AnthropicExchange.greeting { $0.answerForm = .schema(AnswerSchema(name: "n", schema: Array(schema.utf8))) }
    }

    @Test func `Anthropic's older models must call the tool, and don't think meanwhile`() throws {
        var request = request()
        request.reasoning = .budget(2000)
        var bytes: [UInt8] = []
        let losses = try AnthropicUpstreamCodec().encode(request, for: Self.old, into: &bytes)
        #expect(losses.map(\.field) == ["reasoning"])
        let choice = #""tool_choice":{"type":"tool","name":"\#(AnswerTool.name)","disable_parallel_tool_use":true}"#
        #expect(bytes.text.contains(choice) && bytes.text.contains(#""input_schema":\#(Self.schema)"#))
        #expect(!bytes.text.contains("output_config") && !bytes.text.contains(#""thinking""#))
    }

    @Test func `so must those of Claude and Nova at Bedrock`() throws {
        for model in ["anthropic.claude-3-haiku-20240307-v1:0", "amazon.nova-pro-v1:0"] {
            var request = request()
            request.model = model
            let written = try converse(request, for: Self.old)
            #expect(written.losses.isEmpty)
            #expect(written.body.contains(#""toolChoice":{"tool":{"name":"\#(AnswerTool.name)"}}"#))
            #expect(written.body.contains(#""inputSchema":{"json":\#(Self.schema)}"#))
            #expect(!written.body.contains("outputConfig"))
        }
        var other = request()
        other.model = "meta.llama3-1-8b-instruct-v1:0"
        let written = try converse(other, for: Self.old)
        #expect(written.losses == ["response_format"] && !written.body.contains("toolConfig"))
    }

    @Test func `beside tools of the client's, and for what is no object, words must do`() throws {
        var withTools = request()
        withTools.tools = [ChatTool(name: "f")]
        for request in [withTools, request(#"{"type":"array","items":{}}"#), request(#"{"type":"object"}"#)] {
            var bytes: [UInt8] = []
            let losses = try AnthropicUpstreamCodec().encode(request, for: Self.old, into: &bytes)
            #expect(losses.map(\.field) == ["response_format"])
            #expect(!bytes.text.contains(AnswerTool.name) && !bytes.text.contains("output_config"))
            #expect(bytes.text.contains("follows this schema"))
        }
    }

    @Test func `a model of which nobody knows is held to the schema itself`() throws {
        var bytes: [UInt8] = []
        _ = try AnthropicUpstreamCodec().encode(request(), for: TargetTraits(), into: &bytes)
        #expect(bytes.text.contains("output_config") && !bytes.text.contains(AnswerTool.name))
    }

    @Test func `an answer is the tool's arguments`() throws {
        let anthropic = try AnthropicExchange.answer(
            #"{"id":"m","content":[{"type":"tool_use","id":"t","name":"\#(AnswerTool.name)","input":{"a" : 1.0}}],"#
                + #""stop_reason":"tool_use"}"#)
        #expect(anthropic.parts == [.text(#"{"a" : 1.0}"#)] && anthropic.stopReason == .endTurn)
        let body =
            #"{"output":{"message":{"content":[{"toolUse":{"toolUseId":"t","name":"\#(AnswerTool.name)","#
            + #""input":{"a":1.0}}}]}},"stopReason":"tool_use"}"#
        let tape = JSONTape()
        let bedrock = try body.withBytes { try BedrockConverseCodec().decode(answer: try tape.parseBody($0)) }
        #expect(bedrock.parts == [.text(#"{"a":1.0}"#)] && bedrock.stopReason == .endTurn)
    }

    @Test func `a streamed answer is the pieces of the tool's arguments`() {
        let name = AnswerTool.name
        let stream = AnthropicStreamReaderTests.stream([
            #"{"type":"message_start","message":{"id":"m","model":"c"}}"#,
            #"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"\#(name)","input":{}}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":""}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"1}"}}"#,
            #"{"type":"content_block_stop","index":0}"#,
            #"{"type":"message_delta","delta":{"stop_reason":"tool_use"}}"#, #"{"type":"message_stop"}"#,
        ])
        let told: [ChatEvent] = [.textDelta(#"{"a":"#), .textDelta("1}"), .finish(.endTurn)]
        #expect(AnthropicExchange.events(stream).events == [.start(id: "m", model: "c")] + told)

        let messages = [
            ("messageStart", #"{"role":"assistant"}"#),
            ("contentBlockStart", #"{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t","name":"\#(name)"}}}"#),
            ("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{\"a\":"}}}"#),
            ("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"1}"}}}"#),
            ("contentBlockStop", #"{"contentBlockIndex":0}"#), ("messageStop", #"{"stopReason":"tool_use"}"#),
        ]
        let bytes = messages.flatMap { AWSEventStreamWriter.event($0.0, $0.1) }
        #expect(BedrockConverseStreamTests.read(bytes).events == [.start(id: "", model: "")] + told)
    }
}
