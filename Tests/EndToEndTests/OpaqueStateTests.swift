import Foundation
import Testing

/// What providers want back with their tool calls, before clients that keep only the fields that they know.
@Suite(.ownThread) struct OpaqueStateTests {
    private let tools = """
        , "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}]
        """

    /// The next turn, as a client writes it that knows nothing but an id, a name and arguments.
    private func nextTurn(model: String, id: String, name: String = "f", more: String = "") -> String {
        """
        {"model": "\(model)", "messages": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": null, \
        "tool_calls": [{"id": "\(id)", "type": "function", "function": {"name": "\(name)", "arguments": "{}"}}]}, \
        {"role": "tool", "tool_call_id": "\(id)", "content": "done"}]\(more)}
        """
    }

    private static func gemini(streams: Bool) throws -> ScriptedUpstream {
        let answer = """
            {"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"f","args":{}},\
            "thoughtSignature":"c2lnbmF0dXJl"}]},"finishReason":"STOP"}],"modelVersion":"g","responseId":"r"}
            """
        return try ScriptedUpstream { call in
            guard streams else { return try call.answer(answer) }
            try call.startStream()
            try call.event(answer)
            try call.endStream()
        }
    }

    private func withGemini(
        streams: Bool = false, _ body: (GatewayProcess, ScriptedUpstream) throws -> Void
    ) throws {
        let upstream = try Self.gemini(streams: streams)
        defer { upstream.stop() }
        try withGateway(
            #"providers: { up: { type: gemini, base_url: "http://127.0.0.1:\#(upstream.port)/v1beta", api_key: k } }"#
        ) { gateway throws in try body(gateway, upstream) }
    }

    /// The id of the call in an answer or in a stream.
    private func callID(_ answer: HTTPMessage) throws -> String {
        let text = answer.text
        let key = try #require(text.range(of: #""tool_calls":"#))
        let id = try #require(text.range(of: #""id":""#, range: key.upperBound..<text.endIndex))
        return String(text[id.upperBound...].prefix { $0 != "\"" })
    }

    @Test(arguments: [false, true])
    func `a thought signature that the client has dropped is back in the next turn`(streams: Bool) throws {
        try withGemini(streams: streams) { gateway, upstream throws in
            let more = tools + (streams ? #", "stream": true"# : "")
            let id = try callID(
                gateway.ask("POST", "/v1/chat/completions", chatBody(model: "gemini-3-pro", more: more)))
            let next = try gateway.ask(
                "POST", "/v1/chat/completions", nextTurn(model: "gemini-3-pro", id: id, more: more))
            #expect(next.status == 200 && next["x-llm-gateway-dropped-params"] == nil)
            let part = try upstream.call(2).json["contents"][1]["parts"][0]
            #expect(part["functionCall"]["name"].string == "f")
            #expect(part["thoughtSignature"].string == "c2lnbmF0dXJl")
        }
    }

    @Test func `an Anthropic client, whose API has no place for it, need not know of it`() throws {
        try withGemini { gateway, upstream throws in
            let first = try gateway.ask(
                "POST", "/v1/messages",
                #"{"model":"gemini-3-pro","max_tokens":99,"messages":[{"role":"user","content":"Hi"}]}"#)
            let block = first.json["content"][0]
            let id = try #require(block["id"].string)
            #expect(block["type"].string == "tool_use")
            let next = """
                {"model":"gemini-3-pro","max_tokens":99,"messages":[{"role":"user","content":"Hi"},{"role":"assistant",\
                "content":[{"type":"tool_use","id":"\(id)","name":"f","input":{}}]},{"role":"user","content":\
                [{"type":"tool_result","tool_use_id":"\(id)","content":"done"}]}]}
                """
            #expect(try gateway.ask("POST", "/v1/messages", next).status == 200)
            #expect(
                try upstream.call(2).json["contents"][1]["parts"][0]["thoughtSignature"].string == "c2lnbmF0dXJl")
        }
    }

    @Test func `one that nobody remembers is replaced by what skips the check, and reported`() throws {
        try withGemini { gateway, upstream throws in
            _ = try gateway.ask("POST", "/v1/chat/completions", chatBody(model: "gemini-3-pro", more: tools))
            let next = try gateway.ask(
                "POST", "/v1/chat/completions", nextTurn(model: "gemini-3-pro", id: "call_of_nobody", more: tools))
            #expect(next["x-llm-gateway-dropped-params"] == "thought_signature")
            #expect(
                try upstream.call(2).json["contents"][1]["parts"][0]["thoughtSignature"].string
                    == "skip_thought_signature_validator")
        }
    }

    @Test func `what Claude thought before a call comes back signed, in front of the call`() throws {
        let upstream = try ScriptedUpstream(
            answering: """
                {"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[{"type":"thinking",\
                "thinking":"Hm…","signature":"sig=="},{"type":"redacted_thinking","data":"sealed"},{"type":"tool_use",\
                "id":"toolu_1","name":"f","input":{}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":2}}
                """)
        defer { upstream.stop() }
        try withGateway(
            #"providers: { up: { type: anthropic, base_url: "http://127.0.0.1:\#(upstream.port)", api_key: k } }"#
        ) { gateway throws in
            let more = tools + #", "thinking": {"type": "enabled", "budget_tokens": 2000}"#
            let first = try gateway.ask("POST", "/v1/chat/completions", chatBody(model: "claude-x", more: more))
            let id = try callID(first)
            let next = try gateway.ask(
                "POST", "/v1/chat/completions", nextTurn(model: "claude-x", id: id, more: more))
            #expect(next.status == 200)
            let content = try upstream.call(2).json["messages"][1]["content"]
            #expect(content[0]["thinking"].string == "Hm…" && content[0]["signature"].string == "sig==")
            #expect(content[1]["data"].string == "sealed" && content[2]["id"].string == "toolu_1")
        }
    }

    @Test func `a provider gets nothing back that is another's`() throws {
        let claude = try ScriptedUpstream(
            answering: """
                {"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[{"type":"text","text":"ok"}],\
                "stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":2}}
                """)
        let gemini = try Self.gemini(streams: false)
        defer { for upstream in [claude, gemini] { upstream.stop() } }
        let configuration = """
            providers:
              google: { type: gemini, base_url: "http://127.0.0.1:\(gemini.port)/v1beta", api_key: k }
              claude: { type: anthropic, base_url: "http://127.0.0.1:\(claude.port)", api_key: k }
            """
        try withGateway(configuration) { gateway throws in
            let id = try callID(
                gateway.ask("POST", "/v1/chat/completions", chatBody(model: "google/gemini-3-pro", more: tools)))
            let next = try gateway.ask(
                "POST", "/v1/chat/completions", nextTurn(model: "claude/claude-x", id: id, more: tools))
            #expect(next.status == 200 && next["x-llm-gateway-dropped-params"] == nil)
            #expect(try !claude.call(1).text.contains("c2lnbmF0dXJl"))
        }
    }
}
