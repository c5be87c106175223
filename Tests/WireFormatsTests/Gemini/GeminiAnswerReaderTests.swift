import Testing

@testable import WireFormats

@Suite struct GeminiAnswerReaderTests {
    @Test func `a whole answer is read, part by part`() throws {
        let answer = try Gemini.answer(
            """
            {"candidates":[{"content":{"role":"model","parts":[{"text":"Hm. ","thought":true},{"text":"Ah.","thought":true},
               {"text":"Hello","thoughtSignature":"s1"},{"text":" there."},
               {"functionCall":{"id":"g98os1Jf","name":"f","args":{"a": 1.0}},"thoughtSignature":"s2"},
               {"functionCall":{"name":"g"}},{"text":"","thoughtSignature":"s3"}]},"finishReason":"STOP","index":0}],
             "usageMetadata":{"promptTokenCount":10,"cachedContentTokenCount":4,"toolUsePromptTokenCount":2,
               "candidatesTokenCount":5,"thoughtsTokenCount":3,"totalTokenCount":20},
             "modelVersion":"gemini-x","responseId":"r1"}
            """)
        #expect(answer.id == "r1" && answer.model == "gemini-x" && answer.stopReason == .toolCall)
        #expect(answer.usage == TokenUsage(inputUncached: 8, cacheRead: 4, output: 8, reasoning: 3))
        let id = try #require(answer.toolCalls.last?.id)
        #expect(
            answer.parts == [
                ChatPart(.reasoning("Hm. Ah.")), ChatPart(.text("Hello"), state: Gemini.google("s1")), .text(" there."),
                ChatPart(
                    .toolCall(ToolCall(id: "g98os1Jf", name: "f", arguments: #"{"a": 1.0}"#)),
                    state: Gemini.google("s2")),
                .toolCall(ToolCall(id: id, name: "g", arguments: "{}")),
                ChatPart(.text(""), state: Gemini.google("s3")),
            ])
    }

    @Test func `ids that are made up differ from answer to answer, and not from reading to reading`() throws {
        func ids(_ response: String, _ signature: String) throws -> [String] {
            let call = #"{"functionCall":{"name":"f"}\#(signature)}"#
            return try Gemini.answer(
                #"{"candidates":[{"content":{"parts":[\#(call),\#(call)]}}],"responseId":"\#(response)"}"#
            ).toolCalls.map(\.id)
        }
        let ids1 = try ids("r1", "")
        #expect(Set(ids1).count == 2)
        #expect(try ids("r1", "") == ids1)
        #expect(try Set(ids1 + ids("r2", "") + ids("", #","thoughtSignature":"a""#)).count == 6)
    }

    @Test(
        arguments: [
            (#""STOP""#, .endTurn), (#""MAX_TOKENS""#, .maxTokens), (#""SAFETY""#, .contentFiltered),
            (#""RECITATION""#, .contentFiltered), (#""PROHIBITED_CONTENT""#, .contentFiltered),
            (#""SPII""#, .contentFiltered),
            (#""LANGUAGE""#, .contentFiltered), (#""BLOCKLIST""#, .contentFiltered),
            (#""MODEL_ARMOR""#, .contentFiltered),
            (#""IMAGE_SAFETY""#, .contentFiltered), (#""MALFORMED_FUNCTION_CALL""#, .malformedCall),
            (#""UNEXPECTED_TOOL_CALL""#, .malformedCall), (#""TOO_MANY_TOOL_CALLS""#, .malformedCall),
            (#""MISSING_THOUGHT_SIGNATURE""#, .malformedCall), (#""MALFORMED_RESPONSE""#, .malformedCall),
            (#""OTHER""#, .other("OTHER")), (#""BRAND_NEW""#, .other("BRAND_NEW")),
            ("1", .endTurn), ("2", .maxTokens), ("3", .contentFiltered), ("5", .other("OTHER")), ("9", .malformedCall),
            ("10", .contentFiltered), ("15", .malformedCall), ("99", .other("")),
            (#""FINISH_REASON_UNSPECIFIED""#, nil), ("0", nil), ("null", nil), (#""""#, nil),
        ] as [(String, StopReason?)])
    func `why an answer ended, in words and in numbers`(reason: String, expected: StopReason?) throws {
        let answer = try Gemini.answer(#"{"candidates":[{"content":{},"finishReason":\#(reason)}]}"#)
        #expect(answer.stopReason == expected && answer.parts.isEmpty)
    }

    @Test func `a blocked prompt is filtered content, and an answer without anything is none`() throws {
        for reason in [#""MODEL_ARMOR""#, "5"] {
            let answer = try Gemini.answer(
                #"{"promptFeedback":{"blockReason":\#(reason)},"usageMetadata":{"trafficType":"ON_DEMAND"}}"#)
            #expect(answer.stopReason == .contentFiltered && answer.usage == nil)
        }
        for body in ["{}", "[]", "7", #"{"usageMetadata":{}}"#, #"{"error":{"message":"x"}}"#] {
            #expect(throws: MalformedBody.self) { try Gemini.answer(body) }
        }
        #expect(try Gemini.answer(#"{"candidates":[]}"#).stopReason == nil)
    }

    @Test func `parts that nobody else knows are kept whole`() throws {
        let part = #"{"executableCode":{"code":"1"},"thoughtSignature":"s"}"#
        let picture = #"{"inlineData":{"mimeType":"image/png","data":"AA=="}}"#
        let answer = try Gemini.answer(
            #"{"candidates":[{"content":{"parts":[\#(part),\#(picture),{"new":1},{"mediaResolution":{}}]}}]}"#)
        #expect(
            answer.parts == [
                ChatPart(.foreign(ForeignPart(origin: "google", type: "executableCode", json: Array(part.utf8)))),
                ChatPart(.foreign(ForeignPart(origin: "google", type: "inlineData", json: Array(picture.utf8)))),
            ])
    }

    @Test func `odd shapes fail nothing`() throws {
        for body in [
            #"{"candidates":{"content":{"parts":{"text":"a"}},"finishReason":"STOP"}}"#,
            #"[{"candidates":[{"content":{"parts":[{"text":"a"}]}}]},{"candidates":[{"finishReason":"STOP"}]}]"#,
            #"{"candidates":[{"index":1,"content":{"parts":[{"text":"b"}]}},{"content":{"parts":[null,3,{"text":7},"x",{"text":"a"}]},"finishReason":"STOP"}],"usageMetadata":3,"modelVersion":null}"#,
        ] {
            let answer = try Gemini.answer(body)
            #expect(answer.text == "a" && answer.stopReason == .endTurn && answer.model == "")
        }
    }

    @Test func `usage is read as far as it is told`() throws {
        let answer = try Gemini.answer(
            #"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"_.1st"}}]}}],"usageMetadata":{"candidatesTokenCount":3}}"#
        )
        #expect(answer.toolCalls[0].name == "_.1st" && answer.usage == TokenUsage(output: 3))
    }

    @Test func `arguments that come in pieces are put together`() throws {
        func call(_ parts: String...) throws -> String {
            let parts =
                [#"{"name":"f","willContinue":true}"#] + parts.map { #"{"partialArgs":\#($0),"willContinue":true}"# }
                + ["{}"]
            let list = parts.map { #"{"functionCall":\#($0)}"# }.joined(separator: ",")
            let answer = try Gemini.answer(#"{"candidates":[{"content":{"parts":[\#(list)]},"finishReason":"STOP"}]}"#)
            #expect(answer.toolCalls.count == 1 && answer.stopReason == .toolCall)
            return answer.toolCalls[0].arguments
        }
        #expect(try call() == "{}")
        #expect(
            try call(
                #"[{"jsonPath":"$.a","stringValue":"Bo","willContinue":true}]"#,
                #"[{"jsonPath":"$.a","stringValue":"s\"ton"}]"#,
                #"[{"jsonPath":"$.a","stringValue":""},{"jsonPath":"$.b","numberValue":1.0}]"#
            ) == #"{"a":"Bos\"ton","b":1.0}"#)
        #expect(
            try call(
                #"[{"jsonPath":"$.l[0].x","boolValue":true},{"jsonPath":"$.l[1]['y z']","nullValue":"NULL_VALUE"}]"#,
                #"[{"jsonPath":"$.l[0].w","stringValue":"v"},{"jsonPath":"$[\"q\\\"\"]","stringValue":"é"}]"#
            ) == #"{"l":[{"x":true,"w":"v"},{"y z":null}],"q\"":"é"}"#)
        #expect(
            try call(
                #"[{"jsonPath":"x","stringValue":"a"},{"jsonPath":"$","stringValue":"a"},{"jsonPath":"$[x]","numberValue":1}]"#
            )
                == "{}")
    }
}
