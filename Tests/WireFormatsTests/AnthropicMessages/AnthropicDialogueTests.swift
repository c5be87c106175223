import Testing

@testable import WireFormats

@Suite struct AnthropicDialogueTests {
    private typealias Exchange = AnthropicExchange

    private func write(_ turns: [ChatTurn], instructions: [ChatPart] = []) throws -> (
        body: [String: Any], losses: [Loss]
    ) {
        try Exchange.write(ChatRequest(model: "m", instructions: instructions, turns: turns))
    }

    @Test func `each kind of part has its block`() throws {
        let signed = OpaqueState(origin: OpaqueState.anthropic, value: "Sig+/=")
        let foreign = ForeignPart(
            origin: OpaqueState.anthropic, type: "server_tool_use",
            json: Array(#"{"type":"server_tool_use","id":"s"}"#.utf8))
        let (body, losses) = try write([
            ChatTurn(
                .user,
                [
                    .text("Look:"), .image(Media(.base64("iVBORw0KGgoX"), mediaType: "image/jpeg")),
                    .image(Media(.base64("AAAA"), mediaType: "image/JPG")), .image(Media(.url("https://x/y"))),
                    .image(Media(.file("f"))),
                    ChatPart(.document(Media(.base64("JVBERi0x"), name: "T"))),
                    ChatPart(.document(Media(.base64("aMOkLHgK"), mediaType: "text/csv; charset=utf-8"))),
                    ChatPart(.document(Media(.text("words"), name: "W"))),
                    ChatPart(.document(Media(.url("https://d")))),
                    ChatPart(.document(Media(.base64("/9j/AAAA"), mediaType: "application/octet-stream"))),
                ]),
            ChatTurn(
                .assistant,
                [
                    ChatPart(.reasoning(""), state: signed), ChatPart(.hiddenReasoning, state: signed),
                    ChatPart(.refusal("No.")), ChatPart(.foreign(foreign)),
                    .toolCall(ToolCall(id: "1", name: "f", arguments: #"{"a":1}"#)),
                ]),
            ChatTurn(
                .user,
                [
                    .toolResult(
                        ToolResult(callID: "1", parts: [.text("bad"), .image(Media(.file("f")))], isError: true))
                ]),
        ])
        #expect(losses.isEmpty)
        #expect(
            Exchange.same(
                body["messages"],
                try Exchange.json(
                    #"""
                    [{"role":"user","content":[{"type":"text","text":"Look:"},
                      {"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgoX"}},
                      {"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"AAAA"}},
                      {"type":"image","source":{"type":"url","url":"https://x/y"}},
                      {"type":"image","source":{"type":"file","file_id":"f"}},
                      {"type":"document","title":"T","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0x"}},
                      {"type":"document","source":{"type":"text","media_type":"text/plain","data":"hä,x\n"}},
                      {"type":"document","title":"W","source":{"type":"text","media_type":"text/plain","data":"words"}},
                      {"type":"document","source":{"type":"url","url":"https://d"}},
                      {"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"/9j/AAAA"}}]},
                     {"role":"assistant","content":[{"type":"thinking","thinking":"","signature":"Sig+/="},
                      {"type":"redacted_thinking","data":"Sig+/="},{"type":"text","text":"No."},
                      {"type":"server_tool_use","id":"s"},{"type":"tool_use","id":"1","name":"f","input":{"a":1}}]},
                     {"role":"user","content":[{"type":"tool_result","tool_use_id":"1","is_error":true,
                      "content":[{"type":"text","text":"bad"},{"type":"image","source":{"type":"file","file_id":"f"}}]}]}]
                    """#)))
    }

    @Test func `texts that say nothing are dropped, and the end is stripped`() throws {
        let (body, _) = try write([
            ChatTurn(.user, [.text(""), .text("Hi"), .text(" \n")]), ChatTurn(.assistant, ""),
            ChatTurn(.user, "there"), ChatTurn(.assistant, "So \n"),
        ])
        #expect(
            Exchange.same(
                body["messages"],
                try Exchange.json(
                    #"""
                    [{"role":"user","content":[{"type":"text","text":"Hi"},{"type":"text","text":"there"}]},
                     {"role":"assistant","content":[{"type":"text","text":"So"}]}]
                    """#)))
    }

    @Test func `the user begins, and instructions alone are the user's`() throws {
        let begun = try write([ChatTurn(.assistant, "Hello")]).body["messages"] as? [[String: Any]]
        #expect(begun?.map { $0["role"] as? String } == ["user", "assistant"])
        let alone = try write([], instructions: [.text("Say hi.")]).body
        #expect(alone["system"] == nil)
        #expect(
            Exchange.same(
                alone["messages"], try Exchange.json(#"[{"role":"user","content":[{"type":"text","text":"Say hi."}]}]"#)
            ))
        let nothing = try write([ChatTurn(.user, "")]).body
        #expect(
            Exchange.same(
                nothing["messages"], try Exchange.json(#"[{"role":"user","content":[{"type":"text","text":"."}]}]"#)))
    }

    @Test func `system turns at the front are instructions, later ones the user's`() throws {
        let (body, _) = try write(
            [ChatTurn(.system, "B"), ChatTurn(.user, "Hi"), ChatTurn(.assistant, "Yo"), ChatTurn(.system, "C")],
            instructions: [.text("A")])
        #expect(
            Exchange.same(
                body["system"], try Exchange.json(#"[{"type":"text","text":"A"},{"type":"text","text":"B"}]"#)))
        let roles = (body["messages"] as? [[String: Any]])?.map { $0["role"] as? String }
        #expect(roles == ["user", "assistant", "user"])
    }

    @Test func `what other providers sealed is dropped whole`() throws {
        let other = OpaqueState(origin: OpaqueState.google, value: "g")
        let (body, losses) = try write([
            ChatTurn(.user, "Hi"),
            ChatTurn(
                .assistant,
                [
                    ChatPart(.reasoning("Hm."), state: other), ChatPart(.reasoning("unsigned")),
                    ChatPart(.hiddenReasoning, state: other),
                    ChatPart(.foreign(ForeignPart(origin: OpaqueState.openAI, type: "x", json: Array("{}".utf8)))),
                    ChatPart(.text("Yo"), state: other),
                ]),
            ChatTurn(.user, "Go on"),
        ])
        #expect(Set(losses.map(\.field)) == ["reasoning", "foreign_content", "thought_signature"])
        let messages = try #require(body["messages"] as? [[String: Any]])
        #expect(Exchange.same(messages[1]["content"], try Exchange.json(#"[{"type":"text","text":"Yo"}]"#)))
    }

    @Test func `a message does not end with a thought`() throws {
        let signed = OpaqueState(origin: OpaqueState.anthropic, value: "s")
        let (body, losses) = try write([
            ChatTurn(.user, "Hi"), ChatTurn(.assistant, [.text("Yo"), ChatPart(.reasoning("cut"), state: signed)]),
            ChatTurn(.user, "Go on"),
        ])
        #expect(losses.map(\.field) == ["reasoning"])
        let messages = try #require(body["messages"] as? [[String: Any]])
        #expect(Exchange.same(messages[1]["content"], try Exchange.json(#"[{"type":"text","text":"Yo"}]"#)))
    }

    @Test func `a long dialogue is written in a time that grows with its length`() throws {
        let turns = (0..<10_000).flatMap { number in
            [
                ChatTurn(.user, "Go on, and say something about \(number)."),
                ChatTurn(.assistant, [.text("Well."), .toolCall(ToolCall(id: "0", name: "f", arguments: "{}"))]),
                ChatTurn(.user, [ChatPart(.toolResult(ToolResult(callID: "0", text: "ok")), cacheHint: CacheHint())]),
            ]
        }
        var request = ChatRequest(model: "m", turns: turns)
        request.reasoning = .effort("high")
        var bytes: [UInt8] = []
        let time = try ContinuousClock().measure {
            _ = try AnthropicUpstreamCodec().encode(request, for: TargetTraits(reasoning: .budget), into: &bytes)
        }
        #expect(time < .seconds(20))
        let again = try Exchange.read(bytes.text)
        #expect(again.turns.count == 20_001)
    }
}
