import Testing

@testable import WireFormats

/// What clients see of failures, whatever format the provider tells them in.
@Suite struct FailurePairsTests {
    private static let failure = ChatFailure(
        status: 503, type: "overloaded_error", code: "overloaded", message: "The provider said \"no\"\n– twice.")

    /// An answer in which a failure may come at any place.
    private static let events: [ChatEvent] = [
        .start(id: "id-1", model: "m"), .reasoningDelta("Hm"), .reasoningDelta("."), .reasoningEnd(nil),
        .textDelta("Hel"), .textDelta("lo"),
        .toolStart(index: 0, id: "call_1abc", name: "weather"), .toolArgumentsDelta(index: 0, #"{"city":"#),
        .toolStart(index: 1, id: "call_2abc", name: "clock"), .toolArgumentsDelta(index: 1, "{}"),
        .toolArgumentsDelta(index: 0, #""Rome"}"#), .toolEnd(index: 1), .toolEnd(index: 0),
        .usage(TokenUsage(inputUncached: 3, output: 4)),
    ]

    @Test(arguments: [any WireFormat].clients)
    func `a stream that fails, at whatever place, never looks complete`(client: any WireFormat) throws {
        for count in 0...Self.events.count {
            let stream = try client.write(Self.events.prefix(count), to: AnswerFeature.asked, failing: Self.failure)
            let tap = StreamTapTests.pass(stream, through: client, hidesUsage: false).tap
            #expect(!tap.isComplete && !tap.isForeign, "after \(count) events: \(stream.text)")
            #expect(tap.failure?.message == Self.failure.message, "after \(count) events")
            for clean in ["[DONE]", "message_stop", "response.completed", #""done":true"#, #""finishReason""#] {
                #expect(!stream.text.contains(clean), "after \(count) events")
            }
            guard client.upstreamChat != nil else { continue }
            let (read, reader) = try client.read(stream: stream)
            #expect(!reader.isComplete)
            guard case .failure(let told)? = read.last else {
                Issue.record("no failure after \(count) events: \(read)")
                continue
            }
            #expect(told.message == Self.failure.message)
        }
    }

    @Test(arguments: [any WireFormat].clients)
    func `a stream that is cut off anywhere is not complete`(client: any WireFormat) throws {
        guard client.upstreamChat != nil else { return }
        let events = Self.events + [.finish(.toolCall)]
        let stream = try client.write(events, to: AnswerFeature.asked)
        let whole = AnswerMeaning(ChatResponse(folding: try client.read(stream: stream).events))
        for length in 0..<stream.count {
            let (read, reader) = try client.read(stream: Array(stream[..<length]))
            // What is complete has told its reason to end, and all that it says.
            guard reader.isComplete else { continue }
            let cut = AnswerMeaning(ChatResponse(folding: read))
            #expect(cut.text == whole.text && cut.calls == whole.calls && cut.stop == whole.stop, "cut at \(length)")
        }
    }

    @Test(arguments: Pair.all)
    func `a failure that one format tells is told by every other`(pair: Pair) throws {
        let body = pair.target.failureBody(Self.failure, requestID: "req-1")
        let read = try #require(body.withUnsafeBytes { pair.target.readFailure($0, using: JSONTape()) })
        #expect(read.message == Self.failure.message)
        var again = Self.failure
        again.message = read.message ?? ""
        let told = pair.client.failureBody(again, requestID: "req-2")
        #expect(
            told.withUnsafeBytes { pair.client.readFailure($0, using: JSONTape()) }?.message == Self.failure.message)
        _ = try told.object
    }

    @Test(.enabled(if: Recordings.areThere, Recordings.absence), arguments: RecordedExchange.paths)
    func `a recorded failure is understood`(path: String) throws {
        let exchange = try RecordedExchange(path)
        guard exchange.status >= 400, let body = exchange.answer else { return }
        let failure = body.withUnsafeBytes { exchange.format.readFailure($0, using: JSONTape()) }
        #expect(failure?.message?.isEmpty == false)
    }
}
