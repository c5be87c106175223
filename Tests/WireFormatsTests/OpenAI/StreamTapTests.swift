import Testing

@testable import WireFormats

@Suite struct StreamTapTests {
    /// What a tap made of a stream that came in these pieces.
    struct Passage {
        var output: [UInt8] = []
        var untouched = 0
        let tap: StreamTap
    }

    static func pass(
        _ stream: [UInt8], through format: any WireFormat = OpenAIChatFormat(), hidesUsage: Bool, choices: Int = 1,
        splitAt cuts: [Int] = []
    ) -> Passage {
        var passage = Passage(tap: format.makeStreamTap(hidesUsage: hidesUsage, choices: choices, tape: JSONTape()))
        for (from, to) in zip([0] + cuts, cuts + [stream.count]) {
            let piece = Array(stream[from..<to])
            switch piece.withUnsafeBytes({ passage.tap.feed($0) }) {
            case .all:
                passage.output += piece
                passage.untouched += 1
            case .bytes(let bytes):
                passage.output += bytes
            }
        }
        passage.output += passage.tap.finish()
        return passage
    }

    private static func chunk(_ rest: String) -> String { #"data: {"id":"c","model":"gpt","# + rest + "}\n\n" }
    private static let content = chunk(
        #""choices":[{"index":0,"delta":{"content":"Hé\"llo"},"finish_reason":null}],"usage":null"#)
    private static let finish = chunk(#""choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null"#)
    private static let usage = chunk(
        #""choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}"#)
    private static let done = "data: [DONE]\n\n"

    @Test func `usage that was not asked for is hidden, however the stream is split`() {
        let (head, tail) = (Self.content + Self.content + Self.finish, Self.done)
        let stream = Array((head + Self.usage + tail).utf8)
        for cut in 0...stream.count {
            let passage = Self.pass(stream, hidesUsage: true, splitAt: [cut])
            #expect(passage.output.text == head + tail, "cut at \(cut)")
            #expect(passage.tap.usage == TokenUsage(inputUncached: 9, output: 3))
            #expect(passage.tap.isComplete && passage.tap.model == "gpt" && passage.tap.failure == nil)
            #expect(passage.tap.contentEvents == 2 && passage.tap.outputBytes == 16 && passage.tap.events == 5)
        }
        #expect(Self.pass(stream, hidesUsage: true, splitAt: Array(0...stream.count)).output.text == head + tail)
    }

    @Test func `a stream that hides nothing passes untouched, however it is split`() {
        let stream = Array((Self.content + Self.finish + Self.usage + Self.done).utf8)
        for cut in 0...stream.count {
            let passage = Self.pass(stream, hidesUsage: false, splitAt: [cut])
            #expect(passage.untouched == 2 && passage.output == stream)
            #expect(passage.tap.usage?.output == 3 && passage.tap.isComplete)
        }
    }

    @Test func `usage in the chunk that ends the answer is seen and not hidden`() {
        let stream = Array(
            Self.chunk(
                #""choices":[{"finish_reason":"stop","delta":{}}],"usage":{"prompt_tokens":1,"completion_tokens":2}"#
            ).utf8)
        let passage = Self.pass(stream, hidesUsage: true)
        #expect(passage.output == stream && passage.tap.usage?.output == 2 && passage.tap.isComplete)
    }

    @Test func `an answer is complete with its finish reason, and one of two choices is not all`() {
        func isComplete(_ finishes: [String], _ choices: Int) -> Bool {
            let chunks = finishes.enumerated().map {
                Self.chunk(#""choices":[{"index":\#($0.offset),"delta":{},"finish_reason":\#($0.element)}]"#)
            }
            return Self.pass(Array(chunks.joined().utf8), hidesUsage: false, choices: choices).tap.isComplete
        }
        #expect(isComplete([#""stop""#], 1))
        #expect(!isComplete([#""stop""#, "null"], 2))
        #expect(isComplete([#""stop""#, #""length""#], 2))
        #expect(!isComplete([#""""#], 1) && !isComplete(["null"], 1))
        #expect(!Self.pass(Array(Self.content.utf8), hidesUsage: false).tap.isComplete)
        #expect(Self.pass(Array((Self.content + "data: [DONE]").utf8), hidesUsage: false).tap.isComplete)
    }

    @Test(arguments: [
        #"data: {"error":{"message":"no","type":"t","code":503}}"#,
        #"data: {"id":"c","choices":[],"error":{"message":"no","type":"t","code":503}}"#,
        "event: error\ndata: {\"error\":{\"message\":\"no\",\"type\":\"t\",\"status_code\":503}}",
    ])
    func `an upstream's error event is swallowed with all that follows`(event: String) {
        for hidesUsage in [true, false] {
            let stream = Array((Self.content + event + "\n\n" + Self.done).utf8)
            let passage = Self.pass(stream, hidesUsage: hidesUsage)
            #expect(passage.output.text == Self.content)
            #expect(passage.tap.failure == UpstreamFailureBody(message: "no", type: "t", code: "503"))
            #expect(!passage.tap.isComplete)
        }
    }

    @Test func `an error event that the client has the beginning of is not cut off`() {
        let event = #"data: {"error":{"message":"no"}}"# + "\n\n"
        let passage = Self.pass(Array((event + Self.done).utf8), hidesUsage: false, splitAt: [10])
        #expect(passage.output.text == event && passage.tap.failure?.message == "no")
    }

    @Test func `an error behind a whole answer is swallowed, and the answer stays whole`() {
        let streams: [(any WireFormat, answer: String, error: String)] = [
            (OpenAIChatFormat(), Self.content + Self.finish, #"{"error":{"message":"no"}}"#),
            (
                AnthropicMessagesFormat(),
                "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{}}\n\n"
                    + "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n",
                #"{"type":"error","error":{"type":"overloaded_error","message":"no"}}"#
            ),
            (
                GeminiFormat(),
                #"data: {"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}]}"# + "\n\n",
                #"{"error":{"code":503,"message":"no"}}"#
            ),
        ]
        for (format, answer, error) in streams {
            let passage = Self.pass(
                Array((answer + "event: error\ndata: \(error)\n\n").utf8), through: format, hidesUsage: false)
            #expect(passage.output.text == answer, "\(format.id)")
            #expect(passage.tap.isComplete && passage.tap.failure == nil, "\(format.id)")
        }
    }

    @Test func `whether the client is in the middle of an event is known`() {
        let tap = OpenAIChatFormat().makeStreamTap(hidesUsage: false, tape: JSONTape())
        #expect(!tap.isInsideEvent)
        for (piece, isInside) in [(Self.content, false), ("data: {", true), ("}\n", true), ("\n", false)] {
            _ = piece.withBytes { tap.feed($0) }
            #expect(tap.isInsideEvent == isInside, "\(piece)")
        }
        let holding = OpenAIChatFormat().makeStreamTap(hidesUsage: true, tape: JSONTape())
        _ = (Self.content + "data: {").withBytes { holding.feed($0) }
        #expect(!holding.isInsideEvent)
    }

    @Test func `the line that ends an Ollama stream may be large`() {
        let context = Array(repeating: "123456", count: 300_000).joined(separator: ",")
        let stream =
            #"{"response":"a","done":false}"# + "\n"
            + #"{"response":"","done":true,"prompt_eval_count":3,"eval_count":4,"context":[\#(context)]}"# + "\n"
        let passage = Self.pass(
            Array(stream.utf8), through: OllamaFormat(), hidesUsage: false, splitAt: [1000, 99_999])
        #expect(passage.output.text == stream)
        #expect(passage.tap.isComplete && passage.tap.usage == TokenUsage(inputUncached: 3, output: 4))
    }

    @Test func `a broken stream ends with an error event of its own line`() {
        let failure = ChatFailure(status: 502, type: "api_error", code: "provider_unreachable", message: "Gone.")
        let event =
            #"data: {"error":{"message":"Gone.","type":"api_error","param":null,"code":"provider_unreachable"}}"#
            + "\n\n"
        let whole = Self.pass(Array(Self.content.utf8), hidesUsage: false)
        #expect(whole.tap.failureEvent(failure, requestID: "r").text == event)
        let half = Self.pass(Array(Self.content.utf8.dropLast(9)), hidesUsage: false)
        #expect(half.tap.failureEvent(failure, requestID: "r").text == "\n\n" + event)
    }

    @Test(arguments: ["data: hello\n\n", "data: [1]\n\n", "data: {\"type\":\"message_start\"}\n\n", "data: [DONE]\n\n"])
    func `a first event of another format is foreign`(stream: String) {
        #expect(Self.pass(Array(stream.utf8), hidesUsage: false).tap.isForeign)
        #expect(!Self.pass(Array((": hi\n\n" + Self.content).utf8), hidesUsage: false).tap.isForeign)
    }

    @Test func `words like usage and error in the text mislead nobody`() {
        let text = #"\"usage\":{\"prompt_tokens\":1} \"error\":{\"message\":\"x\"} \"finish_reason\":\"stop\""#
        let stream =
            Self.content + Self.chunk(#""choices":[{"index":0,"delta":{"content":"\#(text)"},"finish_reason":null}]"#)
        let tap = Self.pass(Array(stream.utf8), hidesUsage: true).tap
        #expect(tap.usage == nil && tap.failure == nil && !tap.isComplete)
    }

    @Test func `a held event that grows too long to be usage is let go`() {
        let tap = OpenAIChatFormat().makeStreamTap(hidesUsage: true, tape: JSONTape())
        var out = 0
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 40 << 10)
        _ = "data: ".withBytes { tap.feed($0) }
        for _ in 0..<3 {
            if case .bytes(let bytes) = piece.withUnsafeBytes({ tap.feed($0) }) {
                out += bytes.count
            } else {
                out += piece.count
            }
        }
        #expect(out == 3 * piece.count + 6)
    }

    @Test func `a line of 100 MB passes without being kept`() {
        let tap = OpenAIChatFormat().makeStreamTap(hidesUsage: true, tape: JSONTape())
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        _ = Self.content.withBytes { tap.feed($0) }
        _ = "data: ".withBytes { tap.feed($0) }
        for _ in 0..<100 { _ = piece.withUnsafeBytes { tap.feed($0) } }
        #expect(("\n\n" + Self.usage).withBytes { tap.feed($0) } == .bytes(Array("\n\n".utf8)))
        #expect(tap.usage?.output == 3)
    }

    @Test func `a stream of Responses gives its usage at its end, and its failures are swallowed`() {
        let created =
            "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\",\"model\":\"gpt\"}}\n\n"
        let delta =
            "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"abc\"}\n\n"
        let completed = """
            event: response.completed\ndata: {"type":"response.completed","response":{"usage":{"input_tokens":5,\
            "output_tokens":2,"input_tokens_details":{"cached_tokens":4}}}}\n\n
            """
        let good = Self.pass(
            Array((created + delta + completed).utf8), through: OpenAIResponsesFormat(), hidesUsage: true)
        #expect(good.output.text == created + delta + completed)
        #expect(good.tap.usage == TokenUsage(inputUncached: 1, cacheRead: 4, output: 2))
        #expect(good.tap.isComplete && good.tap.model == "gpt" && good.tap.outputBytes == 3)

        let error = "event: error\ndata: {\"type\":\"error\",\"error\":{\"message\":\"no\",\"code\":\"c\"}}\n\n"
        let bad = Self.pass(Array((created + error).utf8), through: OpenAIResponsesFormat(), hidesUsage: false)
        #expect(bad.output.text == created && bad.tap.failure?.message == "no")
        let failure = ChatFailure(status: 502, type: "api_error", code: "provider_error", message: "Gone.")
        let end = bad.tap.failureEvent(failure, requestID: "r").text
        #expect(end.hasPrefix("event: error\ndata: {\"type\":\"error\",\"error\":{\"message\":\"Gone.\""))
        #expect(end.contains("\"sequence_number\":1}\n\nevent: response.failed\n"))
        #expect(end.contains("\"id\":\"resp_1\"") && end.hasSuffix("\"sequence_number\":2}\n\n"))
    }
}
