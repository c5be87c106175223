import Testing

@testable import WireFormats

@Suite struct BedrockConverseStreamTests {
    private typealias Writer = AWSEventStreamWriter

    /// The events of a stream that comes in these pieces, and whether it was whole and of the format.
    static func read(_ bytes: [UInt8], cuts: [Int] = []) -> (events: [ChatEvent], isComplete: Bool, isForeign: Bool) {
        let reader = BedrockConverseCodec().makeStreamReader()
        let tape = JSONTape()
        var events: [ChatEvent] = []
        let ends = cuts + [bytes.count]
        for (start, end) in zip([0] + cuts, ends) {
            Array(bytes[start..<end]).withUnsafeBytes { reader.read($0, using: tape, into: &events) }
        }
        reader.finish(using: tape, into: &events)
        return (events, reader.isComplete, reader.isForeign)
    }

    private let whole: [UInt8] = [
        ("messageStart", #"{"role":"assistant","p":"abc"}"#),
        ("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Hm"}},"p":"abcd"}"#),
        ("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"m\u00e4"}}}"#),
        ("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"Sig+/="}}}"#),
        ("contentBlockStop", #"{"contentBlockIndex":0}"#),
        ("contentBlockDelta", #"{"contentBlockIndex":1,"delta":{"reasoningContent":{"redactedContent":"U2VhbGVk"}}}"#),
        ("contentBlockStop", #"{"contentBlockIndex":1}"#),
        ("contentBlockDelta", #"{"contentBlockIndex":2,"delta":{"text":""}}"#),
        ("contentBlockDelta", #"{"contentBlockIndex":2,"delta":{"text":"Grüße"}}"#),
        ("contentBlockStop", #"{"contentBlockIndex":2}"#),
        ("somethingNew", "{}"),
        ("contentBlockStart", #"{"contentBlockIndex":3,"start":{"toolUse":{"toolUseId":"t1","name":"f"}}}"#),
        ("contentBlockDelta", #"{"contentBlockIndex":3,"delta":{"toolUse":{"input":"{\"a\":"}}}"#),
        ("contentBlockDelta", #"{"contentBlockIndex":3,"delta":{"toolUse":{"input":"1.0}"}}}"#),
        ("contentBlockStop", #"{"contentBlockIndex":3}"#),
        ("contentBlockStart", #"{"contentBlockIndex":4,"start":{"toolUse":{"toolUseId":"t2","name":"g"}}}"#),
        ("contentBlockStop", #"{"contentBlockIndex":4}"#),
        ("messageStop", #"{"stopReason":"tool_use"}"#),
        (
            "metadata",
            #"{"metrics":{"latencyMs":1},"usage":{"inputTokens":3,"outputTokens":5,"totalTokens":20,"cacheReadInputTokens":4,"#
                + #""cacheWriteInputTokens":8,"cacheDetails":[{"ttl":"1h","inputTokens":6},{"ttl":"5m","inputTokens":2}]}}"#
        ),
    ].flatMap { AWSEventStreamWriter.event($0.0, $0.1) }

    private let events: [ChatEvent] = [
        .start(id: "", model: ""), .reasoningDelta("Hm"), .reasoningDelta("mä"),
        .reasoningEnd(OpaqueState(origin: "anthropic", value: "Sig+/=")),
        .hiddenReasoning(OpaqueState(origin: "anthropic", value: "Sealed")), .textDelta("Grüße"),
        .toolStart(index: 0, id: "t1", name: "f"), .toolArgumentsDelta(index: 0, #"{"a":"#),
        .toolArgumentsDelta(index: 0, "1.0}"), .toolEnd(index: 0), .toolStart(index: 1, id: "t2", name: "g"),
        .toolEnd(index: 1), .finish(.toolCall),
        .usage(TokenUsage(inputUncached: 3, cacheRead: 4, cacheWrite: 8, cacheWriteLong: 6, output: 5)),
    ]

    @Test func `a stream is the same events wherever it is split`() {
        for cut in 0...whole.count {
            let read = Self.read(whole, cuts: [cut])
            #expect(read.events == events && read.isComplete && !read.isForeign)
        }
        #expect(Self.read(whole, cuts: Array(1..<whole.count)).events == events)
    }

    @Test func `the answer is whole once it tells why it ended, and not before`() {
        let metadata = Writer.event("metadata", #"{"usage":{"inputTokens":1,"outputTokens":1}}"#)
        let start = Writer.event("contentBlockDelta", #"{"delta":{"text":"Hi"}}"#)
        let stop = Writer.event("messageStop", #"{"stopReason":"end_turn"}"#)
        #expect(!Self.read(start).isComplete && !Self.read(start + metadata).isComplete)
        #expect(!Self.read(start + stop.dropLast()).isComplete)
        let read = Self.read(start + stop)
        #expect(read.isComplete && read.events == [.start(id: "", model: ""), .textDelta("Hi"), .finish(.endTurn)])
        #expect(Self.read(start + stop + Writer.exception("throttlingException", "{}")).events == read.events)
    }

    @Test(
        arguments: [
            ("end_turn", .endTurn), ("stop_sequence", .stopSequence("END")), ("max_tokens", .maxTokens),
            ("tool_use", .endTurn), ("content_filtered", .contentFiltered), ("guardrail_intervened", .contentFiltered),
            ("model_context_window_exceeded", .contextFull), ("malformed_tool_use", .malformedCall),
            ("malformed_model_output", .malformedCall), ("tired", .other("tired")),
        ] as [(String, StopReason)])
    func `every reason to stop has its name`(word: String, reason: StopReason) {
        let stop = Writer.event(
            "messageStop",
            #"{"stopReason":"\#(word)","additionalModelResponseFields":{"delta":{"stop_sequence":"END"}}}"#)
        #expect(Self.read(Writer.event("messageStart", "{}") + stop).events.last == .finish(reason))
    }

    @Test func `blocks that end without saying so are ended by what follows`() {
        let read = Self.read(
            [
                ("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"a"}}}"#),
                ("contentBlockDelta", #"{"contentBlockIndex":1,"delta":{"reasoningContent":{"signature":"s"}}}"#),
                ("contentBlockDelta", #"{"contentBlockIndex":2,"delta":{"text":"b"}}"#),
                ("contentBlockStart", #"{"contentBlockIndex":3,"start":{"toolUse":{"toolUseId":"t","name":"f"}}}"#),
                ("messageStop", #"{"stopReason":"end_turn"}"#),
            ].flatMap { Writer.event($0.0, $0.1) })
        #expect(
            read.events == [
                .start(id: "", model: ""), .reasoningDelta("a"), .reasoningEnd(nil),
                .reasoningEnd(OpaqueState(origin: "anthropic", value: "s")), .textDelta("b"),
                .toolStart(index: 0, id: "t", name: "f"), .toolEnd(index: 0), .finish(.toolCall),
            ])
    }

    @Test func `tools that ran at the provider are none of the client's`() {
        let read = Self.read(
            [
                ("messageStart", "{}"),
                (
                    "contentBlockStart",
                    #"{"contentBlockIndex":0,"start":{"toolUse":{"type":"server_tool_use","toolUseId":"t","name":"f"}}}"#
                ),
                ("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{}"}}}"#),
                ("contentBlockStop", #"{"contentBlockIndex":0}"#),
                ("contentBlockStart", #"{"contentBlockIndex":1,"start":{"toolResult":{"toolUseId":"t"}}}"#),
                ("contentBlockDelta", #"{"contentBlockIndex":1,"delta":{"toolResult":[{"json":{}}]}}"#),
                ("contentBlockStop", #"{"contentBlockIndex":1}"#), ("messageStop", #"{"stopReason":"end_turn"}"#),
            ].flatMap { Writer.event($0.0, $0.1) })
        #expect(read.events == [.start(id: "", model: ""), .finish(.endTurn)])
    }

    @Test func `an exception is a failure, first or in the middle`() {
        let exception = Writer.exception("throttlingException", #"{"message":"Slow down."}"#)
        let failure = ChatEvent.failure(
            UpstreamFailureBody(message: "Slow down.", type: "throttlingException", status: 429))
        let first = Self.read(exception)
        #expect(first.events == [failure] && !first.isComplete && !first.isForeign)
        let later = Self.read(Writer.event("messageStart", "{}") + exception + Writer.event("messageStop", "{}"))
        #expect(later.events == [.start(id: "", model: ""), failure] && !later.isComplete)
        let error = Writer.message(
            [(":message-type", "error"), (":error-code", "500"), (":error-message", "Broken.")], "")
        #expect(Self.read(error).events == [.failure(UpstreamFailureBody(message: "Broken.", type: "500"))])
    }

    @Test func `damage ends a stream with a failure`() {
        var bytes = Writer.event("messageStart", "{}") + Writer.event("contentBlockDelta", #"{"delta":{"text":"x"}}"#)
        bytes[bytes.count - 8] ^= 1
        let read = Self.read(bytes + Writer.event("messageStop", "{}"))
        #expect(
            read.events == [
                .start(id: "", model: ""),
                .failure(.unreadable("The provider's stream is damaged: a message doesn't match its checksum.")),
            ])
        #expect(!read.isComplete)
        let broken = Self.read(Writer.event("messageStart", "{}") + Writer.event("contentBlockDelta", "[]"))
        #expect(
            broken.events.last
                == .failure(.unreadable("The provider's stream is damaged: an event is no JSON object.")))
    }

    @Test func `another stream is foreign`() {
        #expect(Self.read(Array("data: {\"choices\":[]}\n\n".utf8)).isForeign)
        #expect(Self.read(Writer.event("chunk", #"{"bytes":"e30="}"#)).isForeign)
        #expect(Self.read(Writer.event("messageStart", "<html>")).isForeign)
        #expect(!Self.read([]).isForeign && !Self.read([]).isComplete)
    }

    @Test func `a long stream takes time by its length`() {
        let delta = Writer.event("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"text":"word "}}"#)
        let bytes = (0..<20_000).flatMap { _ in delta }
        let cuts = Array(stride(from: 777, to: bytes.count, by: 777))
        #expect(Self.read(bytes, cuts: cuts).events.count == 20_001)
    }
}
