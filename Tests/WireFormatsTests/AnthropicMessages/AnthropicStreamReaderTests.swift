import Testing

@testable import WireFormats

@Suite struct AnthropicStreamReaderTests {
    private typealias Exchange = AnthropicExchange

    /// The data as events, named after their types.
    static func stream(_ data: [String]) -> [UInt8] {
        data.flatMap { data in
            let type = data.dropFirst(9).prefix { $0 != "\"" }
            return Array("event: \(type)\ndata: \(data)\n\n".utf8)
        }
    }

    static let whole = [
        #"{"type":"message_start","message":{"id":"msg_1","model":"claude-x","usage":{"input_tokens":10,"cache_read_input_tokens":4,"output_tokens":1}}}"#,
        #"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
        #"{"type":"ping"}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm… "}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"Sig+"}}"#,
        #"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"/="}}"#,
        #"{"type":"content_block_stop","index":0}"#,
        #"{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"Red+/="}}"#,
        #"{"type":"content_block_stop","index":1}"#,
        #"{"type":"content_block_start","index":2,"content_block":{"type":"text","text":"","citations":[]}}"#,
        #"{"type":"content_block_delta","index":2,"delta":{"type":"citations_delta","citation":{"type":"char_location","cited_text":"x"}}}"#,
        #"{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"Grüß \ud83d\ude00"}}"#,
        #"{"type":"content_block_delta","index":2,"delta":{"type":"new_delta","text":"?"}}"#,
        #"{"type":"content_block_stop","index":2}"#,
        #"{"type":"content_block_start","index":3,"content_block":{"type":"server_tool_use","id":"s","name":"web_search","input":{}}}"#,
        #"{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{\"q\":"}}"#,
        #"{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"1}"}}"#,
        #"{"type":"content_block_stop","index":3}"#,
        #"{"type":"content_block_start","index":4,"content_block":{"type":"web_search_tool_result","content":[1]}}"#,
        #"{"type":"content_block_stop","index":4}"#,
        #"{"type":"content_block_start","index":5,"content_block":{"type":"tool_use","id":"t1","name":"f","input":{}}}"#,
        #"{"type":"content_block_delta","index":5,"delta":{"type":"input_json_delta","partial_json":""}}"#,
        #"{"type":"content_block_delta","index":5,"delta":{"type":"input_json_delta","partial_json":"{\"a\""}}"#,
        #"{"type":"content_block_delta","index":5,"delta":{"type":"input_json_delta","partial_json":":1.0}"}}"#,
        #"{"type":"content_block_stop","index":5}"#,
        #"{"type":"new_event","x":1}"#,
        #"{"type":"content_block_start","index":6,"content_block":{"type":"tool_use","id":"t2","name":"g","input":{"whole":true}}}"#,
        #"{"type":"content_block_stop","index":6}"#,
        #"{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":42}}"#,
        #"{"type":"message_stop"}"#,
    ]

    private static func foreign(_ type: String, _ json: String) -> ChatEvent {
        .foreign(ForeignPart(origin: "anthropic", type: type, json: Array(json.utf8)))
    }

