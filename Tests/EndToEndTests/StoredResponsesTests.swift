import Foundation
import Testing

/// Responses that the gateway keeps, since their provider doesn't: what the official SDK and the provider see.
@Suite(.ownThread) struct StoredResponsesTests {
    private static let simulated = "providers: { simulated: {} }"

    private func sdk(
        _ name: String, at gateway: GatewayProcess, model: String = "simulated/echo", id: String? = nil
    ) throws -> JSON {
        let arguments = ["http://127.0.0.1:\(gateway.port)/v1", name, model] + (id.map { [$0] } ?? [])
        return try PythonScript.run("responses_client.py", arguments)
    }

    private func sdk(_ name: String, model: String = "simulated/echo") throws -> JSON {
        var result = JSON("null")
        try EndToEndTests.withGateway(Self.simulated) { result = try sdk(name, at: $0, model: model) }
        return result
    }

    private func withGateway(
        before upstream: ScriptedUpstream, also more: String = "", _ body: (GatewayProcess) throws -> Void
    ) throws {
        defer { upstream.stop() }
        try EndToEndTests.withGateway(
            """
            providers:
              claude: { type: anthropic, base_url: "http://127.0.0.1:\(upstream.port)", api_key: sk-ant-upstream-key }
            \(more)
            """, body)
    }

    private static func message(_ content: String, stop: String = "end_turn") -> String {
        """
        {"id":"msg_01","type":"message","role":"assistant","model":"claude-x","content":[\(content)],\
        "stop_reason":"\(stop)","stop_sequence":null,"usage":{"input_tokens":7,"output_tokens":5}}
        """
    }

