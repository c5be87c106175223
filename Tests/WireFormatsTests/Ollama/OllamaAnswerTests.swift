import Foundation
import Testing

@testable import WireFormats

@Suite struct OllamaAnswerTests {
    private let usage = TokenUsage(inputUncached: 3, cacheRead: 2, cacheWrite: 1, output: 4, reasoning: 1)

    private var events: [ChatEvent] {
        [
            .start(id: "id-1", model: "up"), .reasoningDelta("h"), .reasoningDelta("m"), .reasoningEnd(nil),
            .textDelta("Hel"), .ping, .textDelta("lo"),
            .toolStart(index: 0, id: "a", name: "f"), .toolArgumentsDelta(index: 0, #"{"x""#),
            .toolStart(index: 1, id: "b", name: "g"), .toolArgumentsDelta(index: 0, ": 1.0}"), .toolEnd(index: 1),
            .toolEnd(index: 0), .finish(.toolCall), .usage(usage),
        ]
    }

    private func stream(_ events: [ChatEvent], at path: String = "/api/chat") -> [UInt8] {
        var writer = OllamaChatCodec().makeStreamWriter(to: Ollama.call(path))
        var stream: [UInt8] = []
        for event in events { writer.write(event, into: &stream) }
        writer.end(into: &stream)
        return stream
    }

    private let end = #"""
        "done":true,"done_reason":"stop","total_duration":0,"load_duration":0,"prompt_eval_count":6,
        "prompt_eval_duration":0,"eval_count":4,"eval_duration":0
        """#

    private func line(_ members: String) throws -> NSDictionary {
        try Ollama.object(#"{"model":"up","created_at":"2026-08-07T06:08:07Z",\#(members)}"#)
    }

    @Test func `a chat is written as one message`() throws {
        var body: [UInt8] = []
        OllamaChatCodec().encode(ChatResponse(folding: events), to: Ollama.call(), into: &body)
        #expect(
            try Ollama.object(body)
                == line(
                    #"""
                    "message":{"role":"assistant","content":"Hello","thinking":"hm","tool_calls":[
                     {"id":"a","function":{"index":0,"name":"f","arguments":{"x": 1.0}}},
                     {"id":"b","function":{"index":1,"name":"g","arguments":{}}}]},\#(end)
                    """#))
        #expect(body.text.contains(#""arguments":{"x": 1.0}"#))
    }

    @Test(arguments: [nil, 300]) func `durations are told where they were measured`(untilFirst: Int?) throws {
        let times = AnswerTimes(total: 1000, untilFirstToken: untilFirst)
        var response = ChatResponse(folding: events)
        response.times = times
        var body: [UInt8] = []
        OllamaChatCodec().encode(response, to: Ollama.call(), into: &body)
        var writer = OllamaChatCodec().makeStreamWriter(to: Ollama.call())
        var stream: [UInt8] = []
        writer.note(times)
        writer.end(into: &stream)
        for line in [body, stream] {
            let told = try Ollama.object(line)
            #expect(told["total_duration"] as? Int == 1000 && told["load_duration"] as? Int == 0)
            #expect(told["prompt_eval_duration"] as? Int == untilFirst ?? 0)
            #expect(told["eval_duration"] as? Int == 1000 - (untilFirst ?? 0))
        }
    }

    @Test func `a generated text stands beside the rest`() throws {
        var body: [UInt8] = []
        OllamaChatCodec().encode(ChatResponse(folding: events), to: Ollama.call("/api/generate"), into: &body)
        #expect(try Ollama.object(body) == line(#""response":"Hello","thinking":"hm",\#(end)"#))
    }

    @Test func `a streamed chat is a line for each piece, and one for each whole call`() throws {
        func message(_ members: String) throws -> NSDictionary {
            try line(#""message":{"role":"assistant",\#(members)},"done":false"#)
        }
        #expect(
            try Ollama.lines(stream(events)) == [
                message(#""content":"","thinking":"h""#), message(#""content":"","thinking":"m""#),
                message(#""content":"Hel""#), message(#""content":"lo""#),
                message(#""content":"","tool_calls":[{"id":"b","function":{"index":1,"name":"g","arguments":{}}}]"#),
                message(
                    #""content":"","tool_calls":[{"id":"a","function":{"index":0,"name":"f","arguments":{"x":1.0}}}]"#),
                line(#""message":{"role":"assistant","content":""},\#(end)"#),
            ])
    }

    @Test func `a streamed generation is a line for each piece`() throws {
        #expect(
            try Ollama.lines(stream(events, at: "/api/generate")) == [
                line(#""response":"","thinking":"h","done":false"#),
                line(#""response":"","thinking":"m","done":false"#),
                line(#""response":"Hel","done":false"#), line(#""response":"lo","done":false"#),
                line(#""response":"",\#(end)"#),
            ])
    }

    @Test func `a call that the answer's end cut short is not lost`() throws {
        let lines = try Ollama.lines(
            stream([
                .start(id: "", model: "up"), .toolStart(index: 0, id: "a", name: "f"),
                .toolArgumentsDelta(index: 0, #"{"x"#), .finish(.maxTokens),
            ]))
        #expect(lines.count == 2)
        #expect(
            try lines[0]
                == line(
                    #"""
                    "message":{"role":"assistant","content":"","tool_calls":[
                     {"id":"a","function":{"index":0,"name":"f","arguments":{"_raw":"{\"x"}}}]},"done":false
                    """#))
        #expect(lines[1]["done_reason"] as? String == "length" && lines[1]["eval_count"] as? Int == 0)
    }

    @Test func `a refusal is text, and every reason is one of two words`() throws {
        let refusal: [ChatEvent] = [.start(id: "", model: "up"), .refusalDelta("No."), .finish(.refusal)]
        #expect(
            try Ollama.lines(stream(refusal))[0]
                == line(#""message":{"role":"assistant","content":"No."},"done":false"#))
        var body: [UInt8] = []
        OllamaChatCodec().encode(ChatResponse(folding: refusal), to: Ollama.call(), into: &body)
        #expect(body.text.contains(#""content":"No.""#))
        let reasons: [(StopReason, String)] = [
            (.endTurn, "stop"), (.stopSequence("x"), "stop"), (.maxTokens, "length"), (.contextFull, "length"),
            (.toolCall, "stop"), (.contentFiltered, "stop"), (.refusal, "stop"), (.paused, "stop"),
            (.malformedCall, "stop"), (.other("x"), "stop"),
        ]
        for (reason, word) in reasons { #expect(reason.ollamaDoneReason == word) }
    }

    @Test func `a broken stream ends with an error and doesn't look whole`() throws {
        var writer = OllamaChatCodec().makeStreamWriter(to: Ollama.call())
        var stream: [UInt8] = []
        writer.write(.start(id: "", model: "up"), into: &stream)
        writer.write(.textDelta("He"), into: &stream)
        let failure = ChatFailure(status: 502, type: "api_error", code: "x", message: "It \"broke\".")
        writer.fail(failure, requestID: "r", into: &stream)
        #expect(try Ollama.lines(stream).last == Ollama.object(#"{"error":"It \"broke\"."}"#))
        let (events, reader) = Ollama.read(stream)
        #expect(events.last == .failure(UpstreamFailureBody(message: "It \"broke\".")) && !reader.isComplete)
    }

    @Test func `what is written for a client is read back from an upstream`() throws {
        let (events, reader) = Ollama.read(stream(self.events))
        let response = ChatResponse(folding: events)
        #expect(reader.isComplete && !reader.isForeign)
        #expect(response.text == "Hello" && response.stopReason == .toolCall && response.model == "up")
        #expect(response.toolCalls.map(\.id) == ["b", "a"])
        #expect(response.usage == TokenUsage(inputUncached: 6, output: 4))
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (951_782_399, "2000-02-28T23:59:59Z"), (951_782_400, "2000-02-29T00:00:00Z"),
        (1_735_689_599, "2024-12-31T23:59:59Z"), (4_107_542_400, "2100-03-01T00:00:00Z"), (-5, "1970-01-01T00:00:00Z"),
        (Int.max, "9999-12-31T23:59:59Z"),
    ])
    func `times are written as RFC 3339 wants them`(seconds: Int, text: String) {
        #expect(OllamaTimestamp.text(seconds) == text)
    }

    @Test func `counts that nobody can have used are told as the most there is`() throws {
        let line = #"{"done":true,"prompt_eval_count":9223372036854775807,"eval_count":1}"#
        let usage = try #require(try Ollama.parse(line) { TokenUsage(ollama: $0) })
        #expect(usage.input == TokenUsage.most && usage.total == TokenUsage.most + 1)
    }
}
