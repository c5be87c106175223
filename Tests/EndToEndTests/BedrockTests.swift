import Foundation
import Testing

/// Clients of every format before Amazon Bedrock: what is signed, what is said, and what comes back from its binary
/// streams, whole or broken.
@Suite(.ownThread) struct BedrockTests {
    private static let model = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
    private static let path = "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse"
    private static let keys = (id: "AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    private static let credentials = "access_key_id: \(keys.id), secret_access_key: \(keys.secret)"

    private func withGateway(
        before upstream: ScriptedUpstream, _ settings: String = Self.credentials, also more: String = "",
        environment: [String: String] = [:], _ body: (GatewayProcess) throws -> Void
    ) throws {
        defer { upstream.stop() }
        let configuration = """
            providers:
              bedrock: { base_url: "http://127.0.0.1:\(upstream.port)", location: eu-west-3, \(settings) }
            \(more)
            """
        try EndToEndTests.withGateway(configuration, environment: environment, body)
    }

    private func ask(
        _ gateway: GatewayProcess, streams: Bool = false, model: String = Self.model, more: String = ""
    ) throws -> HTTPMessage {
        try gateway.chat(model: "bedrock/" + model, more: (streams ? #", "stream": true"# : "") + more)
    }

    private static func answer(_ content: String = #"{"text":"Héllo"}"#, stop: String = "end_turn") -> String {
        """
        {"metrics":{"latencyMs":12},"output":{"message":{"content":[\(content)],"role":"assistant"}},\
        "stopReason":"\(stop)","usage":{"inputTokens":7,"outputTokens":3,"totalTokens":10}}
        """
    }

    // MARK: Signatures

    /// The `authorization` that botocore gives the same request.
    private func signedAnew(_ request: HTTPMessage, token: String? = nil) throws -> String? {
        let folder = try ScratchFolder()
        let facts: [String: Any] = [
            "method": request.method, "target": request.path, "headers": request.fields.map { [$0.name, $0.value] },
            "body": Data(request.body).base64EncodedString(),
        ]
        let text = String(decoding: try JSONSerialization.data(withJSONObject: facts), as: UTF8.self)
        try folder.write(text, to: "request.json")
        let arguments = ["\(folder.path)/request.json", Self.keys.id, Self.keys.secret, "eu-west-3", "bedrock"]
        return try PythonScript.run("aws_signature.py", arguments + (token.map { [$0] } ?? []))["authorization"].string
    }

    @Test func `what is sent bears the signature that AWS's own library gives it`() throws {
        let upstream = try ScriptedUpstream(answering: Self.answer())
        try withGateway(before: upstream) { gateway throws in
            let answer = try ask(gateway)
            #expect(answer.json["choices"][0]["message"]["content"].string == "Héllo")
            #expect(answer.json["model"].string == Self.model)
            let arn = "arn:aws:bedrock:eu-west-3:123456789012:application-inference-profile/abc"
            #expect(try ask(gateway, model: arn, more: #", "user": "日本 \" \\ +&?""#).status == 200)
            let sent = [try upstream.call(1), try upstream.call(2)]
            #expect(sent[0].path == Self.path)
            let escaped = "arn%3Aaws%3Abedrock%3Aeu-west-3%3A123456789012%3Aapplication-inference-profile%2Fabc"
            #expect(sent[1].path == "/model/\(escaped)/converse")
            for request in sent {
                #expect(request.all("authorization").count == 1 && request.all("host").count == 1)
                #expect(try signedAnew(request) == request["authorization"])
                #expect(request["authorization"]?.contains("SignedHeaders=content-type;host;x-amz-date,") == true)
            }
        }
    }

    @Test func `a long body is signed as it is sent, a session's token and the operator's own headers with it`() throws
    {
        let upstream = try ScriptedUpstream(answering: Self.answer())
        let settings = Self.credentials + #", session_token: "FwoG//t+oken==", headers: { X-Amz-Target: "a   b" }"#
        try withGateway(before: upstream, settings) { gateway throws in
            let text = String(repeating: "long ", count: 20_000)
            #expect(try gateway.chat(text, model: "bedrock/m").status == 200)
            let sent = try upstream.call(1)
            #expect(sent["x-amz-security-token"] == "FwoG//t+oken==")
            #expect(try signedAnew(sent, token: "FwoG//t+oken==") == sent["authorization"])
            #expect(sent["authorization"]?.contains("x-amz-date;x-amz-security-token;x-amz-target,") == true)
        }
    }

    @Test func `AWS's own variables give credentials and region, and the file beats them`() throws {
        let upstream = try ScriptedUpstream(answering: Self.answer())
        let variables = [
            "AWS_ACCESS_KEY_ID": Self.keys.id, "AWS_SECRET_ACCESS_KEY": Self.keys.secret, "AWS_SESSION_TOKEN": "token",
            "AWS_REGION": "eu-central-1",
        ]
        try withGateway(before: upstream, "models: [m]", environment: variables) { gateway throws in
            #expect(try ask(gateway, model: "m").status == 200)
            let sent = try upstream.call(1)
            #expect(sent["authorization"]?.contains("/eu-west-3/bedrock/aws4_request") == true)
            #expect(try signedAnew(sent, token: "token") == sent["authorization"])
        }
    }

    @Test func `a token of the variables doesn't go with a key of the file`() throws {
        let upstream = try ScriptedUpstream(answering: Self.answer())
        try withGateway(before: upstream, environment: ["AWS_SESSION_TOKEN": "another's"]) { gateway throws in
            #expect(try ask(gateway).status == 200)
            #expect(try upstream.call(1)["x-amz-security-token"] == nil)
        }
    }

    @Test func `an API key is sent as it is`() throws {
        let upstream = try ScriptedUpstream(answering: Self.answer())
        try withGateway(before: upstream, "api_key: bedrock-api-key-0123456789") { gateway throws in
            #expect(try ask(gateway).status == 200)
            let sent = try upstream.call(1)
            #expect(sent.all("authorization") == ["Bearer bedrock-api-key-0123456789"] && sent["x-amz-date"] == nil)
        }
    }

    @Test(arguments: [
        ("location: eu-west-3", "access_key_id"), ("access_key_id: a, secret_access_key: b", "location"),
    ])
    func `what lacks is named`(settings: String, lacking: String) throws {
        try EndToEndTests.withGateway("providers: { bedrock: { \(settings) } }") { gateway throws in
            let answer = try ask(gateway)
            #expect(answer.status == 500 && answer.json["error"]["code"].string == "provider_not_configured")
            #expect(answer.json["error"]["message"].string?.contains("providers.bedrock.\(lacking)") == true)
        }
    }

    // MARK: Streams

    private static let eventStream = "application/vnd.amazon.eventstream"

    private static func textDelta(_ text: String) -> [UInt8] {
        EventStreamMessage.event("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"text":"\#(text)"},"p":"abc"}"#)
    }

    private static let start = EventStreamMessage.event("messageStart", #"{"role":"assistant"}"#)
    private static func stop(_ reason: String = "end_turn") -> [UInt8] {
        EventStreamMessage.event("contentBlockStop", #"{"contentBlockIndex":0}"#)
            + EventStreamMessage.event("messageStop", #"{"stopReason":"\#(reason)"}"#)
            + EventStreamMessage.event(
                "metadata", #"{"usage":{"inputTokens":7,"outputTokens":3,"totalTokens":10},"metrics":{"latencyMs":9}}"#)
    }

    /// Sends a stream in pieces of `size` bytes.
    /// - Parameter pause: After each piece, in microseconds.
    private static func stream(_ bytes: [UInt8], inPiecesOf size: Int, pause: UInt32 = 0) throws -> ScriptedUpstream {
        try ScriptedUpstream { call in
            try call.startStream(type: eventStream, headers: ["x-amzn-requestid: 5f3c-aws"])
            for start in stride(from: 0, to: bytes.count, by: size) {
                try call.chunk(Array(bytes[start..<min(start + size, bytes.count)]))
                usleep(pause)  // so that pieces aren't read as one
            }
            try call.endStream()
        }
    }

    @Test(arguments: [1, 7, 100_000])
    func `a stream is told in the client's events, however its bytes are split`(size: Int) throws {
        let upstream = try Self.stream(
            Self.start + Self.textDelta("Hé") + Self.textDelta("llo") + Self.stop(), inPiecesOf: size)
        try withGateway(before: upstream) { gateway throws in
            let answer = try ask(gateway, streams: true, more: #", "stream_options": {"include_usage": true}"#)
            #expect(answer.text.contains(#""content":"Hé""#) && answer.text.contains(#""content":"llo""#))
            #expect(answer.text.contains(#""finish_reason":"stop""#) && answer.text.contains(#""prompt_tokens":7"#))
            #expect(answer.text.hasSuffix("data: [DONE]\n\n"))
            let sent = try upstream.call(1)
            #expect(sent.path == Self.path + "-stream" && sent["accept"] == Self.eventStream)
            #expect(try signedAnew(sent) == sent["authorization"])
            let line = try gateway.logLine { $0["stream"].bool == true }
            #expect(line["provider"].string == "bedrock" && line["upstream_model"].string == Self.model)
            #expect(line["outcome"].string == "ok" && line["upstream_request_id"].string == "5f3c-aws")
            #expect(line["input_tokens"].int == 7 && line["output_tokens"].int == 3)
            #expect(line["usage_source"].string == "provider")
        }
    }

    @Test func `every client gets its own format's stream`() throws {
        let upstream = try Self.stream(Self.start + Self.textDelta("Héllo") + Self.stop(), inPiecesOf: 50)
        try withGateway(before: upstream, also: "routing: { default_provider: bedrock }") { gateway throws in
            let turn = #""messages":[{"role":"user","content":"Hi"}]"#
            for (path, body, expected) in [
                ("/v1/messages", #"{"model":"m","max_tokens":9,"stream":true,\#(turn)}"#, "event: message_stop"),
                ("/v1/responses", #"{"model":"m","stream":true,"input":"Hi"}"#, "response.completed"),
                ("/v1/completions", #"{"model":"m","stream":true,"prompt":"Hi"}"#, "[DONE]"),
                ("/api/chat", #"{"model":"m",\#(turn)}"#, #""done_reason":"stop""#),
                (
                    "/v1beta/models/m:streamGenerateContent?alt=sse",
                    #"{"contents":[{"role":"user","parts":[{"text":"Hi"}]}]}"#, #""finishReason":"STOP""#
                ),
            ] {
                let answer = try gateway.ask("POST", path, body)
                #expect(answer.status == 200, "\(path): \(answer.text)")
                #expect(answer.text.contains("Héllo") && answer.text.contains(expected), "\(path): \(answer.text)")
            }
        }
    }

    @Test func `tools go there and back, whole and streamed`() throws {
        let call = #"{"toolUse":{"toolUseId":"tooluse_1","name":"f","input":{"a":"b"}}}"#
        let events =
            Self.start
            + EventStreamMessage.event(
                "contentBlockStart",
                #"{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"tooluse_1","name":"f"}}}"#)
            + EventStreamMessage.event(
                "contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{\"a\":"}}}"#)
            + EventStreamMessage.event(
                "contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"\"b\"}"}}}"#)
            + Self.stop("tool_use")
        let upstream = try ScriptedUpstream { answering in
            guard answering.request.path.hasSuffix("-stream") else {
                return try answering.answer(Self.answer(call, stop: "tool_use"))
            }
            try answering.startStream(type: Self.eventStream)
            try answering.chunk(events)
            try answering.endStream()
        }
        let tools = """
            , "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", \
            "properties": {"a": {"type": "string"}}}}}], "tool_choice": "required"
            """
        try withGateway(before: upstream) { gateway throws in
            let choice = try ask(gateway, more: tools).json["choices"][0]
            #expect(choice["finish_reason"].string == "tool_calls")
            let called = choice["message"]["tool_calls"][0]
            #expect(called["id"].string == "tooluse_1" && called["function"]["arguments"].string == #"{"a":"b"}"#)
            let sent = try upstream.call(1).json["toolConfig"]
            #expect(sent["tools"][0]["toolSpec"]["name"].string == "f" && !sent["toolChoice"]["any"].isNull)

            let streamed = try ask(gateway, streams: true, more: tools)
            #expect(streamed.text.contains("tooluse_1") && streamed.text.contains(#""finish_reason":"tool_calls""#))

            let history = """
                {"model":"bedrock/m","messages":[{"role":"user","content":"Go"},{"role":"assistant","content":null,\
                "tool_calls":[{"id":"tooluse_1","type":"function","function":{"name":"f","arguments":"{\\"a\\":\\"b\\"}"}}]},\
                {"role":"tool","tool_call_id":"tooluse_1","content":"done"}]}
                """
            #expect(try gateway.ask("POST", "/v1/chat/completions", history).status == 200)
            let turns = try upstream.call(3).json["messages"]
            #expect(turns[1]["content"][0]["toolUse"]["input"]["a"].string == "b")
            #expect(turns[2]["content"][0]["toolResult"]["content"][0]["text"].string == "done")
        }
    }

    // MARK: Failures

    /// How a stream that has begun may go wrong: its bytes, and the code that the client and the log see.
    private static let broken: [(bytes: [UInt8], code: String)] = {
        let begun = start + textDelta("Hé")
        var corrupt = textDelta("llo")
        corrupt[corrupt.count - 6] ^= 1
        var impossible = textDelta("llo")
        impossible[2] ^= 0x80
        return [
            (
                begun + EventStreamMessage.exception("throttlingException", #"{"message":"Slow down."}"#),
                "provider_rate_limited"
            ),
            (
                begun + EventStreamMessage.exception("modelStreamErrorException", #"{"message":"Lost."}"#),
                "provider_error"
            ),
            (begun + corrupt + stop(), "provider_bad_response"),
            (begun + impossible + stop(), "provider_bad_response"),
            (begun, "provider_unreachable"), (begun + textDelta("llo").dropLast(5), "provider_unreachable"),
        ]
    }()

    @Test(arguments: [0, 1, 2, 3, 4, 5])
    func `a stream that breaks ends with an error, never cleanly`(place: Int) throws {
        let (bytes, code) = Self.broken[place]
        let upstream = try Self.stream(bytes, inPiecesOf: 33, pause: 20_000)
        try withGateway(before: upstream) { gateway throws in
            let answer = try ask(gateway, streams: true)
            #expect(
                answer.text.contains(#""content":"Hé""#) && answer.text.contains(#""code":"\#(code)""#),
                "\(answer.text)")
            #expect(!answer.text.contains("[DONE]") && !answer.text.contains("llo"))
            #expect(!answer.text.contains(#""finish_reason":"stop""#))
            let line = try gateway.logLine { $0["stream"].bool == true }
            #expect(line["outcome"].string == "provider_error" && line["error_code"].string == code)
            #expect(line["usage_source"].string == "estimated")
            let metrics = try gateway.metrics()
            #expect(metrics.sum("llm_gateway_requests_total", ["outcome": "provider_error"]) == 1)
            #expect(metrics.sum("llm_gateway_requests_total", ["outcome": "ok"]) == 0)
        }
    }

    @Test func `an exception before the first event is an answer with its status`() throws {
        let upstream = try Self.stream(
            EventStreamMessage.exception("throttlingException", #"{"message":"Slow down."}"#), inPiecesOf: 10)
        try withGateway(before: upstream) { gateway throws in
            let answer = try ask(gateway, streams: true)
            #expect(answer.status == 429 && answer.json["error"]["message"].string == "Slow down.")
        }
    }

    @Test func `what isn't an event stream is refused`() throws {
        let upstream = try ScriptedUpstream(answering: Self.answer())
        try withGateway(before: upstream) { gateway throws in
            let answer = try ask(gateway, streams: true)
            #expect(answer.status == 502 && answer.json["error"]["code"].string == "provider_bad_response")
        }
    }

    @Test(arguments: [
        (429, "ThrottlingException", 429, "provider_rate_limited"), (400, "ValidationException", 400, "invalid_value"),
        (403, "AccessDeniedException", 502, "provider_auth_failed"),
        (400, "ExpiredTokenException", 502, "provider_auth_failed"),
        (424, "ModelErrorException", 502, "provider_error"),
        (429, "ModelNotReadyException", 502, "provider_error"), (408, "ModelTimeoutException", 504, "provider_timeout"),
        (503, "ServiceUnavailableException", 502, "provider_error"),
        (404, "ResourceNotFoundException", 404, "resource_not_found"),
    ])
    func `a refusal is understood by its kind`(sent: Int, kind: String, status: Int, code: String) throws {
        let upstream = try ScriptedUpstream { call in
            try call.answer(
                #"{"message":"No, says AWS."}"#, status: "\(sent) Any",
                headers: ["x-amzn-errortype: \(kind):http://internal.amazon.com/coral/com.amazon.bedrock/"])
        }
        try withGateway(before: upstream) { gateway throws in
            let answer = try ask(gateway)
            #expect(answer.status == status && answer.json["error"]["code"].string == code, "\(answer.text)")
            let line = try gateway.logLine { $0["error_code"].string == code }
            #expect(line["error_detail"].string == "status \(sent), \(kind)")
            #expect(
                !answer.text.contains(Self.keys.secret) && !gateway.program.standardOutput.contains(Self.keys.secret))
        }
    }

    @Test func `it is ready while its host answers anything but a refusal`() throws {
        let upstream = try ScriptedUpstream(answering: Self.answer())
        try withGateway(before: upstream) { gateway throws in
            try eventually("a probe that finds it up") { () throws -> Bool in
                try gateway.ask("GET", "/ready").json["providers"]["bedrock"]["status"].string == "up"
            }
            #expect(upstream.calls.isEmpty, "no probe costs anything")
        }
    }
}