    static let wholeEvents: [ChatEvent] = [
        .start(id: "msg_1", model: "claude-x"), .usage(TokenUsage(inputUncached: 10, cacheRead: 4, output: 1)),
        .ping, .reasoningDelta("Hm… "), .reasoningEnd(OpaqueState(origin: "anthropic", value: "Sig+/=")),
        .hiddenReasoning(OpaqueState(origin: "anthropic", value: "Red+/=")),
        .textDelta("Grüß 😀"), foreign("citations_delta", #"{"type":"char_location","cited_text":"x"}"#),
        foreign("server_tool_use", #"{"type":"server_tool_use","id":"s","name":"web_search","input":{"q":1}}"#),
        foreign("web_search_tool_result", #"{"type":"web_search_tool_result","content":[1]}"#),
        .toolStart(index: 0, id: "t1", name: "f"), .toolArgumentsDelta(index: 0, #"{"a""#),
        .toolArgumentsDelta(index: 0, ":1.0}"), .toolEnd(index: 0),
        .toolStart(index: 1, id: "t2", name: "g"), .toolArgumentsDelta(index: 1, #"{"whole":true}"#),
        .toolEnd(index: 1),
        .usage(TokenUsage(inputUncached: 10, cacheRead: 4, output: 42)), .finish(.toolCall),
    ]

    @Test func `a stream says the same wherever it is split`() {
        for lineEnd in ["\n", "\r\n"] {
            let stream = Array(Self.stream(Self.whole).text.replacing("\n", with: lineEnd).utf8)
            let (events, reader) = Exchange.events(stream)
            #expect(events == Self.wholeEvents)
            #expect(reader.isComplete && !reader.isForeign)
            for cut in 1..<stream.count {
                guard Exchange.events(stream, splitAt: [cut]).events != Self.wholeEvents else { continue }
                Issue.record("split at \(cut)")
            }
            #expect(Exchange.events(stream, splitAt: Array(1..<stream.count)).events == Self.wholeEvents)
        }
    }

    @Test func `events without names are known by their types`() {
        let stream = Self.whole.map { "data: \($0)\n\n" }.joined()
        #expect(Exchange.events(Array(stream.utf8)).events == Self.wholeEvents)
    }

    @Test func `a stream that ends early is not whole`() {
        for count in 1..<(Self.whole.count - 2) {
            let (events, reader) = Exchange.events(Self.stream(Array(Self.whole.prefix(count))))
            #expect(!reader.isComplete)
            #expect(!events.contains { if case .finish = $0 { true } else { false } })
        }
        // The reason to stop is all that was missing.
        #expect(Exchange.events(Self.stream(Array(Self.whole.dropLast()))).reader.isComplete)
        #expect(
            Exchange.events(Self.stream([#"{"type":"message_start","message":{}}"#])).events == [
                .start(id: "", model: "")
            ])
    }

    @Test func `a last event without its blank line counts`() {
        let stream = Self.stream(Self.whole.dropLast()).dropLast()
        #expect(Exchange.events(Array(stream)).events == Self.wholeEvents)
    }

    @Test func `an error ends the stream, at any place`() {
        let error = #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#
        let failure = ChatEvent.failure(UpstreamFailureBody(message: "Overloaded", type: "overloaded_error"))
        for count in 0..<5 {
            let data = Array(Self.whole.prefix(count)) + [error] + Self.whole.dropFirst(count)
            let (events, reader) = Exchange.events(Self.stream(data))
            #expect(events.last == failure)
            #expect(!reader.isComplete && !reader.isForeign)
        }
        let bare = Exchange.events(Array("event: error\ndata: gone\n\n".utf8))
        #expect(bare.events == [.failure(UpstreamFailureBody())])
    }

    @Test func `an error behind the reason why it ended doesn't take the answer back`() {
        let error = #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#
        let (events, reader) = Exchange.events(Self.stream(Self.whole.dropLast() + [error]))
        #expect(events == Self.wholeEvents && reader.isComplete)
    }

    @Test func `what is damaged on the way is not passed over`() {
        let (events, reader) = Exchange.events(Self.stream([Self.whole[0]]) + Array("data: {\"type\":\n\n".utf8))
        #expect(events.last == .failure(.unreadable("An event of the stream is not valid JSON.")))
        #expect(!reader.isComplete)
        let again = Exchange.events(Self.stream([Self.whole[0], Self.whole[1], Self.whole[0]]))
        #expect(again.events.last == .failure(.unreadable("The stream began anew before it had ended.")))
    }

    @Test(arguments: [
        "data: {\"choices\":[]}\n\n", "data: [DONE]\n\n", "data: hello\n\n",
        "event: response.created\ndata: {\"type\":\"response.created\"}\n\n",
    ])
    func `a stream in another format is foreign`(stream: String) {
        let (events, reader) = Exchange.events(Array(stream.utf8) + Self.stream(Self.whole))
        #expect(events.isEmpty)
        #expect(reader.isForeign && !reader.isComplete)
    }

    @Test func `a refusal may say nothing but why`() {
        let (events, reader) = Exchange.events(
            Self.stream([
                #"{"type":"message_start","message":{"id":"m","model":"c","usage":{"input_tokens":1,"output_tokens":1}}}"#,
                #"{"type":"message_delta","delta":{"stop_reason":"refusal","stop_details":{"explanation":"No."}},"usage":{"output_tokens":5}}"#,
                #"{"type":"message_stop"}"#,
            ]))
        #expect(
            events == [
                .start(id: "m", model: "c"), .usage(TokenUsage(inputUncached: 1, output: 1)),
                .usage(TokenUsage(inputUncached: 1, output: 5)), .refusalDelta("No."), .finish(.refusal),
            ])
        #expect(reader.isComplete)
    }

    @Test func `blocks that nobody ended end with the message`() {
        let (events, _) = Exchange.events(
            Self.stream([
                #"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"a","signature":"s"}}"#,
                #"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"f"}}"#,
                #"{"type":"message_stop"}"#,
            ]))
        #expect(
            events == [
                .start(id: "", model: ""), .reasoningDelta("a"), .toolStart(index: 0, id: "t", name: "f"),
                .reasoningEnd(OpaqueState(origin: "anthropic", value: "s")), .toolEnd(index: 0), .finish(.toolCall),
            ])
    }

    @Test func `a long call is read in a time that grows with its length`() {
        let delta =
            #"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"xxxxxxxxxxxxxxxxxxxxxxxxxxxx"}}"#
        let begin =
            #"{"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"s","input":{}}}"#
        let stream = Self.stream([begin] + Array(repeating: delta, count: 20_000) + [#"{"type":"message_stop"}"#])
        let clock = ContinuousClock()
        let time = clock.measure { #expect(Exchange.events(stream).reader.isComplete) }
        #expect(time < .seconds(20))
    }
}
