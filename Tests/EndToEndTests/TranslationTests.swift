import Foundation
import Testing

/// An OpenAI client before a server that speaks Anthropic's format: what goes up, what comes back, and what happens when
/// it goes wrong.
@Suite(.ownThread) struct TranslationTests {
    private static let message = """
        {"id":"msg_01","type":"message","role":"assistant","model":"claude-x","content":[{"type":"text","text":"Hi!"},\
        {"type":"tool_use","id":"toolu_1","name":"f","input":{"a": 1.0}}],"stop_reason":"tool_use","stop_sequence":null,\
        "usage":{"input_tokens":7,"cache_read_input_tokens":2,"cache_creation_input_tokens":1,"output_tokens":5}}
        """

    private static func event(_ type: String, _ rest: String) -> String {
        "event: \(type)\ndata: {\"type\":\"\(type)\"\(rest)}\n\n"
    }

    private static let events: [String] = [
        event(
            "message_start",
            #","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,"output_tokens":1}}"#
        ),
        event("content_block_start", #","index":0,"content_block":{"type":"text","text":""}"#),
        "event: ping\ndata: {\"type\": \"ping\"}\n\n",
        event("content_block_delta", #","index":0,"delta":{"type":"text_delta","text":"Hé"}"#),
        event("content_block_delta", #","index":0,"delta":{"type":"text_delta","text":"llo"}"#),
        event("content_block_stop", #","index":0"#),
        event(
            "message_delta", #","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":4}"#),
        event("message_stop", ""),
    ]

    private func withGateway(
        before upstream: ScriptedUpstream, also more: String = "", _ body: (GatewayProcess) throws -> Void
    ) throws {
        defer { upstream.stop() }
        let configuration = """
            providers:
              claude: { type: anthropic, base_url: "http://127.0.0.1:\(upstream.port)", api_key: sk-ant-upstream-key }
            \(more)
            """
        try EndToEndTests.withGateway(configuration, body)
    }

    @Test func `a call is said in the provider's format, with its credential and version`() throws {
        let upstream = try ScriptedUpstream(answering: Self.message)
        try withGateway(before: upstream) { gateway throws in
            let body = """
                {"model":"claude-sonnet-4-5","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}],\
                "temperature":0.5,"seed":7,"stop":["END"],"tools":[{"type":"function","function":{"name":"f",\
                "parameters":{"type":"object","properties":{"a":{"type":"number"}}}}}]}
                """
            let answer = try gateway.ask("POST", "/v1/chat/completions", body, headers: ["openai-beta: x=1"])
            #expect(answer.status == 200)
            let sent = try upstream.call(1)
            #expect(sent.path == "/v1/messages" && sent["x-api-key"] == "sk-ant-upstream-key")
            #expect(sent["anthropic-version"] == "2023-06-01" && sent["openai-beta"] == nil)
            #expect(sent.json["model"].string == "claude-sonnet-4-5" && (sent.json["max_tokens"].int ?? 0) > 0)
            #expect(sent.json["messages"][0]["role"].string == "user" && sent.json["stop_sequences"][0].string == "END")
            #expect(answer["x-llm-gateway-dropped-params"] == "seed")

            let message = answer.json["choices"][0]["message"]
            #expect(answer.json["model"].string == "claude-x" && message["content"].string == "Hi!")
            #expect(answer.json["choices"][0]["finish_reason"].string == "tool_calls")
            #expect(message["tool_calls"][0]["id"].string == "toolu_1")
            #expect(message["tool_calls"][0]["function"]["arguments"].string == #"{"a": 1.0}"#)
            let usage = answer.json["usage"]
            #expect(usage["prompt_tokens"].int == 10 && usage["completion_tokens"].int == 5)
            #expect(usage["prompt_tokens_details"]["cached_tokens"].int == 2)
        }
    }

    @Test func `a stream is translated event by event, as the events come`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.startStream()
            for event in Self.events {
                // Each half of an event in a chunk of its own: also the two bytes of é.
                let bytes = Array(event.utf8)
                let middle = bytes.firstIndex(of: 0xA9) ?? bytes.count / 2
                try call.chunk(Array(bytes[..<middle]))
                try call.chunk(Array(bytes[middle...]))
            }
            try call.endStream()
        }
        try withGateway(before: upstream) { gateway throws in
            let body = chatBody(
                model: "claude-x", more: #", "stream": true, "stream_options": {"include_usage": true}"#)
            let answer = try gateway.ask("POST", "/v1/chat/completions", body)
            #expect(answer["content-type"]?.hasPrefix("text/event-stream") == true)
            let data = answer.text.split(separator: "\n\n").map { $0.dropFirst("data: ".count) }
            #expect(data.last == "[DONE]")
            let chunks = data.dropLast().map { JSON(String($0)) }
            let text = chunks.compactMap { $0["choices"][0]["delta"]["content"].string }.joined()
            #expect(text == "Héllo")
            #expect(chunks.compactMap { $0["choices"][0]["finish_reason"].string } == ["stop"])
            #expect(chunks.last?["usage"]["prompt_tokens"].int == 10)
            #expect(chunks.last?["usage"]["completion_tokens"].int == 4)
            #expect(chunks.allSatisfy { $0["model"].string == "claude-x" })
        }
    }

    @Test func `a translated stream that is cut never ends cleanly`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.startStream()
            for event in Self.events.prefix(5) { try call.chunk(event) }
            try call.endStream()
        }
        try withGateway(before: upstream) { gateway throws in
            let body = chatBody(model: "claude-x", more: #", "stream": true"#)
            let answer = try gateway.ask("POST", "/v1/chat/completions", body)
            #expect(answer.text.contains("Hé") && !answer.text.contains("[DONE]"))
            #expect(answer.text.contains(#""code":"provider_unreachable""#))
        }
    }

    @Test func `an error in the middle of a stream is told in the client's words`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.startStream()
            for event in Self.events.prefix(4) { try call.chunk(event) }
            try call.chunk(Self.event("error", #","error":{"type":"overloaded_error","message":"Overloaded, sorry"}"#))
            try call.endStream()
        }
        try withGateway(before: upstream) { gateway throws in
            let answer = try gateway.ask(
                "POST", "/v1/chat/completions", chatBody(model: "claude-x", more: #", "stream": true"#))
            #expect(answer.text.contains("Overloaded, sorry") && !answer.text.contains("[DONE]"))
        }
    }

    @Test func `an error that is a stream's first event becomes a status`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.startStream()
            try call.chunk(Self.event("error", #","error":{"type":"overloaded_error","message":"Overloaded"}"#))
            try call.endStream()
        }
        try withGateway(before: upstream) { gateway throws in
            let answer = try gateway.ask(
                "POST", "/v1/chat/completions", chatBody(model: "claude-x", more: #", "stream": true"#))
            #expect(answer.status == 503 && answer.json["error"]["code"].string == "provider_error")
        }
    }

    @Test func `an upstream's refusal is told in the client's shape, with the upstream's words`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.answer(
                #"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long"},"request_id":"r"}"#,
                status: "400 Bad Request")
        }
        try withGateway(before: upstream) { gateway throws in
            let answer = try gateway.chat(model: "claude-x")
            #expect(answer.status == 400 && answer.json["error"]["message"].string == "prompt is too long")
            #expect(answer.json["error"]["type"].string == "invalid_request_error")
        }
    }

    @Test func `an overloaded upstream is 503 for OpenAI's clients and 529 for Anthropic's`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.answer(
                #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
                status: "529 Overloaded")
        }
        try withGateway(before: upstream) { gateway throws in
            #expect(try gateway.chat(model: "claude-x").status == 503)
            let own = try gateway.ask(
                "POST", "/v1/messages",
                #"{"model":"claude-x","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}"#)
            #expect(own.status == 529 && own.json["error"]["type"].string == "overloaded_error")
        }
    }

    @Test func `what would change the answer's meaning is refused before anything is sent`() throws {
        let upstream = try ScriptedUpstream(answering: Self.message)
        try withGateway(before: upstream) { gateway throws in
            for (more, field) in [(#", "n": 2"#, "n"), (#", "logprobs": true"#, "logprobs")] {
                let answer = try gateway.chat(model: "claude-x", more: more)
                #expect(answer.status == 400 && answer.json["error"]["param"].string == field)
            }
            #expect(upstream.calls.isEmpty)
        }
    }

    @Test func `Anthropic's own format passes through byte for byte, its headers with it`() throws {
        let upstream = try ScriptedUpstream(answering: Self.message)
        try withGateway(before: upstream) { gateway throws in
            let body =
                #"{ "model":"claude-x" , "max_tokens":9,"x_new":[1.50],"messages":[{"role":"user","content":"h\u00e9"}]}"#
            let answer = try gateway.ask(
                "POST", "/v1/messages", body,
                headers: ["anthropic-version: 2026-10-21", "anthropic-beta: a,b", "x-api-key: client-secret"])
            #expect(answer.text == Self.message)
            let sent = try upstream.call(1)
            #expect(sent.text == body && sent.all("anthropic-version") == ["2026-10-21"])
            #expect(sent["anthropic-beta"] == "a,b" && sent["x-api-key"] == "sk-ant-upstream-key")
        }
    }

    @Test func `tokens are counted by the provider that can`() throws {
        let upstream = try ScriptedUpstream(answering: #"{"input_tokens":42}"#)
        try withGateway(before: upstream) { gateway throws in
            let body = #"{"model":"claude-x","messages":[{"role":"user","content":"Hi"}]}"#
            let answer = try gateway.ask("POST", "/v1/messages/count_tokens", body)
            #expect(answer.json["input_tokens"].int == 42 && answer["x-llm-gateway-token-count"] == nil)
            #expect(try upstream.call(1).path == "/v1/messages/count_tokens")
        }
    }

    @Test func `a silent upstream is bridged by keep-alives in the client's own way`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.startStream()
            usleep(900_000)  // several keep-alives long
            for event in Self.events { try call.chunk(event) }
            try call.endStream()
        }
        try withGateway(before: upstream, also: "server: { stream_keep_alive: 200ms }") { gateway throws in
            let chat = try gateway.ask(
                "POST", "/v1/chat/completions", chatBody(model: "claude-x", more: #", "stream": true"#))
            #expect(chat.text.hasPrefix(": keep-alive\n\n") && chat.text.hasSuffix("data: [DONE]\n\n"))
            let messages = try gateway.ask(
                "POST", "/v1/messages",
                #"{"model":"claude-x","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"Hi"}]}"#)
            #expect(messages.text.hasPrefix("event: ping\n") && messages.text.contains("event: message_stop"))
        }
    }

    @Test func `a call that fails after keep-alives ends its stream with an error event`() throws {
        let upstream = try ScriptedUpstream { call in
            usleep(700_000)  // several keep-alives long
            try call.answer(#"{"error":{"message":"no"}}"#, status: "500 Internal Server Error")
        }
        try withGateway(before: upstream, also: "server: { stream_keep_alive: 200ms }") { gateway throws in
            let answer = try gateway.ask(
                "POST", "/v1/chat/completions", chatBody(model: "claude-x", more: #", "stream": true"#))
            #expect(answer.status == 200 && answer.text.contains(#""code":"provider_error""#))
            #expect(!answer.text.contains("[DONE]"))
        }
    }

    @Test func `a server that refuses a wish for usage isn't sent one in a translated call either`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.startStream()
            for event in [Wording.delta("Hi there."), Wording.finish, "[DONE]"] { try call.event(event) }
            try call.endStream()
        }
        try EndToEndTests.withGateway(before: upstream, provider: "api_key: a, stream_usage: false") { gateway throws in
            let answer = try gateway.ask(
                "POST", "/v1/messages",
                #"{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"Hi"}]}"#)
            #expect(answer.text.contains("event: message_stop"))
            let sent = try upstream.call(1).json
            #expect(sent["stream"].bool == true && !sent.keys.contains("stream_options"))
            let line = try gateway.logLine(of: #require(answer["x-request-id"]))
            #expect(line["usage_source"].string == "estimated" && (line["output_tokens"].int ?? 0) > 0)
        }
    }
}
