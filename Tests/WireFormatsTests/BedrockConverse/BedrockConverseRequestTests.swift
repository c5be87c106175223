import Testing

@testable import WireFormats

/// A call as Converse writes it, and what was lost on the way.
func converse(
    _ request: ChatRequest, for target: TargetTraits = TargetTraits()
) throws(Untranslatable) -> (body: String, losses: [String]) {
    var body: [UInt8] = []
    let losses = try BedrockConverseCodec().encode(request, for: target, into: &body)
    #expect(body.withUnsafeBytes { (try? JSONTape().parse($0)) != nil })
    return (body.text, losses.map(\.field))
}

@Suite struct BedrockConverseRequestTests {
    private static let claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"

    private func request(_ turns: [ChatTurn] = [ChatTurn(.user, "Hi")], model: String = claude) -> ChatRequest {
        ChatRequest(model: model, turns: turns)
    }

    /// What stands in the body behind `"messages":` for one user's turn of these parts.
    private func blocks(_ parts: ChatPart..., model: String = claude) throws -> String {
        let body = try converse(request([ChatTurn(.user, parts)], model: model)).body
        let start = #"{"messages":[{"role":"user","content":"#
        #expect(body.hasPrefix(start))
        return String(body.dropFirst(start.count).dropLast(#"}],"inferenceConfig":{}}"#.count))
    }

    @Test func `a small call is a small body without its model`() throws {
        let written = try converse(request())
        #expect(written.body == #"{"messages":[{"role":"user","content":[{"text":"Hi"}]}],"inferenceConfig":{}}"#)
        #expect(written.losses.isEmpty)
    }

    @Test func `every field has its place`() throws {
        var call = request([
            ChatTurn(.user, [ChatPart(.text("Hi"), cacheHint: CacheHint())]),
            ChatTurn(
                .assistant,
                [
                    ChatPart(.reasoning("Hm"), state: OpaqueState(origin: "anthropic", value: "Sig=")),
                    ChatPart(.hiddenReasoning, state: OpaqueState(origin: "anthropic", value: "Sealed")),
                    .toolCall(ToolCall(id: "t1", name: "f", arguments: #"{"a":1.0}"#)),
                    .toolCall(ToolCall(id: "t2", name: "g", arguments: "")),
                ]),
            ChatTurn(
                .user,
                [
                    .toolResult(ToolResult(callID: "t1", text: "one")),
                    .toolResult(ToolResult(callID: "t2", text: "bad", isError: true)),
                ]),
        ])
        call.instructions = [
            ChatPart(.text("Be brief."), cacheHint: CacheHint(lifetime: "1h")), .text(" \n"), .text("Be kind."),
        ]
        call.tools = [
            ChatTool(name: "f", description: "d", schema: Array(#"{"type" : "object"}"#.utf8), isStrict: true),
            ChatTool(name: "g"),
        ]
        call.tools[1].cacheHint = CacheHint(lifetime: "1h")
        call.toolChoice = .auto
        call.reasoning = .budget(2000)
        call.maxOutputTokens = 4000
        call.sampling.topP = 0.97
        call.stop = ["END"]
        call.answerForm = .schema(
            AnswerSchema(name: "s", description: "x", schema: Array(#"{"type":"object"}"#.utf8), isStrict: true))
        let written = try converse(call)
        #expect(
            written.body
                == #"{"toolConfig":{"tools":[{"toolSpec":{"name":"f","description":"d","inputSchema":{"json":{"type" : "object"}},"strict":true}},"#
                + #"{"toolSpec":{"name":"g","inputSchema":{"json":{"type":"object","properties":{}}}}},"#
                + #"{"cachePoint":{"type":"default","ttl":"1h"}}],"toolChoice":{"auto":{}}},"#
                + #""system":[{"text":"Be brief."},{"cachePoint":{"type":"default","ttl":"1h"}},{"text":"Be kind."}],"#
                + #""messages":[{"role":"user","content":[{"text":"Hi"},{"cachePoint":{"type":"default"}}]},"#
                + #"{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"Hm","signature":"Sig="}}},"#
                + #"{"reasoningContent":{"redactedContent":"U2VhbGVk"}},{"toolUse":{"toolUseId":"t1","name":"f","input":{"a":1.0}}},"#
                + #"{"toolUse":{"toolUseId":"t2","name":"g","input":{}}}]},"#
                + #"{"role":"user","content":[{"toolResult":{"toolUseId":"t1","content":[{"text":"one"}]}},"#
                + #"{"toolResult":{"toolUseId":"t2","content":[{"text":"bad"}],"status":"error"}}]}],"#
                + #""inferenceConfig":{"maxTokens":4000,"topP":0.97,"stopSequences":["END"]},"#
                + #""additionalModelRequestFields":{"thinking":{"type":"enabled","budget_tokens":2000}},"#
                + #""additionalModelResponseFieldPaths":["/stop_sequence"],"#
                + #""outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"name":"s","description":"x","schema":"{\"type\":\"object\"}"}}}}}"#
        )
        #expect(written.losses.isEmpty)
    }

    // MARK: The dialogue

    @Test func `speakers alternate, the user first, and blank texts are gone`() throws {
        let written = try converse(
            request([
                ChatTurn(.assistant, "A"), ChatTurn(.user, " "), ChatTurn(.assistant, "B"), ChatTurn(.user, "C"),
                ChatTurn(.system, "S"), ChatTurn(.assistant, [.text("D"), .text("E \n")]),
            ]))
        #expect(
            written.body.contains(
                #""messages":[{"role":"user","content":[{"text":"."}]},{"role":"assistant","content":[{"text":"A"},{"text":"B"}]},"#
                    + #"{"role":"user","content":[{"text":"C"},{"text":"S"}]},{"role":"assistant","content":[{"text":"D"},{"text":"E"}]}]"#
            ))
    }

    @Test func `instructions alone are the user's turn`() throws {
        var call = request([])
        call.instructions = [.text("Say hi.")]
        #expect(
            try converse(call).body
                == #"{"messages":[{"role":"user","content":[{"text":"Say hi."}]}],"inferenceConfig":{}}"#)
    }

    @Test func `state goes back to Claude only, and only Claude's`() throws {
        let parts = [
            ChatPart(.reasoning("mine"), state: OpaqueState(origin: "anthropic", value: "s")),
            ChatPart(.reasoning("foreign"), state: OpaqueState(origin: "openai", value: "s")),
            ChatPart(.reasoning("bare")),
            ChatPart(.hiddenReasoning, state: OpaqueState(origin: "google", value: "s")),
            ChatPart(.foreign(ForeignPart(origin: "anthropic", type: "server_tool_use", json: []))),
            ChatPart(.text("Yes"), state: OpaqueState(origin: "google", value: "s")),
        ]
        let turns = [ChatTurn(.user, "Hi"), ChatTurn(.assistant, parts), ChatTurn(.user, "Go on")]
        let claude = try converse(request(turns))
        #expect(
            claude.body.contains(
                #"[{"reasoningContent":{"reasoningText":{"text":"mine","signature":"s"}}},{"text":"Yes"}]"#))
        #expect(claude.losses == ["reasoning", "messages", "thought_signature"])
        let nova = try converse(request(turns, model: "amazon.nova-pro-v1:0"))
        #expect(nova.body.contains(#"{"role":"assistant","content":[{"text":"Yes"}]}"#))
    }

    @Test func `ids that no model takes are changed alike on both sides`() throws {
        let odd = "call|1/ü"
        let body = try converse(
            request([
                ChatTurn(.user, "Hi"), ChatTurn(.assistant, [.toolCall(ToolCall(id: odd, name: "f", arguments: "{}"))]),
                ChatTurn(.user, [.toolResult(ToolResult(callID: odd, text: "x"))]),
            ])
        ).body
        let ids = body.split(separator: #""toolUseId":""#).dropFirst().map { $0.prefix { $0 != "\"" } }
        #expect(ids.count == 2 && Set(ids).count == 1)
        #expect(try #require(ids.first).hasPrefix("call_"))
    }

    // MARK: Tools

    @Test func `a history with calls brings its tools along`() throws {
        var call = request([
            ChatTurn(.user, "Hi"),
            ChatTurn(
                .assistant,
                [
                    .toolCall(ToolCall(id: "1", name: "f", arguments: "")),
                    .toolCall(ToolCall(id: "2", name: "f", arguments: "")),
                ]),
            ChatTurn(.user, [.toolResult(ToolResult(callID: "1", text: ""))]),
        ])
        let rebuilt =
            #"{"toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object","properties":{}}}}}]},"#
        let written = try converse(call)
        #expect(written.body.hasPrefix(rebuilt) && written.losses.isEmpty)
        #expect(written.body.contains(#"{"toolResult":{"toolUseId":"1","content":[{"text":"(empty)"}]}}"#))
        #expect(
            written.body.contains(
                #""toolUseId":"2","content":[{"text":"No result was given for this call."}],"status":"error"#))

        call.tools = [ChatTool(name: "f"), ChatTool(name: "g")]
        call.toolChoice = ToolChoice.none
        let forbidden = try converse(call)
        #expect(forbidden.losses == ["tool_choice"] && !forbidden.body.contains("toolChoice"))
        #expect(forbidden.body.contains(#"{"name":"g""#))
    }

    @Test(
        arguments: [
            (.auto, #""toolChoice":{"auto":{}}"#), (.required, #""toolChoice":{"any":{}}"#),
            (.named("g"), #""toolChoice":{"tool":{"name":"g"}}"#),
            (
                .allowed(["g"], isRequired: false),
                #"[{"toolSpec":{"name":"g","inputSchema":{"json":{"type":"object","properties":{}}}}}],"toolChoice":{"auto":{}}"#
            ),
            (
                .allowed(["g"], isRequired: true),
                #"[{"toolSpec":{"name":"g","inputSchema":{"json":{"type":"object","properties":{}}}}}],"toolChoice":{"any":{}}"#
            ),
        ] as [(ToolChoice, String)])
    func `every choice of tools is said`(choice: ToolChoice, written: String) throws {
        var call = request()
        call.tools = [ChatTool(name: "f"), ChatTool(name: "g")]
        call.toolChoice = choice
        #expect(try converse(call).body.contains(written))
    }

    @Test func `a call that may use no tool names none`() throws {
        var call = request()
        call.tools = [ChatTool(name: "f")]
        call.toolChoice = ToolChoice.none
        let written = try converse(call)
        #expect(!written.body.contains("toolConfig") && written.losses.isEmpty)
    }

    @Test(arguments: [
        ("{}", #"{"type":"object"}"#), (#"{"properties":{}}"#, #"{"type":"object","properties":{}}"#),
        (#"{"type":"object"}"#, #"{"type":"object"}"#),
    ])
    func `a schema says that arguments are an object`(schema: String, written: String) throws {
        var call = request()
        call.tools = [ChatTool(name: "f", description: "", schema: Array(schema.utf8))]
        #expect(
            try converse(call).body.contains(#"{"toolSpec":{"name":"f","inputSchema":{"json":\#(written)}}}"#))
    }

    @Test func `a failed tool is told in words to models without a mark for it`() throws {
        let turns = [
            ChatTurn(.user, "Hi"), ChatTurn(.assistant, [.toolCall(ToolCall(id: "1", name: "f", arguments: ""))]),
            ChatTurn(.user, [.toolResult(ToolResult(callID: "1", text: "bad", isError: true))]),
        ]
        #expect(
            try converse(request(turns, model: "meta.llama3-70b")).body
                .contains(#"{"toolResult":{"toolUseId":"1","content":[{"text":"Error:"},{"text":"bad"}]}}"#))
    }

    // MARK: Media

    @Test func `pictures are told by what they are`() throws {
        func image(_ source: Media.Source, _ type: String?) -> ChatPart { .image(Media(source, mediaType: type)) }
        #expect(
            try blocks(image(.base64("iVBORw0KGgoAAAA"), "image/jpeg"), image(.base64("AAAA"), "image/jpg"))
                == #"[{"image":{"format":"png","source":{"bytes":"iVBORw0KGgoAAAA"}}},{"image":{"format":"jpeg","source":{"bytes":"AAAA"}}}]"#
        )
        #expect(
            try blocks(image(.url("s3://bucket/a.webp"), nil))
                == #"[{"image":{"format":"webp","source":{"s3Location":{"uri":"s3://bucket/a.webp"}}}}]"#)
        for refused in [
            image(.url("https://x/y.png"), nil), image(.file("id"), "image/png"), image(.base64("AAAA"), "image/tiff"),
            ChatPart(.audio(Media(.base64("AAAA"), mediaType: "audio/wav"))),
            .toolResult(ToolResult(callID: "x", parts: [image(.url("https://x/y.png"), nil)])),
        ] {
            #expect(throws: Untranslatable.self) { try converse(request([ChatTurn(.user, [refused])])) }
        }
    }

    @Test func `documents get names that Bedrock takes, each its own`() throws {
        func document(_ source: Media.Source, _ type: String? = nil, _ name: String? = nil) -> ChatPart {
            ChatPart(.document(Media(source, mediaType: type, name: name)))
        }
        #expect(
            try blocks(
                .text("Read"), document(.base64("AAAA"), "application/pdf", "Über_die (neue) Lage.v2.pdf"),
                document(.text("Hi"), nil, nil), document(.text("Hi"), "text/markdown; charset=utf-8"),
                document(.base64("AAAA"), nil, "a.docx"), document(.url("s3://b/a.csv"), "text/csv", "a.docx"))
                == #"[{"text":"Read"},{"document":{"format":"pdf","name":"ber die (neue) Lage v2 pdf","source":{"bytes":"AAAA"}}},"#
                + #"{"document":{"format":"txt","name":"Document","source":{"bytes":"SGk="}}},"#
                + #"{"document":{"format":"md","name":"Document 2","source":{"bytes":"SGk="}}},"#
                + #"{"document":{"format":"docx","name":"a docx","source":{"bytes":"AAAA"}}},"#
                + #"{"document":{"format":"csv","name":"a docx 2","source":{"s3Location":{"uri":"s3://b/a.csv"}}}}]"#)
        #expect(try blocks(document(.text("Hi"))).hasSuffix(#",{"text":"See the attached document."}]"#))
        for refused in [
            document(.base64("AAAA"), "application/zip"), document(.base64("AAAA")), document(.file("f"), "text/csv"),
        ] {
            #expect(throws: Untranslatable.self) { try converse(request([ChatTurn(.user, [refused])])) }
        }
    }

    @Test func `a long dialogue takes time by its length`() throws {
        let document = ChatPart(.document(Media(.text("Hi"))))
        let call = ChatPart.toolCall(ToolCall(id: "1", name: "f", arguments: #"{"a":1}"#))
        let turns = (0..<5000).flatMap { _ in
            [
                ChatTurn(.user, [.text("Read"), document]), ChatTurn(.assistant, [call]),
                ChatTurn(.user, [.toolResult(ToolResult(callID: "1", text: String(repeating: "x", count: 100)))]),
            ]
        }
        let time = try ContinuousClock().measure { _ = try converse(request(turns)) }
        #expect(time < .seconds(20))
    }

    // MARK: Marks to cache

    @Test func `at most four marks are sent, the long ones first`() throws {
        var call = request([
            ChatTurn(
                .user, (1...4).map { ChatPart(.text("\($0)"), cacheHint: CacheHint(lifetime: $0 == 3 ? "1h" : nil)) })
        ])
        call.instructions = [ChatPart(.text("S"), cacheHint: CacheHint(lifetime: "1h"))]
        call.cacheHint = CacheHint()
        let written = try converse(call)
        #expect(written.losses == ["cache_control"])
        #expect(written.body.contains(#""system":[{"text":"S"}]"#))
        #expect(written.body.split(separator: "cachePoint").count == 5 && !written.body.contains("ttl"))
    }

    @Test func `a mark for the whole dialogue stands at its end`() throws {
        var call = request([ChatTurn(.user, [.text("a"), .text("b")])])
        call.cacheHint = CacheHint(lifetime: "1h")
        #expect(
            try converse(call).body.contains(
                #"[{"text":"a"},{"text":"b"},{"cachePoint":{"type":"default","ttl":"1h"}}]"#))
        call.model = "amazon.nova-lite-v1:0"
        let nova = try converse(call)
        #expect(nova.body.contains(#"{"cachePoint":{"type":"default"}}"#) && nova.losses == ["cache_control"])
        call.model = "meta.llama3-70b"
        let other = try converse(call)
        #expect(!other.body.contains("cachePoint") && other.losses == ["cache_control"])
    }
}
