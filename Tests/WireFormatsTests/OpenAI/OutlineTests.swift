import Testing

@testable import WireFormats

@Suite struct OutlineTests {
    private let tape = JSONTape()

    /// The body after the edits that fit it to a target.
    private func edited(
        _ body: String, by format: any WireFormat = OpenAIChatFormat(), model: String = "target", asking: Bool = true
    ) throws -> String {
        let outline = try body.withBytes { try format.outline($0, at: format.place, using: tape) }
        var bytes = Array(body.utf8)
        for splice in format.splices(outline, model: model, askForUsage: asking).reversed() {
            bytes.replaceSubrange(splice.range, with: splice.replacement)
        }
        return bytes.text
    }

    @Test(arguments: [
        (#"{"model":"a","messages":[]}"#, #"{"model":"target","messages":[]}"#),
        (#" { "messages" : [ ] , "model" : "a" } "#, #" { "messages" : [ ] , "model" : "target" } "#),
        (
            #"{"messages":[{"model":"b"}],"x":{"model":"c"},"model":"a"}"#,
            #"{"messages":[{"model":"b"}],"x":{"model":"c"},"model":"target"}"#
        ),
        (#"{"mod\u0065l":"a","messages":[]}"#, #"{"mod\u0065l":"target","messages":[]}"#),
        (#"{"model":"\u00e9 \"é\"","messages":[]}"#, #"{"model":"target","messages":[]}"#),
    ])
    func `the model is replaced where it stands, and every other byte is kept`(body: String, expected: String) throws {
        #expect(try edited(body) == expected)
    }

    @Test(arguments: [
        (
            #"{"model":"m","messages":[],"stream":true}"#,
            #"{"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":true}}"#
        ),
        (
            #"{"stream":true,"stream_options":null,"model":"m","messages":[]}"#,
            #"{"stream":true,"stream_options":{"include_usage":true},"model":"m","messages":[]}"#
        ),
        (
            #"{"stream":true,"stream_options":{ },"model":"m","messages":[]}"#,
            #"{"stream":true,"stream_options":{"include_usage":true },"model":"m","messages":[]}"#
        ),
        (
            #"{"stream":true,"stream_options":{"x":1},"model":"m","messages":[]}"#,
            #"{"stream":true,"stream_options":{"include_usage":true,"x":1},"model":"m","messages":[]}"#
        ),
        (
            #"{"stream":true,"stream_options":{"include_usage":false},"model":"m","messages":[]}"#,
            #"{"stream":true,"stream_options":{"include_usage":true},"model":"m","messages":[]}"#
        ),
        (
            #"{"stream":true,"stream_options":{"include_usage":true},"model":"m","messages":[]}"#,
            #"{"stream":true,"stream_options":{"include_usage":true},"model":"m","messages":[]}"#
        ),
        (#"{"stream":false,"model":"m","messages":[]}"#, #"{"stream":false,"model":"m","messages":[]}"#),
        (#"{"stream":null,"model":"m","messages":[]}"#, #"{"stream":null,"model":"m","messages":[]}"#),
    ])
    func `a stream is made to ask for usage, whatever its options are`(body: String, expected: String) throws {
        #expect(try edited(body, model: "m") == expected)
        #expect(try edited(body, model: "m", asking: false) == body)
    }

    @Test func `both edits are made, in whichever order they stand`() throws {
        #expect(
            try edited(#"{"stream_options":{},"stream":true,"messages":[],"model":"a"}"#)
                == #"{"stream_options":{"include_usage":true},"stream":true,"messages":[],"model":"target"}"#)
        #expect(
            try edited(#"{"model":"a","messages":[],"stream":true}"#, model: #"with "quotes""#)
                == #"{"model":"with \"quotes\"","messages":[],"stream":true,"stream_options":{"include_usage":true}}"#)
    }

    @Test(
        arguments: [
            (
                #"{"model":"m","messages":[]"#, .invalidJSON, nil,
                "The body must be valid JSON: at byte 26, it ends too early."
            ),
            ("[]", .invalidValue, nil, "The body must be a JSON object."),
            (#"{"messages":[]}"#, .missingField, "model", "The field 'model' is missing; add it."),
            (#"{"model":1,"messages":[]}"#, .invalidValue, "model", "'model' must be a string."),
            (#"{"model":"","messages":[]}"#, .invalidValue, "model", "'model' must name a model."),
            (
                #"{"model":"a","model":"a","messages":[]}"#, .invalidValue, "model",
                "'model' is given twice; give it once."
            ),
            (
                #"{"model":"a","mode\u006c":"b","messages":[]}"#, .invalidValue, "model",
                "'model' is given twice; give it once."
            ),
            (#"{"model":"a"}"#, .missingField, "messages", "The field 'messages' is missing; add it."),
            (#"{"model":"a","messages":"hi"}"#, .invalidValue, "messages", "'messages' must be an array."),
            (#"{"model":"a","messages":[{},1]}"#, .invalidValue, "messages[1]", "'messages[1]' must be an object."),
            (
                #"{"model":"a","messages":[],"stream":"yes"}"#, .invalidValue, "stream",
                "'stream' must be true or false."
            ),
            (
                #"{"model":"a","messages":[],"max_tokens":"5"}"#, .invalidValue, "max_tokens",
                "'max_tokens' must be a whole number, at least 0."
            ),
        ] as [(String, MalformedBody.Code, String?, String)])
    func `a body that no provider could use is refused by name`(
        body: String, code: MalformedBody.Code, field: String?, message: String
    ) throws {
        #expect(throws: MalformedBody(code, field: field, message: message)) {
            try body.withBytes { _ = try OpenAIChatFormat().outline($0, at: OpenAIChatFormat().place, using: tape) }
        }
    }

    @Test func `an outline knows streaming, limits, choices and how much text there is`() throws {
        let body = """
            {"model":"gpt","messages":[{"role":"user","content":"12345"},{"role":"user","content":[{"type":"text",\
            "text":"678"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAAAAAAAAAA"}}]}],"n":2,\
            "max_tokens":7,"max_completion_tokens":9,"stream":true,"stream_options":{"include_usage":true}}
            """
        let outline = try body.withBytes {
            try OpenAIChatFormat().outline($0, at: OpenAIChatFormat().place, using: tape)
        }
        #expect(outline.model == "gpt" && outline.streams && outline.asksForUsage)
        #expect(outline.maxOutputTokens == 9 && outline.choices == 2 && outline.estimatedInputBytes == 8)
    }

    @Test func `the other formats need their own main field`() throws {
        func outline(_ format: any WireFormat, _ body: String) throws -> CallOutline {
            try body.withBytes { try format.outline($0, at: format.place, using: tape) }
        }
        #expect(try outline(OpenAICompletionsFormat(), #"{"model":"m","prompt":["ab","c"]}"#).choices == 2)
        #expect(try outline(OpenAICompletionsFormat(), #"{"model":"m","prompt":[1,2]}"#).estimatedInputBytes == 8)
        #expect(try outline(OpenAIEmbeddingsFormat(), #"{"model":"m","input":"abc"}"#).estimatedInputBytes == 3)
        #expect(try outline(OpenAIResponsesFormat(), #"{"model":"m","input":"abc","stream":true}"#).asksForUsage)
        #expect(try outline(OpenAIResponsesFormat(), #"{"model":"m","prompt":{"id":"p"}}"#).model == "m")
        for (format, field) in [
            (OpenAICompletionsFormat() as any WireFormat, "prompt"), (OpenAIEmbeddingsFormat(), "input"),
            (OpenAIResponsesFormat(), "input"),
        ] {
            let missing = MalformedBody(
                .missingField, field: field, message: "The field '\(field)' is missing; add it.")
            #expect(throws: missing) { try outline(format, #"{"model":"m"}"#) }
            #expect(throws: MalformedBody.self) { try outline(format, #"{"model":"m","\#(field)":7}"#) }
        }
    }
}