    private static func text(_ text: String) -> String { #"{"type":"text","text":"\#(text)"}"# }

    private static func event(_ type: String, _ rest: String = "") -> String {
        "event: \(type)\ndata: {\"type\":\"\(type)\"\(rest)}\n\n"
    }

    /// A streamed answer that says `text`, or its beginning.
    private static func stream(_ text: String, to call: Call, isWhole: Bool = true) throws {
        try call.startStream()
        try call.chunk(
            event(
                "message_start",
                #","message":{"id":"m","type":"message","role":"assistant","model":"claude-x","content":[],"stop_reason":null,"usage":{"input_tokens":1,"output_tokens":1}}"#
            ) + event("content_block_start", #","index":0,"content_block":{"type":"text","text":""}"#)
                + event("content_block_delta", #","index":0,"delta":{"type":"text_delta","text":"\#(text)"}"#))
        guard isWhole else { return }
        try call.chunk(
            event("content_block_stop", #","index":0"#)
                + event("message_delta", #","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":4}"#)
                + event("message_stop"))
        try call.endStream()
    }

    private func create(
        _ gateway: GatewayProcess, _ input: String, after id: String? = nil, more: String = "",
        model: String = "claude-x"
    ) throws -> HTTPMessage {
        let previous = id.map { #","previous_response_id":"\#($0)""# } ?? ""
        return try gateway.ask(
            "POST", "/v1/responses", #"{"model":"\#(model)","input":\#(input)\#(previous)\#(more)}"#)
    }

    // MARK: Going on

    @Test func `a dialogue goes on by an answer's id, streamed or not, from any of its answers`() throws {
        let seen = try sdk("turns")
        let (first, second, third, branch) = (seen["first"], seen["second"], seen["third"], seen["branch"])
        #expect(first["text"].string == "one two" && second["text"].string == "three four")
        #expect(third["text"].string == "five" && branch["text"].string == "six")
        #expect(first["previous"].isNull && second["previous"].string == first["id"].string)
        #expect(third["previous"].string == second["id"].string && branch["previous"].string == first["id"].string)
        #expect(second["ids"].list?.count == 1 && second["ids"][0].string == second["id"].string)
        // A word is a token: "Be brief." of the first call is not heard again; what was said and answered is.
        #expect(first["input_tokens"].int == 4 && second["input_tokens"].int == 6)
        #expect(third["input_tokens"].int == 9 && branch["input_tokens"].int == 5)
    }

    @Test func `a tool's result finds the call of the turn before`() throws {
        let seen = try sdk("tools")
        #expect(seen["name"].string == "get_weather" && seen["arguments"]["city"].string != nil)
        #expect(seen["after"]["status"].string == "completed")
    }

    @Test func `the provider gets the whole dialogue, with what it wants back byte for byte`() throws {
        let thinking = #"{"type":"thinking","thinking":"Hm.","signature":"c2ln+/=="}"#
        let use = #"{"type":"tool_use","id":"toolu_1","name":"f","input":{"a": 1.50}}"#
        let upstream = try ScriptedUpstream { call in
            try call.answer(
                call.number == 1
                    ? Self.message("\(thinking),\(use)", stop: "tool_use") : Self.message(Self.text("Done.")))
        }
        try withGateway(before: upstream) { gateway throws in
            let tools = #","tools":[{"type":"function","name":"f","parameters":{"type":"object"}}]"#
            let first = try create(
                gateway, #""Go on.""#, more: #","instructions":"Rhyme.","reasoning":{"effort":"low"}"# + tools)
            let id = try #require(first.json["id"].string)
            #expect(first.json["store"].bool == true && id.hasPrefix("resp_"))
            let result = #"[{"type":"function_call_output","call_id":"toolu_1","output":"7"}]"#
            let second = try create(
                gateway, result, after: id, more: #","reasoning":{"effort":"low"}"# + tools)
            #expect(second.status == 200 && second.json["previous_response_id"].string == id)

            let sent = try upstream.call(2)
            #expect(sent.json["system"].isNull)
            let messages = sent.json["messages"]
            #expect(messages.list?.compactMap { $0["role"].string } == ["user", "assistant", "user"])
            #expect(sent.text.contains(#""signature":"c2ln+/==""#) && sent.text.contains(#"{"a": 1.50}"#))
            #expect(messages[2]["content"][0]["tool_use_id"].string == "toolu_1")
        }
    }

    @Test func `another process with the same store goes on, after the first has ended`() throws {
        let folder = try ScratchFolder()
        let store = ["LLM_GATEWAY_STORE_PATH": "\(folder.path)/shared/store.sqlite"]
        let one = try GatewayProcess(Self.simulated, environment: store)
        defer { one.program.signal(SIGKILL) }
        let other = try GatewayProcess(Self.simulated, environment: store)
        defer { other.program.signal(SIGKILL) }
        let first = try create(one, #""one two""#, model: "echo")
        let id = try #require(first.json["id"].string)
        try eventually("the other process sees it") {
            try other.ask("GET", "/v1/responses/\(id)").status == 200
        }
        #expect(try other.ask("GET", "/v1/responses/\(id)").body == first.body)
        let second = try create(other, #""three""#, after: id, model: "echo")
        let next = try #require(second.json["id"].string)
        one.program.signal(SIGTERM)
        other.program.signal(SIGTERM)
        #expect(try one.program.waitForExit(within: .seconds(10)) == 0)
        #expect(try other.program.waitForExit(within: .seconds(10)) == 0)

        try EndToEndTests.withGateway(Self.simulated, environment: store) { later throws in
            let third = try create(later, #""four""#, after: next, model: "echo")
            #expect(third.json["usage"]["input_tokens"].int == 2 + 2 + 1 + 1 + 1)
            #expect(try later.ask("DELETE", "/v1/responses/\(id)").json["deleted"].bool == true)
        }
    }

    // MARK: Reading and deleting

    @Test func `an answer is read as it was given, and gone once it is deleted`() throws {
        let seen = try sdk("keep_and_delete")
        #expect(seen["made"]["text"].string == "keep me" && seen["same"].bool == true)
        for attempt in ["after", "again"] {
            #expect(seen[attempt]["class"].string == "NotFoundError", "\(attempt)")
            #expect(seen[attempt]["code"].string == "response_not_found")
        }
        #expect(seen["on"]["class"].string == "NotFoundError")
        #expect(seen["on"]["code"].string == "previous_response_not_found")
        #expect(seen["on"]["param"].string == "previous_response_id")
    }

    @Test func `a streamed answer is read as a whole, and can't be streamed again`() throws {
        try EndToEndTests.withGateway(Self.simulated) { gateway throws in
            let stream = try create(gateway, #""one two""#, more: #","stream":true"#, model: "echo").text
            let last = try #require(stream.components(separatedBy: "\n\n").dropLast().last)
            let response = JSON(String(last.split(separator: "\n")[1].dropFirst("data: ".count)))["response"]
            let id = try #require(response["id"].string)
            let read = try gateway.ask("GET", "/v1/responses/\(id)")
            #expect(read.status == 200 && read["content-type"] == "application/json")
            #expect(last.contains(read.text))
            #expect(try gateway.ask("GET", "/v1/responses/\(id)?stream=true").status == 400)
            #expect(try gateway.ask("POST", "/v1/responses/\(id)", "{}")["allow"] == "GET, DELETE")
            let deleted = try gateway.ask("DELETE", "/v1/responses/\(id)")
            #expect(deleted.text == #"{"id":"\#(id)","object":"response","deleted":true}"#)
        }
    }

    @Test func `ids that were changed, cut or made up are not found`() throws {
        let seen = try sdk("forged")
        for name in ["changed", "cut", "invented"] {
            #expect(seen[name].list?.compactMap { $0["status"].int } == [404, 404, 404], "\(name)")
        }
        #expect(seen["mine"]["class"].isNull)
    }

    @Test func `what a client doesn't want stored is not`() throws {
        try EndToEndTests.withGateway(Self.simulated) { gateway throws in
            let answer = try create(gateway, #""a""#, more: #","store":false"#, model: "echo")
            let id = try #require(answer.json["id"].string)
            #expect(answer.json["store"].bool == false)
            #expect(try gateway.ask("GET", "/v1/responses/\(id)").status == 404)
            #expect(try create(gateway, #""b""#, after: id, model: "echo").status == 404)
            // Who goes on without storing is told from where all the same.
            let kept = try #require(try create(gateway, #""a""#, model: "echo").json["id"].string)
            let next = try create(gateway, #""b""#, after: kept, more: #","store":false"#, model: "echo")
            #expect(next.json["previous_response_id"].string == kept && next.json["store"].bool == false)
        }
    }

    @Test func `neither reading nor deleting is counted as a call of a model`() throws {
        try EndToEndTests.withGateway(Self.simulated) { gateway throws in
            let id = try #require(try create(gateway, #""a""#, model: "echo").json["id"].string)
            for _ in 0..<3 { _ = try gateway.ask("GET", "/v1/responses/\(id)") }
            _ = try gateway.ask("DELETE", "/v1/responses/\(id)")
            _ = try gateway.ask("GET", "/v1/responses/\(id)")
            let requests = try gateway.metrics().all.filter { $0.name == "llm_gateway_requests_total" }
            #expect(requests.reduce(0) { $0 + $1.value } == 1)
        }
    }

    // MARK: What goes wrong

    @Test func `a stream that breaks off or is given up is not stored`() throws {
        let upstream = try ScriptedUpstream { call in
            try Self.stream("half", to: call, isWhole: false)
            // The second one only falls silent: its client goes away meanwhile.
            if call.number == 1 { call.reset() } else { usleep(500_000) }
        }
        try withGateway(before: upstream) { gateway throws in
            let broken = try create(gateway, #""a""#, more: #","stream":true"#)
            #expect(broken.text.contains("response.failed") && !broken.text.contains("response.completed"))
            let wire = try gateway.connect()
            let body = #"{"model":"claude-x","input":"a","stream":true}"#
            try wire.send(request("POST", "/v1/responses", body))
            let begun = try wire.take(through: "half", within: .seconds(5))
            wire.close()
            _ = try gateway.logLine { $0["status"].int == 499 }
            for text in [broken.text, begun] {
                let id = try #require(text.firstMatch(of: /"id":"(resp_[^"]+)"/)).1
                #expect(try gateway.ask("GET", "/v1/responses/\(id)").status == 404)
                #expect(try create(gateway, #""b""#, after: String(id)).status == 404)
            }
        }
    }

    @Test func `a dialogue that has grown longer than a body may be is refused`() throws {
        try EndToEndTests.withGateway("\(Self.simulated)\nserver: { max_body_bytes: 64KiB }") { gateway throws in
            let long = #""\#(String(repeating: "word ", count: 8000))""#
            let first = try create(gateway, long, model: "echo")
            #expect(first.status == 200)
            let second = try create(gateway, #""more""#, after: first.json["id"].string, model: "echo")
            #expect(second.status == 413 && second.json["error"]["code"].string == "request_too_large")
        }
    }

    @Test func `without a store the gateway serves on, says so, and promises nothing`() throws {
        let folder = try ScratchFolder()
        try folder.write("I am no database, and I am longer than sixteen bytes.", to: "store.sqlite")
        let store = ["LLM_GATEWAY_STORE_PATH": "\(folder.path)/store.sqlite"]
        try EndToEndTests.withGateway(Self.simulated, environment: store) { gateway throws in
            try eventually("a warning at the start") {
                gateway.logLines.contains {
                    $0["level"].string == "warning" && $0["reason"].string == "it is no SQLite database"
                }
            }
            let answer = try create(gateway, #""a b""#, model: "echo")
            #expect(answer.status == 200 && answer.json["store"].bool == false)
            let id = try #require(answer.json["id"].string)
            #expect(try gateway.ask("GET", "/v1/responses/\(id)").status == 404)
        }
    }
}
