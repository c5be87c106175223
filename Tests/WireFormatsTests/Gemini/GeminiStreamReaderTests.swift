import Testing

@testable import WireFormats

@Suite struct GeminiStreamReaderTests {
    private static let head = #""modelVersion":"m","responseId":"r""#
    private static func chunk(_ parts: String, _ rest: String = "") -> String {
        #"{"candidates":[{"content":{"role":"model","parts":[\#(parts)]}\#(rest)}],\#(head)}"#
    }

    private static let chunks = [
        #"{"usageMetadata":{"trafficType":"ON_DEMAND"},\#(head)}"#,
        chunk(#"{"text":"Hm 🤔.","thought":true}"#), chunk(#"{"text":" Ja.","thought":true}"#),
        chunk(#"{"text":"Grüß"}"#),
        #"{"candidates":[{"content":{"parts":[{"text":" dich\n"}]}}],"usageMetadata":{"promptTokenCount":3},\#(head)}"#,
        chunk(
            #"{"functionCall":{"name":"f","args":{"a":"é"},"id":"abcd1234"},"thoughtSignature":"s1"},{"functionCall":{"name":"g","willContinue":true}}"#
        ),
        chunk(
            #"{"functionCall":{"partialArgs":[{"jsonPath":"$.x","stringValue":"A","willContinue":true}],"willContinue":true}}"#
        ),
        chunk(#"{"functionCall":{}}"#),
        #"{"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"s2"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2,"thoughtsTokenCount":1},\#(head)}"#,
    ]

    private static let expected: [ChatEvent] = [
        .start(id: "r", model: "m"), .reasoningDelta("Hm 🤔."), .reasoningDelta(" Ja."), .reasoningEnd(nil),
        .textDelta("Grüß"), .textDelta(" dich\n"), .usage(TokenUsage(inputUncached: 3)),
        .toolStart(index: 0, id: "abcd1234", name: "f", state: Gemini.google("s1")),
        .toolArgumentsDelta(index: 0, #"{"a":"é"}"#), .toolEnd(index: 0),
        .toolStart(index: 1, id: GeminiCallID.made(from: "r", "", "g", "1"), name: "g"),
        .toolArgumentsDelta(index: 1, #"{"x":"A"}"#), .toolEnd(index: 1), .textState(Gemini.google("s2")),
        .usage(TokenUsage(inputUncached: 3, output: 3, reasoning: 1)), .finish(.toolCall),
    ]

    @Test func `a stream tells the same, wherever its bytes are split`() {
        let stream = Array(Self.chunks.map { "data: \($0)\r\n\r\n" }.joined().utf8)
        for cuts in (0...stream.count).map({ [$0] }) + [Array(0...stream.count)] {
            let (events, reader) = Gemini.events(stream, splitAt: cuts)
            #expect(events.filter { $0 != .ping } == Self.expected, "cut at \(cuts.first ?? 0)")
            #expect(reader.isComplete && !reader.isForeign)
        }
    }

    @Test func `a stream that is one array tells the same`() {
        let stream = Array(("[" + Self.chunks.joined(separator: "\n,\r\n") + "\n]").utf8)
        for cuts in (0...stream.count).map({ [$0] }) + [Array(0...stream.count)] {
            let (events, reader) = Gemini.events(stream, splitAt: cuts)
            #expect(events.filter { $0 != .ping } == Self.expected, "cut at \(cuts.first ?? 0)")
            #expect(reader.isComplete && !reader.isForeign)
        }
    }

    @Test func `an answer that stops short is not whole, one without its last blank line is`() {
        let (events, reader) = Gemini.events(Gemini.stream(Self.chunk(#"{"text":"a"}"#)))
        #expect(events.last == .textDelta("a") && !reader.isComplete && !reader.isForeign)
        let last = "data: " + Self.chunk(#"{"text":"a"}"#, #","finishReason":"MAX_TOKENS""#)
        let (more, whole) = Gemini.events(Array(last.utf8))
        #expect(more.suffix(2) == [.textDelta("a"), .finish(.maxTokens)] && whole.isComplete)
        for stream in ["", #"data: {"candidates":[{"content"#, #"[{"candidates":[{"content"#] {
            let (none, cut) = Gemini.events(Array(stream.utf8))
            #expect(none.isEmpty && !cut.isComplete && !cut.isForeign)
        }
    }

    @Test func `nothing but usage comes after the end`() {
        let end = Self.chunk(#"{"text":"a"}"#, #","finishReason":"STOP""#)
        let usage = #"{"usageMetadata":{"promptTokenCount":1}}"#
        let (events, _) = Gemini.events(Gemini.stream(end, end, usage))
        #expect(
            events == [
                .start(id: "r", model: "m"), .textDelta("a"), .finish(.endTurn), .usage(TokenUsage(inputUncached: 1)),
            ])
    }

    @Test func `a blocked prompt ends the stream, and an open call is closed by the end`() {
        let (events, reader) = Gemini.events(Gemini.stream(#"{"promptFeedback":{"blockReason":"SAFETY"}}"#))
        #expect(events == [.start(id: "", model: ""), .finish(.contentFiltered)] && reader.isComplete)
        let (cut, _) = Gemini.events(
            Gemini.stream(
                Self.chunk(#"{"functionCall":{"name":"f","willContinue":true}}"#, #","finishReason":"MAX_TOKENS""#)))
        #expect(cut.suffix(3) == [.toolArgumentsDelta(index: 0, "{}"), .toolEnd(index: 0), .finish(.maxTokens)])
    }

    @Test func `a failure behind the reason why it ended doesn't take the answer back`() {
        let end = Self.chunk(#"{"text":"a"}"#, #","finishReason":"STOP""#)
        let (events, reader) = Gemini.events(Gemini.stream(end, #"{"error":{"code":503,"message":"Busy."}}"#))
        #expect(events.last == .finish(.endTurn) && reader.isComplete)
    }

    @Test func `what is damaged on the way is not passed over, and is nothing that Gemini said`() {
        let (events, reader) = Gemini.events(
            Gemini.stream(Self.chunk(#"{"text":"a"}"#), #"{"candidates":["#, Self.chunk(#"{"text":"b"}"#)))
        #expect(events.last == .failure(.unreadable("An event is no JSON.")) && !reader.isComplete)
    }

    @Test func `a failure ends it, and what comes after is not read`() {
        let error = #"{"error":{"code":503,"message":"Busy.","status":"UNAVAILABLE"}}"#
        for stream in [
            Gemini.stream(
                Self.chunk(#"{"text":"a"}"#), error, Self.chunk(#"{"text":"b"}"#, #","finishReason":"STOP""#)),
            Array("[\(Self.chunk(#"{"text":"a"}"#)),\(error)]".utf8),
        ] {
            let (events, reader) = Gemini.events(stream)
            let failure = UpstreamFailureBody(message: "Busy.", type: "UNAVAILABLE", code: "503")
            #expect(events.filter { $0 != .ping }.last == .failure(failure) && !reader.isComplete && !reader.isForeign)
        }
        let (first, _) = Gemini.events(Gemini.stream(error))
        #expect(first.count == 1)
        let (broken, reader) = Gemini.events(Gemini.stream(Self.chunk(#"{"text":"a"}"#), "{oh"))
        guard case .failure? = broken.last else { return #expect(Bool(false)) }
        #expect(!reader.isComplete && !reader.isForeign)
    }

    @Test(arguments: [
        #"data: {"choices":[]}"#, "data: [DONE]", "data: <html>", "event: message_start\ndata: {\"type\":\"x\"}",
        "data: []",
    ])
    func `a stream of another format is foreign`(stream: String) {
        let (events, reader) = Gemini.events(Array((stream + "\n\n").utf8))
        #expect(reader.isForeign && !reader.isComplete && events.isEmpty)
    }

    @Test func `comments are signs of life`() {
        #expect(Gemini.events(Array(": hello\n\n".utf8)).events == [.ping])
    }
}
