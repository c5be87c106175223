import Testing

@testable import WireFormats

struct ResponsesStreamReaderTests {
    private typealias Exchange = ResponsesExchange

    private static let created =
        #"{"type":"response.created","response":{"id":"resp_1","model":"gpt"},"sequence_number":0}"#
    private static let start = ChatEvent.start(id: "resp_1", model: "gpt")

    private static func completed(_ members: String = #""output":[]"#) -> String {
        #"{"type":"response.completed","response":{"id":"resp_1","status":"completed",\#(members)}}"#
    }

    /// What a stream of these events says, behind its start.
    private func events(_ data: String...) throws -> [ChatEvent] {
        let stream = try ([Self.created] + data).reduce(into: [UInt8]()) { $0 += try Exchange.framed($1) }
        let events = Exchange.read(stream).events
        #expect(events.first == Self.start)
        return Array(events.dropFirst())
    }

    private static let whole: [String] = [
        created, #"{"type":"response.in_progress","response":{"id":"resp_1"}}"#,
        #"{"type":"response.output_item.added","output_index":0,"item":{"id":"rs","type":"reasoning","summary":[],"encrypted_content":"early"}}"#,
        #"{"type":"response.reasoning_summary_part.added","output_index":0,"summary_index":0,"part":{"type":"summary_text","text":""}}"#,
        #"{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"a"}"#,
        #"{"type":"response.reasoning_summary_text.done","output_index":0,"summary_index":0,"text":"a"}"#,
        #"{"type":"response.reasoning_summary_part.done","output_index":0,"summary_index":0,"part":{"type":"summary_text","text":"a"}}"#,
        #"{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":1,"delta":"b€"}"#,
        #"{"type":"response.output_item.done","output_index":0,"item":{"id":"rs","type":"reasoning","summary":[{"text":"a"},{"text":"b€"}],"encrypted_content":"gA+/="}}"#,
        #"{"type":"response.output_item.added","output_index":1,"item":{"id":"msg","type":"message","content":[]}}"#,
        #"{"type":"response.content_part.added","output_index":1,"content_index":0,"part":{"type":"output_text","text":""}}"#,
        #"{"type":"response.output_text.delta","output_index":1,"content_index":0,"delta":"x 𝄞\u0000"}"#,
        #"{"type":"response.output_text.annotation.added","output_index":1,"content_index":0,"annotation":{}}"#,
        #"{"type":"response.output_text.delta","output_index":1,"content_index":0,"delta":"y"}"#,
        #"{"type":"response.output_text.done","output_index":1,"content_index":0,"text":"x 𝄞\u0000y"}"#,
        #"{"type":"response.output_item.done","output_index":1,"item":{"id":"msg","type":"message","content":[{"type":"output_text","text":"x 𝄞\u0000y"}]}}"#,
        #"{"type":"response.output_item.added","output_index":2,"item":{"id":"fc","type":"function_call","call_id":"c","name":"f","arguments":""}}"#,
        #"{"type":"response.function_call_arguments.delta","output_index":2,"delta":"{\"n\": "}"#,
        #"{"type":"response.function_call_arguments.delta","output_index":2,"delta":"1.0}"}"#,
        #"{"type":"response.function_call_arguments.done","output_index":2,"arguments":"{\"n\": 1.0}"}"#,
        #"{"type":"response.output_item.done","output_index":2,"item":{"id":"fc","type":"function_call","call_id":"c","name":"f","arguments":"{\"n\": 1.0}"}}"#,
        #"{"type":"response.completed","response":{"id":"resp_1","status":"completed","output":[],"usage":{"input_tokens":4,"output_tokens":2}}}"#,
    ]
    private static let told: [ChatEvent] = [
        start, .reasoningDelta("a"), .reasoningDelta("\n\n"), .reasoningDelta("b€"),
        .reasoningEnd(OpaqueState(origin: "openai", value: "gA+/=", id: "rs")), .textDelta("x 𝄞\u{0}"), .textDelta("y"),
        .toolStart(index: 0, id: "c", name: "f"), .toolArgumentsDelta(index: 0, #"{"n": "#),
        .toolArgumentsDelta(index: 0, "1.0}"), .toolEnd(index: 0), .usage(TokenUsage(inputUncached: 4, output: 2)),
        .finish(.toolCall),
    ]

    @Test func `a stream says the same wherever its bytes are split`() throws {
        let stream = try Self.whole.reduce(into: [UInt8]()) { $0 += try Exchange.framed($1) }
        for stream in [stream, Array(stream.text.replacing("\n", with: "\r\n").utf8)] {
            for cut in 0...stream.count {
                let (events, reader) = Exchange.read(stream, splitAt: [cut])
                #expect(events == Self.told, "split at \(cut)")
                #expect(reader.isComplete && !reader.isForeign)
            }
            #expect(Exchange.read(stream, splitAt: Array(1..<stream.count)).events == Self.told)
        }
    }

    @Test func `a stream that ends early isn't complete`() throws {
        let stream = try Self.whole.dropLast().reduce(into: [UInt8]()) { $0 += try Exchange.framed($1) }
        let (events, reader) = Exchange.read(stream)
        #expect(events == Self.told.dropLast(2) && !reader.isComplete && !reader.isForeign)
    }

    @Test func `the last event may lack its blank line, and names of events may be missing`() throws {
        let stream = Self.whole.map { "data:" + $0 }.joined(separator: "\n\n")
        let (events, reader) = Exchange.read(Array(stream.utf8))
        #expect(events == Self.told && reader.isComplete)
    }

    @Test func `comments and keep-alives are signs of life`() throws {
        let stream =
            try Array(": ping\n\n".utf8) + Exchange.framed(Self.created, #"{"type":"keepalive","sequence_number":3}"#)
        #expect(Exchange.read(stream).events == [.ping, Self.start, .ping])
    }

    // MARK: Failures

    @Test(
        arguments: [
            #"{"type":"error","error":{"type":"t","code":"c","message":"m","param":"p"},"sequence_number":2}"#,
            #"{"type":"error","code":"c","message":"m","param":"p","sequence_number":2}"#,
            #"{"type":"response.failed","response":{"status":"failed","error":{"code":"c","message":"m","param":"p"},"output":[]}}"#,
        ])
    func `a failure is told once, in whatever form`(failure: String) throws {
        let events = try events(
            failure, #"{"type":"response.failed","response":{"error":{"message":"again"}}}"#, Self.completed())
        var said = UpstreamFailureBody(message: "m", code: "c", param: "p")
        if failure.contains(#""t""#) { said.type = "t" }
        #expect(events == [.failure(said)])
    }

    @Test func `a failure as the first event is one`() throws {
        for stream in [
            try Exchange.framed(#"{"type":"error","error":{"message":"m"}}"#),
            Array("data: {\"error\":{\"message\":\"m\"}}\n\n".utf8),
            Array("event: error\ndata: {\"message\":\"m\"}\n\n".utf8),
        ] {
            let (events, reader) = Exchange.read(stream)
            #expect(events == [.failure(UpstreamFailureBody(message: "m"))] && !reader.isForeign && !reader.isComplete)
        }
        #expect(Exchange.read(Array("event: error\ndata: oops\n\n".utf8)).events == [.failure(UpstreamFailureBody())])
    }

    @Test(arguments: ["{\"choices\":[]}", "<html>", "[1]", "{\"type\":\"message_start\"}"])
    func `another format is noticed`(data: String) {
        let (events, reader) = Exchange.read(Array("data: \(data)\n\n".utf8))
        #expect(reader.isForeign && events.isEmpty)
    }

    // MARK: Servers that leave things out

    @Test func `items without deltas are told at their ends`() throws {
        let events = try events(
            #"{"type":"response.output_item.done","output_index":0,"item":{"id":"rs","type":"reasoning","summary":[],"encrypted_content":"g"}}"#,
            #"{"type":"response.output_item.done","output_index":1,"item":{"type":"message","content":[{"type":"output_text","text":"a"}]}}"#,
            #"{"type":"response.output_item.added","output_index":2,"item":{"type":"function_call","call_id":"c","name":"f"}}"#,
            #"{"type":"response.output_item.done","output_index":2,"item":{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}}"#,
            #"{"type":"response.output_item.done","output_index":3,"item":{"type":"web_search_call"}}"#,
            Self.completed())
        #expect(
            events == [
                .hiddenReasoning(OpaqueState(origin: "openai", value: "g", id: "rs")), .textDelta("a"),
                .toolStart(index: 0, id: "c", name: "f"), .toolArgumentsDelta(index: 0, "{}"), .toolEnd(index: 0),
                .foreign(
                    ForeignPart(
                        origin: "openai", type: "web_search_call", json: Array(#"{"type":"web_search_call"}"#.utf8))),
                .finish(.toolCall),
            ])
    }

    @Test func `texts without deltas are told when they are done`() throws {
        let events = try events(
            #"{"type":"response.reasoning_text.done","output_index":0,"content_index":0,"text":"t"}"#,
            #"{"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning","content":[{"text":"t"}]}}"#,
            #"{"type":"response.output_text.done","output_index":1,"content_index":0,"text":"a"}"#,
            #"{"type":"response.refusal.done","output_index":1,"content_index":1,"refusal":"no"}"#,
            #"{"type":"response.output_item.added","output_index":2,"item":{"type":"function_call","call_id":"c","name":"f"}}"#,
            #"{"type":"response.function_call_arguments.done","output_index":2,"arguments":"{}"}"#, Self.completed())
        #expect(
            events == [
                .reasoningDelta("t"), .reasoningEnd(nil), .textDelta("a"), .refusalDelta("no"),
                .toolStart(index: 0, id: "c", name: "f"), .toolArgumentsDelta(index: 0, "{}"), .toolEnd(index: 0),
                .finish(.toolCall),
            ])
    }

    @Test func `an output that came in the last event only is told from there`() throws {
        let events = try events(
            Self.completed(
                #""output":[{"type":"message","content":[{"type":"output_text","text":"a"}]}],"usage":{"output_tokens":1}"#
            ))
        #expect(events == [.textDelta("a"), .usage(TokenUsage(output: 1)), .finish(.endTurn)])
    }

    @Test func `reasoning that isn't closed is, before anything else begins`() throws {
        let events = try events(
            #"{"type":"response.reasoning_text.delta","output_index":0,"content_index":0,"delta":"t"}"#,
            #"{"type":"response.output_text.delta","output_index":1,"content_index":0,"delta":"a"}"#, Self.completed())
        #expect(events == [.reasoningDelta("t"), .reasoningEnd(nil), .textDelta("a"), .finish(.endTurn)])
    }

    @Test func `thoughts beside their summary are not told twice`() throws {
        let events = try events(
            #"{"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"s"}"#,
            #"{"type":"response.reasoning_text.delta","output_index":0,"content_index":0,"delta":"t"}"#,
            #"{"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning"}}"#, Self.completed())
        #expect(events == [.reasoningDelta("s"), .reasoningEnd(nil), .finish(.endTurn)])
    }

    @Test func `items that share a place are told apart`() throws {
        func call(_ id: String, _ event: String) -> String {
            #"{"type":"response.output_item.\#(event)","output_index":0,"item":{"type":"function_call","call_id":"\#(id)","name":"f","arguments":"{}"}}"#
        }
        let events = try events(
            call("a", "added"), call("a", "done"), call("b", "added"), call("b", "done"), call("c", "added"),
            call("d", "added"), Self.completed())
        #expect(
            events.compactMap { if case .toolStart(let index, let id, _, _) = $0 { "\(index)\(id)" } else { nil } } == [
                "0a", "1b", "2c", "3d",
            ])
        #expect(events.filter { if case .toolEnd = $0 { true } else { false } }.count == 4)
    }

    @Test func `a refusal and an incomplete answer say why they end`() throws {
        #expect(
            try events(
                #"{"type":"response.refusal.delta","output_index":0,"content_index":0,"delta":"no"}"#, Self.completed()
            ) == [.refusalDelta("no"), .finish(.refusal)])
        let cut =
            #"{"type":"response.incomplete","response":{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}}}"#
        #expect(
            try events(#"{"type":"response.output_text.delta","output_index":0,"delta":"a"}"#, cut)
                == [.textDelta("a"), .finish(.maxTokens)])
    }

    @Test func `unknown events, [DONE] and what comes after the end do no harm`() throws {
        let stream =
            try Exchange.framed(
                Self.created, #"{"type":"response.hologram.delta","delta":"?"}"#, #"{"type":"response.queued"}"#,
                #"{"type":"odd"}"#, #"{"type":"response.output_text.delta","delta":5}"#, Self.completed(),
                #"{"type":"response.output_text.delta","output_index":0,"delta":"late"}"#)
            + Array("data: nonsense\n\ndata: [DONE]\n\n".utf8)
        #expect(Exchange.read(stream).events == [Self.start, .finish(.endTurn)])
    }

    @Test func `a last event that is too large to keep ends the stream all the same`() throws {
        let filler = String(repeating: "x", count: 17 << 20)
        let stream = try Exchange.framed(
            Self.created, #"{"type":"response.output_text.delta","output_index":0,"delta":"a"}"#,
            Self.completed(#""output":[],"instructions":"\#(filler)""#))
        let (events, reader) = Exchange.read(stream, splitAt: Array(stride(from: 4096, to: stream.count, by: 65_536)))
        #expect(events == [Self.start, .textDelta("a"), .finish(.endTurn)] && reader.isComplete)
        let cut = Array(stream.text.replacing("response.completed", with: "response.incomplete").utf8)
        #expect(Exchange.read(cut).events == [Self.start, .textDelta("a"), .finish(.maxTokens)])
    }

    @Test func `what is damaged on the way, or too large to keep, is not passed over`() throws {
        let began = try Exchange.framed(
            Self.created, #"{"type":"response.output_text.delta","output_index":0,"delta":"a"}"#)
        let filler = String(repeating: "x", count: 17 << 20)
        let large = try Exchange.framed(
            #"{"type":"response.output_item.done","output_index":1,"item":{"text":"\#(filler)"}}"#)
        for lost in [Array("data: {\"type\":\n\n".utf8), large] {
            let (events, reader) = Exchange.read(try began + lost + Exchange.framed(Self.completed()))
            guard case .failure(let failure)? = events.last else {
                Issue.record("no failure")
                continue
            }
            #expect(failure.isUnreadable && !reader.isComplete && !reader.isForeign)
        }
    }
}
