import Testing

@testable import WireFormats

@Suite struct GeminiCodecTests {
    private func call(_ verb: String = "streamGenerateContent", query: String = "alt=sse") throws -> AnsweredCall {
        AnsweredCall(ChatRequest(model: "asked"), at: try Gemini.place(verb, query: query), id: "id1", created: 7)
    }

    private let usage = TokenUsage(inputUncached: 3, cacheRead: 2, output: 4, reasoning: 1)
    private let written =
        #""usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":3,"totalTokenCount":9,"cachedContentTokenCount":2,"thoughtsTokenCount":1}"#

    private var events: [ChatEvent] {
        [
            .start(id: "u1", model: "m"), .reasoningDelta("Hm."), .reasoningEnd(nil), .textDelta("Hé\"llo"),
            .textState(Gemini.google("s1")),
            .toolStart(index: 0, id: "c0", name: "f", state: Gemini.google("s2")),
            .toolStart(index: 1, id: "c1", name: "g"), .toolArgumentsDelta(index: 0, #"{"a":"#),
            .toolArgumentsDelta(index: 1, ""), .toolArgumentsDelta(index: 0, "1.0}"), .toolEnd(index: 1),
            .toolEnd(index: 0), .usage(usage), .finish(.toolCall),
        ]
    }

    /// A chunk with one part.
    private func chunk(_ part: String, _ rest: String = "") -> String {
        #"{"candidates":[{"content":{"role":"model","parts":[\#(part)]}\#(rest),"index":0}],"modelVersion":"m","responseId":"id1"}"#
    }

    private var chunks: [String] {
        [
            chunk(#"{"text":"Hm.","thought":true}"#), chunk(#"{"text":"Hé\"llo"}"#),
            chunk(#"{"text":"","thoughtSignature":"s1"}"#),
            chunk(#"{"functionCall":{"id":"c1","name":"g","args":{}}}"#),
            chunk(#"{"functionCall":{"id":"c0","name":"f","args":{"a":1.0}},"thoughtSignature":"s2"}"#),
            chunk(#"{"text":""}"#, #","finishReason":"STOP""#)
                .replacing(#","modelVersion""#, with: #",\#(written),"modelVersion""#),
        ]
    }

    private func stream(_ events: [ChatEvent], query: String = "alt=sse", ends: Bool = true) throws -> String {
        var writer = GeminiCodec().makeStreamWriter(to: try call(query: query))
        var stream: [UInt8] = []
        for event in events { writer.write(event, into: &stream) }
        if ends { writer.end(into: &stream) }
        return stream.text
    }

    @Test func `a stream is a chunk for every piece, calls whole, the usage with the end`() throws {
        #expect(try stream(events) == chunks.map { "data: \($0)\r\n\r\n" }.joined())
    }

    @Test func `without server-sent events it is one array`() throws {
        let array = try stream(events, query: "key=x")
        #expect(array == "[" + chunks.joined(separator: "\n,\r\n") + "\n]")
        _ = try Gemini.json(array)
    }

    @Test func `its own reader reads a stream as it was told`() throws {
        for query in ["alt=sse", ""] {
            let (read, reader) = Gemini.events(Array(try stream(events, query: query).utf8))
            #expect(reader.isComplete)
            let response = ChatResponse(folding: read)
            let told = ChatResponse(folding: events)
            #expect(response.parts.count == 4 && response.usage == usage && response.stopReason == .toolCall)
            #expect(response.parts.prefix(2) == told.parts.prefix(2))
            #expect(Set(response.toolCalls.map(\.id)) == ["c0", "c1"])
        }
    }

    @Test func `a broken stream ends in an error, and never looks finished`() throws {
        let failure = ChatFailure(status: 502, type: "api_error", code: "provider_unreachable", message: "Gone.")
        let error = #"{"error":{"code":502,"message":"Gone.","status":"UNAVAILABLE"}}"#
        for count in 0...events.count {
            for query in ["alt=sse", ""] {
                var writer = GeminiCodec().makeStreamWriter(to: try call(query: query))
                var stream: [UInt8] = []
                for event in events.prefix(count) { writer.write(event, into: &stream) }
                writer.fail(failure, requestID: "q", into: &stream)
                #expect(stream.text.contains(error) && !stream.text.contains("finishReason"))
                if query.isEmpty {
                    _ = try Gemini.json(stream.text)
                } else {
                    #expect(stream.text.hasSuffix("\r\n\r\n"))
                }
                let (read, reader) = Gemini.events(stream)
                guard case .failure(let body)? = read.last(where: { $0 != .ping }) else { return #expect(Bool(false)) }
                #expect(body.message == "Gone." && !reader.isComplete)
            }
        }
    }

    @Test func `a stream without anything still has an end`() throws {
        let end = try stream([])
        #expect(end.contains(#""finishReason":"OTHER""#) && end.contains(#""modelVersion":"asked""#))
        #expect(!end.contains("usageMetadata"))
        #expect(try Gemini.json(try stream([], query: "")) is [Any])
    }

    @Test func `other providers' states and parts don't show`() throws {
        let foreign = OpaqueState(origin: OpaqueState.anthropic, value: "x")
        let json = Array(#"{"executableCode":{}}"#.utf8)
        #expect(
            try stream(
                [
                    .textState(foreign), .reasoningEnd(foreign), .hiddenReasoning(foreign), .ping,
                    .foreign(ForeignPart(origin: "anthropic", type: "x", json: json)), .reasoningEnd(nil),
                    .failure(.init()),
                ], ends: false) == "")
        #expect(
            try stream([.foreign(ForeignPart(origin: "google", type: "x", json: json))], ends: false)
                == "data: \(chunk(#"{"executableCode":{}}"#).replacing(#":"m""#, with: #":"asked""#))\r\n\r\n")
        #expect(
            try stream([.reasoningEnd(Gemini.google("s"))], ends: false).contains(
                #""thought":true,"thoughtSignature":"s""#))
        #expect(
            try stream([.hiddenReasoning(Gemini.google("s"))], ends: false).contains(
                #"{"text":"","thoughtSignature":"s"}"#))
        #expect(try stream([.refusalDelta("No.")], ends: false).contains(#"{"text":"No."}"#))
    }

    @Test(
        arguments: [
            (.endTurn, "STOP"), (.stopSequence("x"), "STOP"), (.toolCall, "STOP"), (.maxTokens, "MAX_TOKENS"),
            (.contextFull, "MAX_TOKENS"), (.contentFiltered, "SAFETY"), (.refusal, "SAFETY"),
            (.malformedCall, "MALFORMED_FUNCTION_CALL"), (.paused, "OTHER"), (.other("x"), "OTHER"), (nil, "OTHER"),
        ] as [(StopReason?, String)])
    func `why an answer ended`(reason: StopReason?, word: String) throws {
        var response = ChatResponse(id: "u", model: "m")
        response.stopReason = reason
        var body: [UInt8] = []
        GeminiCodec().encode(response, to: try call("generateContent"), into: &body)
        #expect(body.text == chunk(#"{"text":""}"#, #","finishReason":"\#(word)""#))
    }

    @Test func `a refusal in words is an answer like others`() throws {
        let events: [ChatEvent] = [.start(id: "u", model: "m"), .refusalDelta("No."), .finish(.refusal)]
        var body: [UInt8] = []
        GeminiCodec().encode(ChatResponse(folding: events), to: try call("generateContent"), into: &body)
        #expect(body.text.contains(#""finishReason":"STOP""#))
        #expect(try stream(events, ends: true).contains(#""finishReason":"STOP""#))
    }

    @Test func `a whole answer is written, and read back the same`() throws {
        let response = ChatResponse(folding: events)
        var body = Array("x".utf8)
        GeminiCodec().encode(response, to: try call("generateContent"), into: &body)
        let text = String(body.text.dropFirst())
        #expect(
            text.hasPrefix(
                [
                    #"{"candidates":[{"content":{"role":"model","parts":[{"text":"Hm.","thought":true},"#,
                    #"{"text":"Hé\"llo","thoughtSignature":"s1"},"#,
                    #"{"functionCall":{"id":"c0","name":"f","args":{"a":1.0}},"thoughtSignature":"s2"},"#,
                    #"{"functionCall":{"id":"c1","name":"g","args":{}}}]},"finishReason":"STOP","index":0}],\#(written)"#,
                ].joined()))
        var read = try Gemini.answer(text)
        #expect(read.id == "id1" && read.usage == usage && read.stopReason == .toolCall)
        read.id = response.id
        #expect(read.parts.prefix(3) == response.parts.prefix(3) && read.toolCalls[1].arguments == "{}")
    }
}
