import Testing

@testable import WireFormats

@Suite struct GeminiRequestReaderTests {
    @Test func `a dialogue is read, instructions apart`() throws {
        let request = try Gemini.decode(
            """
            {"systemInstruction":{"role":"user","parts":[{"text":"Be kind."},{"text":"Be brief."}]},
             "contents":[{"role":"user","parts":[{"text":"Hi"},{"text":"!"}]},{"role":"model","parts":[{"text":"Hello."}]},
                         {"parts":[{"text":"Who are you?"}]}]}
            """)
        #expect(request.model == "gemini-2.5-flash" && !request.streams && request.asksForUsage)
        #expect(request.instructions == [.text("Be kind."), .text("Be brief.")])
        #expect(
            request.turns == [
                ChatTurn(.user, [.text("Hi"), .text("!")]), ChatTurn(.assistant, "Hello."),
                ChatTurn(.user, "Who are you?"),
            ])
        #expect(request.unread.isEmpty && request.reasoning == nil && request.answerForm == .text)
    }

    @Test func `the path says whether the answer is streamed`() throws {
        #expect(try Gemini.decode(#"{"contents":"Hi"}"#, verb: "streamGenerateContent").streams)
    }

    @Test(arguments: [
        #"{"contents":"Hi"}"#, #"{"contents":["Hi"]}"#, #"{"contents":{"parts":{"text":"Hi"}}}"#,
        #"{"contents":{"text":"Hi"}}"#, #"{"contents":[{"role":null,"parts":["Hi"]}]}"#,
        #"{"contents":{"parts":"Hi"}}"#,
        #"{"generateContentRequest":{"model":"models/m","contents":[{"parts":[{"text":"Hi"}]}]}}"#,
    ])
    func `what clients leave out or write shorter is understood`(body: String) throws {
        #expect(try Gemini.decode(body).turns == [ChatTurn(.user, "Hi")])
    }

    @Test func `fields may be in snake case, even within camel case`() throws {
        let request = try Gemini.decode(
            """
            {"system_instruction":"Be kind.","contents":[
               {"role":"model","parts":[{"function_call":{"name":"f","args":{"a":1}},"thought_signature":"c2ln"}]},
               {"role":"user","parts":[{"function_response":{"name":"f","response":{"output":"ok"}}},
                  {"inline_data":{"mime_type":"image/png","data":"AAAA"}},
                  {"file_data":{"mime_type":"audio/mp3","file_uri":"gs://b/a.mp3"}}]}],
             "tools":[{"function_declarations":[{"name":"f","parameters_json_schema":{"type":"object"}}]}],
             "tool_config":{"function_calling_config":{"mode":"ANY","allowed_function_names":["f"]}},
             "generationConfig":{"top_p":0.5,"top_k":40.0,"max_output_tokens":9,"stop_sequences":["x"],
               "presence_penalty":1,"frequency_penalty":-1,"response_mime_type":"application/json",
               "response_schema":{"type":"STRING"},"thinking_config":{"thinking_budget":100}}}
            """)
        let id = try #require(request.turns[0].parts.toolCalls.first?.id)
        #expect(request.instructions == [.text("Be kind.")])
        #expect(
            request.turns == [
                ChatTurn(
                    .assistant,
                    [
                        ChatPart(
                            .toolCall(ToolCall(id: id, name: "f", arguments: #"{"a":1}"#)), state: Gemini.google("c2ln")
                        )
                    ]),
                ChatTurn(
                    .user,
                    [
                        .toolResult(ToolResult(callID: id, name: "f", text: "ok")),
                        .image(Media(.base64("AAAA"), mediaType: "image/png")),
                        ChatPart(.audio(Media(.url("gs://b/a.mp3"), mediaType: "audio/mp3"))),
                    ]),
            ])
        #expect(request.tools == [ChatTool(name: "f", schema: Array(#"{"type":"object"}"#.utf8))])
        #expect(request.toolChoice == .named("f"))
        #expect(request.sampling.topP == 0.5 && request.sampling.topK == 40 && request.maxOutputTokens == 9)
        #expect(request.sampling.presencePenalty == 1 && request.sampling.frequencyPenalty == -1)
        #expect(request.stop == ["x"] && request.reasoning == .budget(100))
        #expect(request.answerForm == .schema(AnswerSchema(schema: Array(#"{"type":"string"}"#.utf8))))
        #expect(request.unread.isEmpty)
    }

    @Test func `signatures stay with their parts, whatever those are`() throws {
        let parts = try Gemini.decode(
            """
            {"contents":[{"role":"model","parts":[{"text":"Hm.","thought":true,"thoughtSignature":"a"},
              {"text":"Yes.","thoughtSignature":"b_-"},{"functionCall":{"name":"f"},"thoughtSignature":"c"},
              {"text":"","thoughtSignature":"d"},{"thoughtSignature":"e"},{"text":"So.","thought":true}]}]}
            """
        ).turns[0].parts
        #expect(parts.map(\.state?.value) == ["a", "b_-", "c", "d", "e", nil])
        #expect(parts.allSatisfy { $0.state.map { $0.origin == "google" } ?? true })
        #expect(parts[0].content == .reasoning("Hm.") && parts[1].content == .text("Yes."))
        #expect(parts[3].content == .text("") && parts[4].content == .text("") && parts[5].content == .reasoning("So."))
    }

    @Test func `calls without ids get some, and results are paired by id, else by name, else by order`() throws {
        let body = """
            {"contents":[
              {"role":"model","parts":[{"functionCall":{"name":"f"}},{"functionCall":{"name":"g"}},
                 {"functionCall":{"name":"f"}},{"functionCall":{"name":"h","id":"own"}},{"functionCall":{"name":"i"}}]},
              {"role":"function","parts":[{"functionResponse":{"name":"h","id":"own","response":{"result":"h"}}},
                 {"functionResponse":{"name":"f","response":{"result":"f1"}}},
                 {"functionResponse":{"name":"g","response":{"result":"g"}}},
                 {"functionResponse":{"name":"f","response":{"result":"f2"}}},
                 {"functionResponse":{"name":"other","response":{"result":"i"}}}]},
              {"role":"model","parts":[{"functionCall":{"name":"f"}}]},
              {"role":"user","parts":[{"functionResponse":{"name":"f","id":"unknown","response":{"error":"no"}}}]}]}
            """
        let turns = try Gemini.decode(body).turns
        let ids = turns.flatMap(\.parts.toolCalls).map(\.id)
        #expect(Set(ids).count == 6 && ids[3] == "own")
        #expect(ids.allSatisfy { $0.utf8.allSatisfy { $0.isASCIILetterOrDigit || $0 == 0x5f } })
        #expect(ids.allSatisfy { $0.utf8.count <= 40 })
        func results(_ turn: ChatTurn) -> [String: String] {
            turn.parts.reduce(into: [:]) {
                if case .toolResult(let result) = $1.content { $0[result.callID] = result.text }
            }
        }
        #expect(results(turns[1]) == [ids[0]: "f1", ids[1]: "g", ids[2]: "f2", "own": "h", ids[4]: "i"])
        #expect(results(turns[3]) == [ids[5]: "no"])
        guard case .toolResult(let last) = turns[3].parts[0].content else { return #expect(Bool(false)) }
        #expect(last.isError)
        // The same dialogue, one turn longer, gets the same ids.
        #expect(try Gemini.decode(body).turns.flatMap(\.parts.toolCalls).map(\.id) == ids)
    }

    @Test func `a result is a text where it only wraps one, else the object as it was written`() throws {
        func result(_ response: String) throws -> ToolResult? {
            let turns = try Gemini.decode(
                """
                {"contents":[{"role":"model","parts":[{"functionCall":{"name":"f"}}]},
                             {"parts":[{"functionResponse":{"name":"f"\(response)}}]}]}
                """
            ).turns
            guard case .toolResult(let result) = turns[1].parts[0].content else { return nil }
            return result
        }
        #expect(try result(#","response":{"result":"a\nb"}"#)?.text == "a\nb")
        #expect(try result(#","response":{"output":"a"}"#)?.text == "a")
        #expect(try result(#","response":{"output":[1, 2.0]}"#)?.text == #"{"output":[1, 2.0]}"#)
        #expect(try result(#","response":{"result":"a","b":1}"#)?.text == #"{"result":"a","b":1}"#)
        #expect(try result(#","response":{}"#)?.text == "{}")
        #expect(try result("")?.parts == [])
        #expect(try result(#","response":{"error":"gone"}"#)?.isError == true)
        let pictured = try result(#","response":{},"parts":[{"inlineData":{"mimeType":"image/png","data":"AA=="}}]"#)
        #expect(pictured?.parts.last == .image(Media(.base64("AA=="), mediaType: "image/png")))
    }

    @Test func `media are told apart by their types, and base64 is of the usual alphabet`() throws {
        let request = try Gemini.decode(
            """
            {"contents":[{"parts":[{"inlineData":{"mimeType":"image/JPEG","data":"_-8"}},
              {"inlineData":{"mimeType":"application/pdf","data":"AAAA","displayName":"a.pdf"}},
              {"inlineData":{"mimeType":"audio/wav","data":"AAAA"}},{"fileData":{"fileUri":"https://x/a.png?b=c.d"}},
              {"inlineData":{"mimeType":"video/mp4","data":"AAAA"}},{"fileData":{"fileUri":"https://youtu.be/x"}}]}]}
            """)
        #expect(
            request.turns[0].parts == [
                .image(Media(.base64("/+8="), mediaType: "image/jpeg")),
                ChatPart(.document(Media(.base64("AAAA"), mediaType: "application/pdf", name: "a.pdf"))),
                ChatPart(.audio(Media(.base64("AAAA"), mediaType: "audio/wav"))),
                .image(Media(.url("https://x/a.png?b=c.d"), mediaType: "image/png")),
            ])
        #expect(
            request.unread == [
                UnreadField("inlineData", objection: "shows a video"),
                UnreadField("fileData", objection: "shows a video"),
            ])
    }

    @Test func `the configuration is read, field by field`() throws {
        let request = try Gemini.decode(
            """
            {"contents":"Hi","generationConfig":{"temperature":1.5,"topP":0.25,"topK":3,"seed":-7,"maxOutputTokens":12,
              "candidateCount":2,"stopSequences":["a","b"],"presencePenalty":0.5,"frequencyPenalty":0.25,
              "responseLogprobs":true,"logprobs":4,"responseMimeType":"application/json",
              "responseJsonSchema":{"type":"object"},"thinkingConfig":{"thinkingLevel":"HIGH","includeThoughts":true},
              "responseModalities":["TEXT"]}}
            """)
        let sampling = request.sampling
        #expect(sampling.temperature == 1.5 && sampling.topP == 0.25 && sampling.topK == 3 && sampling.seed == -7)
        #expect(sampling.presencePenalty == 0.5 && sampling.frequencyPenalty == 0.25)
        #expect(request.maxOutputTokens == 12 && request.choices == 2 && request.stop == ["a", "b"])
        #expect(request.logProbabilities == 4 && request.reasoning == .effort("high"))
        #expect(request.answerForm == .schema(AnswerSchema(schema: Array(#"{"type":"object"}"#.utf8))))
        #expect(request.unread.isEmpty)
    }

    @Test func `how much to think is read in every way that it is said`() throws {
        func wish(_ config: String) throws -> ReasoningWish? {
            try Gemini.decode(#"{"contents":"Hi","generationConfig":{"thinkingConfig":\#(config)}}"#).reasoning
        }
        #expect(try wish(#"{"thinkingBudget":0}"#) == .off)
        #expect(try wish(#"{"thinkingBudget":-1,"includeThoughts":true}"#) == .adaptive)
        #expect(try wish(#"{"thinkingBudget":512}"#) == .budget(512))
        #expect(try wish(#"{"thinkingLevel":"minimal"}"#) == .effort("minimal"))
        #expect(try wish(#"{"thinkingLevel":1}"#) == .effort("low"))
        #expect(try wish(#"{"thinkingLevel":"THINKING_LEVEL_UNSPECIFIED"}"#) == nil)
        #expect(try wish(#"{"includeThoughts":true}"#) == .adaptive)
        #expect(try wish(#"{"includeThoughts":false}"#) == nil)
        #expect(try wish("{}") == nil && wish("null") == nil)
    }

    @Test func `tools, and how they may be called`() throws {
        func choice(_ config: String) throws -> ToolChoice? {
            try Gemini.decode(#"{"contents":"Hi","toolConfig":{"functionCallingConfig":\#(config)}}"#).toolChoice
        }
        #expect(try choice(#"{"mode":"AUTO"}"#) == .auto && choice(#"{"mode":1}"#) == .auto)
        #expect(try choice(#"{"mode":"any"}"#) == .required && choice(#"{"mode":2}"#) == .required)
        #expect(try choice(#"{"mode":"NONE"}"#) == ToolChoice.none && choice(#"{"mode":3}"#) == ToolChoice.none)
        #expect(try choice(#"{"mode":"ANY","allowedFunctionNames":["f"]}"#) == .named("f"))
        #expect(
            try choice(#"{"mode":"ANY","allowedFunctionNames":["f","g"]}"#) == .allowed(["f", "g"], isRequired: true))
        #expect(
            try choice(#"{"mode":"VALIDATED","allowedFunctionNames":["f"]}"#) == .allowed(["f"], isRequired: false))
        #expect(try choice("{}") == nil && choice(#"{"mode":"MODE_UNSPECIFIED"}"#) == nil)
        #expect(throws: MalformedBody.self) { try choice(#"{"mode":"PERHAPS"}"#) }

        let request = try Gemini.decode(
            """
            {"contents":"Hi","tools":{"functionDeclarations":{"name":"f","description":"Does f.",
             "parameters":{"type":"OBJECT","properties":{"a":{"type":"INTEGER"}}}}}}
            """)
        #expect(
            request.tools == [
                ChatTool(
                    name: "f", description: "Does f.",
                    schema: Array(#"{"type":"object","properties":{"a":{"type":"integer"}}}"#.utf8))
            ])
    }

    @Test func `tools of the provider's own, and what only it can do, are objected to`() throws {
        let unread = try Gemini.decode(
            """
            {"contents":"Hi","tools":[{"google_search":{}},{"codeExecution":{}},{"urlContext":{},"functionDeclarations":[]},
              {"googleMaps":null}],
             "cachedContent":"cachedContents/1","safetySettings":[{"category":"a"}],"labels":{},"store":false,
             "generationConfig":{"responseModalities":["TEXT","AUDIO"],"responseMimeType":"text/x.enum",
               "speechConfig":{"a":1},"mediaResolution":"MEDIA_RESOLUTION_LOW"},
             "toolConfig":{"retrievalConfig":{"languageCode":"de"}}}
            """
        ).unread
        let provider = "asks for a tool that the provider runs itself"
        #expect(
            unread == [
                UnreadField("tools.google_search", objection: provider),
                UnreadField("tools.codeExecution", objection: provider),
                UnreadField("tools.urlContext", objection: provider),
                UnreadField("toolConfig.retrievalConfig"),
                UnreadField("generationConfig.responseMimeType", objection: "asks for one word of a list"),
                UnreadField("generationConfig.responseModalities", objection: "asks for audio"),
                UnreadField("generationConfig.speechConfig"), UnreadField("generationConfig.mediaResolution"),
                UnreadField("cachedContent", objection: "refers to a text that the provider keeps"),
                UnreadField("safetySettings"),
            ])
    }

    @Test func `parts of Google's own are kept for it, and named`() throws {
        let part = #"{"executableCode":{"language":"PYTHON","code":"1"},"thoughtSignature":"s"}"#
        let request = try Gemini.decode(#"{"contents":[{"role":"model","parts":[\#(part)]}]}"#)
        let foreign = ForeignPart(origin: "google", type: "executableCode", json: Array(part.utf8))
        #expect(request.turns == [ChatTurn(.assistant, [ChatPart(.foreign(foreign))])])
        #expect(request.unread == [UnreadField("executableCode")])
    }

    @Test(arguments: [
        ("{}", "contents"), (#"{"contents":1}"#, "contents"), (#"{"contents":[1]}"#, "contents[0]"),
        (#"{"contents":[{"role":"robot","parts":[]}]}"#, "contents[0].role"),
        (#"{"contents":[{"parts":[{"text":1}]}]}"#, "contents[0].parts[0].text"),
        (#"{"contents":[{"parts":[{"inlineData":{}}]}]}"#, "contents[0].parts[0].inlineData.data"),
        (#"{"contents":[{"parts":[{"fileData":{}}]}]}"#, "contents[0].parts[0].fileData.fileUri"),
        (#"{"contents":[{"parts":[{"fileData":{"fileUri":null}}]}]}"#, "contents[0].parts[0].fileData.fileUri"),
        (#"{"contents":[{"parts":[{"functionCall":{}}]}]}"#, "contents[0].parts[0].functionCall.name"),
        (
            #"{"contents":[{"parts":[{"functionCall":{"name":"f","args":[]}}]}]}"#,
            "contents[0].parts[0].functionCall.args"
        ),
        (#"{"contents":"a","generationConfig":{"topK":"x"}}"#, "generationConfig.topK"),
        (#"{"contents":"a","generationConfig":{"candidateCount":0}}"#, "generationConfig.candidateCount"),
        (#"{"contents":"a","generationConfig":{"stopSequences":[1]}}"#, "generationConfig.stopSequences[0]"),
        (#"{"contents":"a","tools":[1]}"#, "tools[0]"),
        (#"{"contents":"a","tools":[{"functionDeclarations":[{}]}]}"#, "tools[0].functionDeclarations[0].name"),
    ])
    func `a wrong type is refused by its field's name`(body: String, field: String) {
        let error = #expect(throws: MalformedBody.self) { try Gemini.decode(body) }
        #expect(error?.field == field)
    }

    @Test(arguments: [
        (
            #"{"type":"OBJECT","properties":{"type":{"type":"STRING"}},"propertyOrdering":["type"]}"#,
            #"{"type":"object","properties":{"type":{"type":"string"}}}"#
        ),
        (
            #"{"type":"STRING","nullable":true,"enum":["a"],"format":"enum"}"#,
            #"{"type":["string","null"],"enum":["a",null]}"#
        ),
        (#"{"any_of":[{"type":"NUMBER"}],"nullable":true}"#, #"{"anyOf":[{"type":"number"},{"type":"null"}]}"#),
        (
            #"{"type":"ARRAY","items":{"type":"INTEGER","format":"int32"},"minItems":"2","max_items":3}"#,
            #"{"type":"array","items":{"type":"integer","format":"int32"},"minItems":2,"maxItems":3}"#
        ),
        (
            #"{"type":6,"properties":{"a":{"type":1,"example":"x","default":"OBJECT"}}}"#,
            #"{"type":"object","properties":{"a":{"type":"string","default":"OBJECT"}}}"#
        ),
        (
            #"{"type":["string","null"],"additionalProperties":false,"$defs":{"a":{"type":"BOOLEAN"}}}"#,
            #"{"type":["string","null"],"additionalProperties":false,"$defs":{"a":{"type":"boolean"}}}"#
        ),
        (#"{"properties":{"nullable":{"type":"STRING"}}}"#, #"{"properties":{"nullable":{"type":"string"}}}"#),
        ("true", "true"), (#"{"type":"TYPE_UNSPECIFIED","anyOf":[{"type":0}]}"#, #"{"anyOf":[{}]}"#),
        (#"{"type":["STRING","null"],"nullable":true}"#, #"{"type":["string","null"]}"#),
    ])
    func `Google's kind of schema becomes JSON Schema`(schema: String, expected: String) throws {
        #expect(try Gemini.parse(schema) { GeminiSchema.jsonSchema($0).text } == expected)
    }
}
