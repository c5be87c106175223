import Testing

@testable import WireFormats

struct ResponsesStoredAnswersTests {
    private let codec = OpenAIResponsesStoredAnswers()

    private func body(_ body: String, after turns: [(String, String)]) throws -> String {
        try body.withBytes { bytes in
            let turns = turns.map { (input: Array($0.0.utf8), answer: Array($0.1.utf8)) }
            return try codec.body(bytes, after: turns, using: JSONTape()).text
        }
    }

    private func input(_ body: String) throws -> String {
        try ResponsesExchange.withNode(body) { codec.input(of: $0).text }
    }

    @Test(arguments: [
        (#"{"input":"h\"i"}"#, #"[{"type":"message","role":"user","content":"h\"i"}]"#),
        (#"{"input":[ {"a":1.0} ]}"#, #"[ {"a":1.0} ]"#), (#"{"input":[]}"#, "[]"), (#"{"input":null}"#, "[]"),
        ("{}", "[]"),
    ])
    func `what a call adds is its input, as a list of items`(body: String, items: String) throws {
        #expect(try input(body) == items)
    }

    private static let answer = #"{"id":"resp_1","output":[{"type":"reasoning","encrypted_content":"gA=="},{"b":2}]}"#

    @Test func `the dialogue stands before the new input, all else stays`() throws {
        let said = try body(
            #"{"model":"m" , "previous_response_id":"resp_1","input":"more","odd":1.50}"#,
            after: [(#"[{"a":1}]"#, Self.answer), (#"[ {"c":3} ]"#, #"{"output":[{"d":4}]}"#)])
        let items =
            #"{"a":1},{"type":"reasoning","encrypted_content":"gA=="},{"b":2}, {"c":3} ,{"d":4},"#
            + #"{"type":"message","role":"user","content":"more"}"#
        #expect(said == #"{"model":"m" , "previous_response_id":null,"input":[\#(items)],"odd":1.50}"#)
    }

    @Test func `a call without input goes on from the dialogue alone`() throws {
        let said = try body(#"{"previous_response_id":"resp_1"}"#, after: [("[]", #"{"output":[{"d":4}]}"#)])
        #expect(said == #"{"previous_response_id":null,"input":[{"d":4}]}"#)
        #expect(try body(#"{"input":[]}"#, after: [("[ ]", #"{"output":[]}"#)]) == #"{"input":[]}"#)
    }

    @Test func `instructions are of one call only`() throws {
        let first = #"{"model":"m","instructions":"Rhyme.","input":"a"}"#
        let next = try body(
            #"{"model":"m","previous_response_id":"resp_1","input":"b"}"#,
            after: [(try input(first), #"{"instructions":"Rhyme.","output":[]}"#)])
        let request = try ResponsesExchange.decode(next)
        #expect(request.instructions.isEmpty)
        #expect(request.turns.map(\.text) == ["a", "b"])
    }

    @Test func `a dialogue with tools and reasoning is read as it was said`() throws {
        let state = OpaqueState(origin: OpaqueState.anthropic, value: "sig==")
        var response = ChatResponse(id: "x", model: "claude")
        response.parts = [
            ChatPart(.reasoning("hm"), state: state),
            ChatPart(.toolCall(ToolCall(id: "call_1", name: "f", arguments: #"{"a":1}"#))),
        ]
        response.stopReason = .toolCall
        let answer = ResponsesExchange.encode(response)
        let next = try body(
            #"{"model":"m","previous_response_id":"r","input":[{"type":"function_call_output","call_id":"call_1","output":"7"}]}"#,
            after: [(#"[{"role":"user","content":"go"}]"#, answer)])
        let request = try ResponsesExchange.decode(next)
        #expect(request.unread.isEmpty)
        #expect(request.turns.map(\.speaker) == [.user, .assistant, .user])
        #expect(request.turns[1].parts == response.parts)
        guard case .toolResult(let result) = request.turns[2].parts.first?.content else {
            Issue.record("no result")
            return
        }
        #expect(result.callID == "call_1")
    }

    // MARK: What a call and an answer say of ids

    private func outline(_ more: String) throws -> CallOutline {
        try #"{"model":"m","input":"a"\#(more)}"#.withBytes {
            try OpenAIResponsesFormat().outline($0, at: ResponsesExchange.place, using: JSONTape())
        }
    }

    @Test func `an answer is kept unless the call says not to`() throws {
        #expect(try outline("").stores && outline(#","store":true"#).stores && outline(#","store":null"#).stores)
        #expect(try !outline(#","store":false"#).stores)
        #expect(throws: MalformedBody.self) { try outline(#","store":"no""#) }
    }

    @Test func `the answer that a call goes on from is found, and named as its target calls it`() throws {
        let text = #"{"previous_response_id":"resp_\u0061","model":"m","input":"a"}"#
        var outline = try text.withBytes {
            try OpenAIResponsesFormat().outline($0, at: ResponsesExchange.place, using: JSONTape())
        }
        #expect(outline.predecessor?.id == "resp_a")
        #expect(OpenAIResponsesFormat().splices(outline, model: "m", askForUsage: true).isEmpty)
        outline.predecessor?.idAtTarget = "resp_\"up"
        let splices = OpenAIResponsesFormat().splices(outline, model: "n", askForUsage: true)
        let said = text.withBytes { $0.spliced(splices).text }
        #expect(said == #"{"previous_response_id":"resp_\"up","model":"n","input":"a"}"#)
    }

    @Test func `an id that is none, or two, is refused`() throws {
        #expect(throws: MalformedBody.self) { try outline(#","previous_response_id":7"#) }
        #expect(throws: MalformedBody.self) { try outline(#","previous_response_id":"a","previous_response_id":"b""#) }
        #expect(try outline(#","previous_response_id":null"#).predecessor == nil)
    }

    @Test func `a passed answer shows the client's names, and all else as it was`() throws {
        let names = AnswerNames(own: { "mine of \($0)" }, predecessor: { "before \($0 ?? "none")" })
        func shown(_ answer: String, _ names: AnswerNames) throws -> String {
            let ids = try answer.withBytes { try OpenAIResponsesFormat().readAnswer($0, using: JSONTape()).ids }
            return answer.withBytes { $0.spliced(ids?.splices(names) ?? []).text }
        }
        let answer = #"{"previous_response_id": null ,"id" :"resp_1","output":[{"id":"msg_1"}],"x":1.0}"#
        #expect(
            try shown(answer, names)
                == #"{"previous_response_id": "before none" ,"id" :"mine of resp_1","output":[{"id":"msg_1"}],"x":1.0}"#
        )
        let other = #"{"id":"resp_1","previous_response_id":"resp_0","output":[]}"#
        #expect(
            try shown(other, names)
                == #"{"id":"mine of resp_1","previous_response_id":"before resp_0","output":[]}"#)
        #expect(try shown(other, AnswerNames(own: { _ in nil }, predecessor: { _ in nil })) == other)
        #expect(try shown(#"{"output":[]}"#, names) == #"{"output":[]}"#)
    }

    @Test func `an answer that is kept has the id it is kept under, and says what it goes on from`() throws {
        let call = AnsweredCall(
            ChatRequest(model: "m"), at: ResponsesExchange.place, id: "a", created: 7, storedID: "resp_kept",
            predecessor: "resp_before")
        var writer = OpenAIResponsesCodec().makeStreamWriter(to: call)
        var stream: [UInt8] = []
        for event in [ChatEvent.start(id: "", model: "m"), .textDelta("Hi"), .finish(.endTurn)] {
            writer.write(event, into: &stream)
        }
        writer.end(into: &stream)
        for event in ResponsesExchange.events(of: stream) {
            try ResponsesExchange.withNode(event.data) { node in
                guard let response = node["response"] else { return }
                #expect((try? response["id"]?.string()) == "resp_kept", "\(event.type)")
                #expect((try? response["previous_response_id"]?.string()) == "resp_before")
                #expect((try? response["store"]?.boolean()) == true)
            }
        }
        // What is kept is what the last event tells.
        let last = try #require(ResponsesExchange.events(of: stream).last)
        let whole = try #require(writer.wholeAnswer).text
        #expect(last.type == "response.completed" && last.data.contains(whole))

        var body: [UInt8] = []
        OpenAIResponsesCodec().encode(
            ChatResponse(folding: [.start(id: "", model: "m"), .textDelta("Hi"), .finish(.endTurn)], created: 7),
            to: call,
            into: &body)
        #expect(body.text == whole)
    }

    @Test func `who deletes an answer is told so, and who asks in vain is told what to do`() {
        #expect(codec.deletedBody(id: "resp_1").text == #"{"id":"resp_1","object":"response","deleted":true}"#)
        let failure = codec.unknownPredecessor("resp_x")
        #expect(failure.status == 404 && failure.param == "previous_response_id" && failure.message.contains("resp_x"))
        #expect(codec.unknownAnswer(String(repeating: "x", count: 9999)).message.utf8.count < 300)
    }

    @Test func `a wish for a stream is read from the query`() {
        #expect(codec.outline(ofReading: "include[]=a&stream=true").streams)
        #expect(!codec.outline(ofReading: "stream=false").streams && !codec.outline(ofReading: "").streams)
    }
}

/// The ids in a stream that passes through.
struct ResponsesStreamNamesTests {
    private static func event(_ type: String, _ rest: String) -> String {
        "event: \(type)\ndata: {\"type\":\"\(type)\",\(rest)}\n\n"
    }

    private static func stream(_ id: String, after predecessor: String) -> String {
        func response(_ output: String) -> String {
            #""response":{"id": "\#(id)", "previous_response_id":\#(predecessor),"model":"m","output":[\#(output)]}"#
        }
        return event("response.created", response(""))
            + event("response.output_item.added", #""output_index":0,"item":{"id":"msg_1","type":"message"}"#)
            + event("response.output_text.delta", #""delta":"\"id\": \"resp_1\" é""#)
            + ": a comment\n\n" + event("response.completed", response(#"{"id":"msg_1"}"#))
    }

    private func pass(_ stream: String, splitAt cuts: [Int]) -> (output: String, tap: StreamTap) {
        let format = OpenAIResponsesFormat()
        let tap = format.makeStreamTap(hidesUsage: false, tape: JSONTape())
        tap.name(AnswerNames(own: { "mine-\($0)" }, predecessor: { _ in "before" }), in: format)
        let bytes = Array(stream.utf8)
        var output: [UInt8] = []
        for (from, to) in zip([0] + cuts, cuts + [bytes.count]) {
            let piece = Array(bytes[from..<to])
            switch piece.withUnsafeBytes({ tap.feed($0) }) {
            case .all: output += piece
            case .bytes(let bytes): output += bytes
            }
        }
        return ((output + tap.finish()).text, tap)
    }

    @Test func `every event shows the client's ids, however the stream is split, and all else as it was`() {
        let stream = Self.stream("resp_1", after: "null")
        let shown = Self.stream("mine-resp_1", after: #""before""#)
        for cut in 0...stream.utf8.count { #expect(pass(stream, splitAt: [cut]).output == shown, "cut at \(cut)") }
        #expect(pass(stream, splitAt: Array(0...stream.utf8.count)).output == shown)
        #expect(pass(Self.stream("resp_1", after: #""resp_0""#), splitAt: []).output == shown)
    }

    @Test func `an event that ends a broken stream has the client's id too`() {
        let begun = Self.event("response.created", #""response":{"id":"resp_1","model":"m","output":[]}"#)
        let tap = pass(begun, splitAt: []).tap
        let failure = ChatFailure(
            status: 502, type: "api_error", code: "provider_unreachable", message: "Gone.", param: nil, retryAfter: nil)
        let end = tap.failureEvent(failure, requestID: "req_1").text
        #expect(end.contains(#""id":"mine-resp_1""#) && end.contains("response.failed"))
    }

    @Test func `the last event of a long answer has the client's id too`() {
        let long = Self.event(
            "response.completed",
            #""response":{"id":"resp_1","output":[{"text":"\#(String(repeating: "long ", count: 600_000))"}]}"#)
        let (output, _) = pass(
            Self.event("response.created", #""response":{"id":"resp_1"}"#) + long, splitAt: [500, 2_000_000])
        #expect(output.firstRange(of: "\"resp_1\"") == nil && output.contains("mine-resp_1"))
    }
}
