import Testing

@testable import WireFormats

@Suite struct GeminiFormatTests {
    private let format = GeminiFormat()

    private func outline(
        _ body: String, _ verb: String = "generateContent", model: String? = "m"
    ) throws -> CallOutline {
        try body.withBytes { try format.outline($0, at: try Gemini.place(verb, model: model), using: JSONTape()) }
    }

    @Test func `the format is built in, and its answers come as the query says`() throws {
        #expect([any WireFormat].builtIn.contains { $0.id == .gemini })
        #expect(Set(format.endpoints.map(\.path)).count == 10)
        for query in ["alt=sse", "key=x&alt=sse", "%24alt=sse"] {
            let place = try Gemini.place("streamGenerateContent", query: query)
            #expect(format.streamContentType(at: place) == "text/event-stream; charset=utf-8")
        }
        for query in ["", "alt=json", "salt=sse", "$alt=json;enum-encoding=int"] {
            let place = try Gemini.place("streamGenerateContent", query: query)
            #expect(format.streamContentType(at: place) == "application/json")
        }
    }

    // MARK: Requests

    @Test func `a call is outlined`() throws {
        let body = """
            {"contents":[{"parts":[{"text":"12345"},{"inlineData":{"data":"0123456789"}},{"functionCall":{"a":1}}]},"678"],
             "system_instruction":{"parts":{"text":"90"}},"tools":[{}],
             "generation_config":{"max_output_tokens":50,"candidateCount":3}}
            """
        let plain = try outline(body)
        #expect(plain.model == "m" && !plain.streams && plain.asksForUsage && plain.modelRange == nil)
        #expect(plain.maxOutputTokens == 50 && plain.choices == 3 && plain.estimatedInputBytes == 5 + 7 + 3 + 2 + 4)
        #expect(try outline(body, "streamGenerateContent").streams)
        #expect(format.splices(plain, model: "other", askForUsage: true).isEmpty)
        let counted = try outline(#"{"contents":"12345"}"#, "countTokens")
        #expect(counted.estimatedInputBytes == 5 && counted.maxOutputTokens == 0)
    }

    @Test(
        arguments: [
            ("generateContent", "{}", "contents"), ("generateContent", #"{"contents":7}"#, "contents"),
            ("generateContent", #"{"contents":[7]}"#, "contents[0]"), ("countTokens", "{}", "contents"),
            ("countTokens", #"{"generateContentRequest":{}}"#, "generateContentRequest.contents"),
            ("generateContent", #"{"contents":"a","generationConfig":[]}"#, "generationConfig"),
            (
                "generateContent", #"{"contents":"a","generationConfig":{"maxOutputTokens":"x"}}"#,
                "generationConfig.maxOutputTokens"
            ),
            ("embedContent", "{}", "content"), ("batchEmbedContents", #"{"requests":[{}]}"#, "requests[0].content"),
            ("batchEmbedContents", #"{"requests":7}"#, "requests"), ("generateContent", "[]", nil),
            ("generateContent", "{", nil),
        ] as [(String, String, String?)])
    func `what no provider could answer is refused`(verb: String, body: String, field: String?) {
        let error = #expect(throws: MalformedBody.self) { try outline(body, verb) }
        #expect(error?.field == field)
    }

    @Test func `a path without a model is refused`() {
        for model in [nil, ""] {
            let error = #expect(throws: MalformedBody.self) { try outline(#"{"contents":"a"}"#, model: model) }
            #expect(error?.field == "model" && error?.code == .missingField)
        }
    }

    @Test func `a model that the body repeats is renamed with that of the path`() throws {
        func renamed(_ body: String, _ verb: String) throws -> String {
            let splices = format.splices(try outline(body, verb), model: "n", askForUsage: true)
            var bytes = Array(body.utf8)
            for splice in splices.reversed() { bytes.replaceSubrange(splice.range, with: splice.replacement) }
            return bytes.text
        }
        #expect(
            try renamed(
                #"{"requests":[{"model":"models/m","content":"a"},{"content":"b"},{"model":"models/m","content":"c"}]}"#,
                "batchEmbedContents")
                == #"{"requests":[{"model":"models/n","content":"a"},{"content":"b"},{"model":"models/n","content":"c"}]}"#
        )
        #expect(
            try renamed(#"{"model":"models/m","content":"a"}"#, "embedContent")
                == #"{"model":"models/n","content":"a"}"#)
        #expect(
            try renamed(#"{"generateContentRequest":{"model":"models/m","contents":"a"}}"#, "countTokens")
                == #"{"generateContentRequest":{"model":"models/n","contents":"a"}}"#)
        let same = try outline(#"{"model":"models/m","content":"a"}"#, "embedContent")
        #expect(format.splices(same, model: "m", askForUsage: false).isEmpty)
    }

    // MARK: Answers

    @Test func `a whole answer that passes is outlined`() throws {
        func read(_ body: String) throws -> AnswerOutline {
            try body.withBytes { try format.readAnswer($0, using: JSONTape()) }
        }
        let body = #"{"candidates":[],"usageMetadata":{"promptTokenCount":3},"modelVersion":"gemini-x"}"#
        let answer = try read(body)
        #expect(answer.model == "gemini-x" && answer.usage == TokenUsage(inputUncached: 3))
        #expect(try Array(body.utf8)[#require(answer.modelRange)].elementsEqual(#""gemini-x""#.utf8))
        for other in ["promptFeedback", "totalTokens", "embedding", "embeddings"] {
            #expect(try read(#"{"\#(other)":{}}"#) == AnswerOutline())
        }
        for body in ["", "<html>", "[]", "{}", #"{"error":{"message":"x"}}"#] {
            #expect(throws: MalformedBody.self) { try read(body) }
        }
    }

    /// A tap that has taken in a stream in these pieces, and what it passed on.
    private func tap(
        _ stream: [UInt8], choices: Int = 1, splitAt cuts: [Int] = []
    ) -> (tap: StreamTap, output: [UInt8]) {
        let tap = format.makeStreamTap(hidesUsage: true, choices: choices, tape: JSONTape())
        var output: [UInt8] = []
        for (from, to) in zip([0] + cuts, cuts + [stream.count]) {
            let piece = Array(stream[from..<to])
            switch piece.withUnsafeBytes({ tap.feed($0) }) {
            case .all: output += piece
            case .bytes(let bytes): output += bytes
            }
        }
        return (tap, output + tap.finish())
    }

    @Test func `a stream that passes is followed, wherever its bytes are split`() {
        let stream = Gemini.stream(
            #"{"candidates":[{"content":{"parts":[{"text":"Hé","thought":true},{"text":"abc"}]}}],"usageMetadata":{"trafficType":"X"},"modelVersion":"m"}"#,
            #"{"candidates":[{"content":{"parts":[{"functionCall":{}}]}}],"usageMetadata":{"promptTokenCount":1},"modelVersion":"n"}"#,
            #"{"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2}}"#
        )
        for cut in 0...stream.count {
            let (tap, output) = tap(stream, splitAt: [cut])
            #expect(output == stream && tap.isComplete && !tap.isForeign && tap.failure == nil && tap.model == "m")
            #expect(tap.usage == TokenUsage(inputUncached: 1, output: 2))
            #expect(tap.events == 3 && tap.contentEvents == 2 && tap.outputBytes == 3 + 3 + 2)
        }
    }

    @Test func `an answer is whole when all candidates are, or when the prompt was blocked`() {
        func isComplete(_ chunk: String, _ choices: Int = 1) -> Bool {
            tap(Gemini.stream(chunk), choices: choices).tap.isComplete
        }
        #expect(isComplete(#"{"candidates":[{"finishReason":1}]}"#))
        #expect(!isComplete(#"{"candidates":[{"finishReason":0}]}"#))
        #expect(!isComplete(#"{"candidates":[{"finishReason":"FINISH_REASON_UNSPECIFIED"}]}"#))
        #expect(!isComplete(#"{"candidates":[{"finishReason":"STOP"}]}"#, 2))
        #expect(isComplete(#"{"candidates":[{"finishReason":"STOP"},{"index":1,"finishReason":"STOP"}]}"#, 2))
        #expect(isComplete(#"{"promptFeedback":{"blockReason":"OTHER"}}"#))
    }

    @Test func `a failure is swallowed, and another format noticed`() {
        let chunk = #"{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}"#
        let (failed, output) = tap(Gemini.stream(chunk, #"{"error":{"code":500,"message":"Oh.","status":"INTERNAL"}}"#))
        #expect(failed.failure == UpstreamFailureBody(message: "Oh.", type: "INTERNAL", code: "500"))
        #expect(output == Gemini.stream(chunk) && !failed.isComplete)
        for stream in ["data: {\"choices\":[]}\n\n", "data: [DONE]\n\n", "data: <html>\n\n"] {
            #expect(tap(Array(stream.utf8)).tap.isForeign)
        }
    }

    // MARK: Failures

    private let failure = ChatFailure(status: 429, type: "t", code: "c", message: "Say \"please\".", param: "p")

    @Test func `failures are written in Google's shape`() {
        let body = #"{"error":{"code":429,"message":"Say \"please\".","status":"RESOURCE_EXHAUSTED"}}"#
        #expect(format.failureBody(failure, requestID: "q").text == body)
        #expect(format.failureEvent(failure, requestID: "q").text == "data: \(body)\r\n\r\n")
        let told = tap(format.failureEvent(failure, requestID: "q")).tap
        #expect(told.failure?.message == failure.message && !told.isComplete)
    }

    @Test(arguments: [
        (400, "INVALID_ARGUMENT"), (401, "UNAUTHENTICATED"), (402, "RESOURCE_EXHAUSTED"), (403, "PERMISSION_DENIED"),
        (404, "NOT_FOUND"), (405, "UNIMPLEMENTED"), (408, "DEADLINE_EXCEEDED"), (413, "INVALID_ARGUMENT"),
        (429, "RESOURCE_EXHAUSTED"), (500, "INTERNAL"), (502, "UNAVAILABLE"), (503, "UNAVAILABLE"),
        (504, "DEADLINE_EXCEEDED"), (508, "FAILED_PRECONDITION"), (529, "UNAVAILABLE"), (599, "INTERNAL"),
    ])
    func `every status has Google's name`(status: Int, name: String) { #expect(GeminiFailure.status(status) == name) }

    @Test func `failures are read, alone or in an array`() {
        func read(_ body: String) -> UpstreamFailureBody? {
            body.withBytes { format.readFailure($0, using: JSONTape()) }
        }
        let error = #"{"error":{"code":404,"message":"No.","status":"NOT_FOUND","details":[]}}"#
        let expected = UpstreamFailureBody(message: "No.", type: "NOT_FOUND", code: "404")
        #expect(read(error) == expected && read("[\(error)]") == expected && read("[{},\(error)]") == expected)
        #expect(
            read(
                """
                {"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[
                 {"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"},
                 {"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"contents[0]"},{"field":"b"}]}]}}
                """)
                == UpstreamFailureBody(
                    message: "API key not valid.", type: "INVALID_ARGUMENT", code: "API_KEY_INVALID",
                    param: "contents[0]", status: 401))
        #expect(read(#"{"error":"Busy."}"#) == UpstreamFailureBody(message: "Busy."))
        for body in ["", "<html>", "{}", "[]", "7", #"{"candidates":[]}"#, #"{"error":7}"#] {
            #expect(read(body) == nil)
        }
    }

    @Test func `what a broken array stream's writer says is a failure to read`() throws {
        let call = AnsweredCall(
            ChatRequest(model: "m"), at: try Gemini.place("streamGenerateContent"), id: "i", created: 1)
        var writer = try #require(format.chat).makeStreamWriter(to: call)
        var stream: [UInt8] = []
        writer.fail(failure, requestID: "q", into: &stream)
        #expect(stream.text == "[" + format.failureBody(failure, requestID: "q").text + "\n]")
    }
}
