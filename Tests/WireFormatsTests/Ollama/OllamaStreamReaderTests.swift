import Testing

@testable import WireFormats

@Suite struct OllamaStreamReaderTests {
    private let stream =
        Array(
            #"""
            {"model":"m","created_at":"t1","message":{"role":"assistant","content":"","thinking":"hm 🙂"},"done":false}
            {"model":"m","created_at":"t2","message":{"role":"assistant","content":"Hé"},"done":false}

            {"model":"m","created_at":"t3","message":{"role":"assistant","content":"","tool_calls":[{"id":"call_1","function":{"index":0,"name":"f","arguments":{"b": 1.0,"a":"é"}}},{"function":{"name":"g","arguments":{}}}]},"done":false}
            {"model":"m","created_at":"t4","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":1,"prompt_eval_count":5,"eval_count":7}
            """#.utf8) + Array("\n".utf8)

    private func expected(id: String) -> [ChatEvent] {
        [
            .start(id: "", model: "m"), .reasoningDelta("hm 🙂"), .reasoningEnd(nil), .textDelta("Hé"),
            .toolStart(index: 0, id: "call_1", name: "f"), .toolArgumentsDelta(index: 0, #"{"b": 1.0,"a":"é"}"#),
            .toolEnd(index: 0), .toolStart(index: 1, id: id, name: "g"), .toolArgumentsDelta(index: 1, "{}"),
            .toolEnd(index: 1), .usage(TokenUsage(inputUncached: 5, output: 7)), .finish(.toolCall),
        ]
    }

    private func madeUpID(_ events: [ChatEvent]) throws -> String {
        try #require(ChatResponse(folding: events).toolCalls.last?.id)
    }

    @Test func `a stream says the same wherever its bytes are split`() throws {
        let (events, reader) = Ollama.read(stream)
        #expect(try events == expected(id: madeUpID(events)))
        #expect(reader.isComplete && !reader.isForeign)
        for cut in 0...stream.count { #expect(Ollama.read(stream, splitAt: [cut]).events == events, "\(cut)") }
        #expect(Ollama.read(stream, splitAt: Array(1..<stream.count)).events == events)
        let withReturns = stream.flatMap { $0 == 0x0a ? [0x0d, 0x0a] : [$0] }
        for cut in 0...withReturns.count {
            #expect(Ollama.read(withReturns, splitAt: [cut]).events == events, "\(cut)")
        }
    }

    @Test func `an id is made for a call without one, the same each time and another in another answer`() throws {
        let id = try madeUpID(Ollama.read(stream).events)
        #expect(id.hasPrefix("call_") && id.count <= 40)
        #expect(
            id.utf8.allSatisfy { $0 == UInt8(ascii: "_") || (0x30...0x39).contains($0) || (0x61...0x7a).contains($0) })
        let later = Array(stream.text.replacing(#""created_at":"t3""#, with: #""created_at":"t9""#).utf8)
        #expect(try madeUpID(Ollama.read(later).events) != id)

        let twice = Array(
            #"""
            {"message":{"tool_calls":[{"function":{"name":"g","arguments":{}}},{"function":{"name":"g","arguments":{}}}]}}
            """#.utf8)
        let ids = ChatResponse(folding: Ollama.read(twice).events).toolCalls.map(\.id)
        #expect(ids.count == 2 && Set(ids).count == 2)
    }

    @Test func `the last line needs no line feed, and half of it is no end`() {
        let whole = Array(stream.dropLast())
        #expect(Ollama.read(whole).reader.isComplete)
        #expect(Ollama.read(whole).events == Ollama.read(stream).events)
        let (events, reader) = Ollama.read(Array(whole.dropLast()))
        #expect(!reader.isComplete && !reader.isForeign)
        #expect(!events.contains { if case .failure = $0 { true } else { false } })
    }

    @Test func `an error in the middle is a failure, and nothing is read after it`() {
        let broken = Array(
            #"""
            {"model":"m","response":"Yes","done":false}
            {"error":"an error was encountered"}
            {"model":"m","response":"","done":true}
            """#.utf8)
        let (events, reader) = Ollama.read(broken)
        #expect(
            events == [
                .start(id: "", model: "m"), .textDelta("Yes"),
                .failure(UpstreamFailureBody(message: "an error was encountered")),
            ])
        #expect(!reader.isComplete && !reader.isForeign)
    }

    @Test func `a line that can't be read is a failure, since what it said would be missing`() {
        for line in ["<html>", "[1]", #"{"a":"#] {
            let (events, reader) = Ollama.read(Array(#"{"response":"a"}"#.utf8) + Array("\n\(line)\n{}\n".utf8))
            #expect(events.last == .failure(.unreadable("A line of the stream can't be read.")), "\(line)")
            #expect(!reader.isComplete)
        }
    }

    @Test(arguments: ["<html>\n", "data: {}\n\n", #"{"choices":[]}"#, "[]\n", #"{"done":false}"#])
    func `what isn't Ollama's is foreign`(text: String) {
        let (events, reader) = Ollama.read(Array(text.utf8))
        if text.hasSuffix("\n") || text.hasPrefix("{") { #expect(reader.isForeign) }
        #expect(events.isEmpty && !reader.isComplete)
    }

    @Test(arguments: [
        (#""done_reason":"stop""#, StopReason.endTurn), (#""done_reason":"length""#, .maxTokens),
        (#""done_reason":"load""#, .other("load")), (#""done_reason":null"#, .endTurn), (#""x":1"#, .endTurn),
    ])
    func `the reason to stop is read`(member: String, reason: StopReason) throws {
        let text = #"{"message":{"content":"a","tool_calls":null,"images":null},"done":true,\#(member)}"#
        let response = try Ollama.parse(text) { try OllamaUpstreamChatCodec().decode(answer: $0) }
        #expect(response.stopReason == reason && response.text == "a" && response.usage == nil)
    }

    @Test func `an answer that was cut while it called a tool was cut`() throws {
        let text = #"""
            {"message":{"content":null,"tool_calls":[{"function":{"name":"f"}}]},"done":true,"done_reason":"length"}
            """#
        let response = try Ollama.parse(text) { try OllamaUpstreamChatCodec().decode(answer: $0) }
        #expect(response.stopReason == .maxTokens && response.toolCalls.map(\.arguments) == [""])
    }

    @Test(arguments: ["{}", "[]", #"{"error":"x"}"#, #"{"message":"x"}"#, #"{"response":1}"#])
    func `an answer without its main field is refused`(text: String) throws {
        #expect(throws: MalformedBody.self) {
            try Ollama.parse(text) { try OllamaUpstreamChatCodec().decode(answer: $0) }
        }
    }

    @Test func `a long stream is read in no time`() {
        let line = Array(#"{"model":"m","message":{"content":"word "},"done":false}"#.utf8) + [0x0a]
        let long = Array(repeatElement(line, count: 50_000).joined())
        let (events, _) = Ollama.read(long, splitAt: Array(stride(from: 1000, to: long.count, by: 1000)))
        #expect(events.count == 50_001)
    }
}
