import Testing

@testable import WireFormats

/// What holds for every format there is; a new one is tested by being listed.
@Suite struct WireFormatContractTests {
    private let failure = ChatFailure(
        status: 400, type: "invalid_request_error", code: "invalid_value", message: "Say \"please\".", param: "a[0]")

    @Test func `names and paths are unique`() {
        let formats = [any WireFormat].builtIn
        #expect(Set(formats.map(\.id)).count == formats.count)
        let endpoints = formats.flatMap(\.endpoints).map { "\($0.method) \($0.path)" }
        #expect(Set(endpoints).count == endpoints.count && !endpoints.isEmpty)
    }

    @Test(arguments: [any WireFormat].served)
    func `what isn't JSON, isn't an object or names no model is refused`(format: any WireFormat) {
        for body in ["", "{", "[]", "null", "{}", #"{"model":1}"#, #"{"model":""}"#] {
            #expect(throws: MalformedBody.self, "\(format.id): \(body)") {
                try body.withBytes { _ = try format.outline($0, at: format.place, using: JSONTape()) }
            }
        }
    }

    @Test(arguments: [any WireFormat].builtIn)
    func `an answer of nothing in particular is refused`(format: any WireFormat) {
        for body in ["", "<html>", "[]", "{}", #"{"error":{"message":"x"}}"#] {
            #expect(throws: MalformedBody.self, "\(format.id): \(body)") {
                try body.withBytes { _ = try format.readAnswer($0, using: JSONTape()) }
            }
        }
    }

    @Test(arguments: [any WireFormat].served)
    func `a failure is written so that the format reads it back`(format: any WireFormat) {
        let body = format.failureBody(failure, requestID: "req-1")
        let read = body.withUnsafeBytes { format.readFailure($0, using: JSONTape()) }
        #expect(read?.message == failure.message)
    }

    @Test(arguments: [any WireFormat].served)
    func `the event that ends a broken stream is a failure to whoever follows it`(format: any WireFormat) {
        let event = format.failureEvent(failure, requestID: "req-1")
        let tap = StreamTapTests.pass(event, through: format, hidesUsage: true).tap
        #expect(tap.failure?.message == failure.message && !tap.isComplete)
        #expect(!event.text.contains("[DONE]"))
    }

    @Test(arguments: [any WireFormat].served)
    func `a streamed answer of its own is understood by its own tap`(format: any WireFormat) {
        guard let codec = format.chat else { return }
        let tap = StreamTapTests.pass(stream(codec, format), through: format, hidesUsage: false).tap
        #expect(!tap.isForeign && tap.isComplete && tap.failure == nil)
        #expect(tap.usage.map(isSame) == true && tap.model == "m" && tap.outputBytes == 5)
    }

    @Test(arguments: [any WireFormat].served)
    func `a streamed answer of its own is read back by its own reader`(format: any WireFormat) {
        guard let codec = format.chat, let reader = format.upstreamChat?.makeStreamReader() else { return }
        var read: [ChatEvent] = []
        stream(codec, format).withUnsafeBytes { reader.read($0, using: JSONTape(), into: &read) }
        reader.finish(using: JSONTape(), into: &read)
        let answer = ChatResponse(folding: read)
        #expect(reader.isComplete && !reader.isForeign && answer.text == "Hello" && answer.stopReason == .endTurn)
        #expect(answer.usage.map(isSame) == true && answer.model == "m")
    }

    @Test(arguments: [any WireFormat].served)
    func `a whole answer of its own is read back`(format: any WireFormat) throws {
        guard let codec = format.chat else { return }
        var body: [UInt8] = []
        codec.encode(ChatResponse(folding: events), to: call(format), into: &body)
        let answer = try body.withUnsafeBytes { try format.readAnswer($0, using: JSONTape()) }
        #expect(answer.usage.map(isSame) == true && answer.model == "m")
        #expect(try body[#require(answer.modelRange)].elementsEqual("\"m\"".utf8))
        guard let upstream = format.upstreamChat else { return }
        let read = try OpenAIExchange.parsing(body.text) { try upstream.decode(answer: $0) }
        #expect(
            read.text == "Hello" && read.stopReason == .endTurn && read.usage.map(isSame) == true && read.model == "m")
    }

    private func call(_ format: any WireFormat) -> AnsweredCall {
        var request = ChatRequest(model: "asked", turns: [ChatTurn(.user, "Hi")])
        (request.streams, request.asksForUsage) = (true, true)
        return AnsweredCall(request, at: format.place, id: "1", created: 7)
    }

    private func stream(_ codec: any ChatCodec, _ format: any WireFormat) -> [UInt8] {
        var writer = codec.makeStreamWriter(to: call(format))
        var stream: [UInt8] = []
        for event in events { writer.write(event, into: &stream) }
        writer.end(into: &stream)
        return stream
    }

    /// Not every format knows of caches and reasoning, but every one counts what went in and what came out.
    private func isSame(_ other: TokenUsage) -> Bool { other.input == usage.input && other.output == usage.output }

    private let usage = TokenUsage(inputUncached: 3, cacheRead: 2, cacheWrite: 1, output: 4, reasoning: 1)
    private var events: [ChatEvent] {
        [.start(id: "id-1", model: "m"), .textDelta("Hel"), .textDelta("lo"), .usage(usage), .finish(.endTurn)]
    }
}

extension [any WireFormat] {
    /// Those that have clients.
    static var served: Self { builtIn.filter { !$0.endpoints.isEmpty } }
}

extension WireFormat {
    /// Where its first endpoint is called.
    var place: CallPlace {
        endpoints[0].path.contains("{model}")
            ? CallPlace(endpoints[0], model: "m", query: "alt=sse") : CallPlace(endpoints[0])
    }
}
