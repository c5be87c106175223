import Testing

@testable import WireFormats

@Suite struct StreamRewritingTests {
    private static let failure = ChatFailure(status: 502, type: "t", code: "c", message: "Gone.")

    /// A stream in these pieces, as a tap that `change` was made to lets it pass.
    private func pass(
        _ stream: [UInt8], _ tap: StreamTap, splitAt cuts: [Int] = [], _ change: (StreamTap) -> Void
    ) -> [UInt8] {
        change(tap)
        var output: [UInt8] = []
        for (from, to) in zip([0] + cuts, cuts + [stream.count]) {
            let piece = Array(stream[from..<to])
            switch piece.withUnsafeBytes({ tap.feed($0) }) {
            case .all: output += piece
            case .bytes(let bytes): output += bytes
            }
        }
        return output + tap.finish()
    }

    private func tap(_ format: any WireFormat = OpenAIChatFormat(), hidesUsage: Bool = false) -> StreamTap {
        format.makeStreamTap(hidesUsage: hidesUsage, tape: JSONTape())
    }

    // MARK: Another name for the model

    private static let name = #"vendor/Modèle:1 "x""#
    private static let written = #""vendor/Modèle:1 \"x\"""#

    /// A stream of the format's own, of a model called `m`.
    private func stream(of codec: any ChatCodec, _ format: any WireFormat) -> [UInt8] {
        var request = ChatRequest(model: "m", turns: [ChatTurn(.user, "Hi")])
        (request.streams, request.asksForUsage) = (true, true)
        var writer = codec.makeStreamWriter(to: AnsweredCall(request, at: format.place, id: "1", created: 7))
        var stream: [UInt8] = []
        let events: [ChatEvent] = [
            .start(id: "id-1", model: "m"), .textDelta("Its \"model\":\"m\""), .textDelta("é"),
            .usage(TokenUsage(inputUncached: 3, output: 4)), .finish(.endTurn),
        ]
        for event in events { writer.write(event, into: &stream) }
        writer.end(into: &stream)
        return stream
    }

    @Test(arguments: [any WireFormat].served)
    func `every event calls the model as the client did, and nothing else changes, however it is split`(
        format: any WireFormat
    ) throws {
        guard let codec = format.chat else { return }
        let original = stream(of: codec, format)
        let expected = original.text
            .replacing(#""model":"m""#, with: #""model":"# + Self.written)
            .replacing(#""modelVersion":"m""#, with: #""modelVersion":"# + Self.written)
        #expect(expected != original.text)
        for cuts in (0...original.count).map({ [$0] }) + [Array(0...original.count)] {
            let tap = tap(format)
            let output = pass(original, tap, splitAt: cuts) { $0.nameModel(Self.name, in: format) }
            #expect(output.text == expected, "\(format.id), cut at \(cuts.prefix(3))")
            #expect(tap.isComplete && tap.model == "m")
        }
    }

    @Test func `what frames an event stays as it is: comments, ids, line ends, data on several lines`() {
        let before = "\u{feff}: hello\r\nid: 7\r\ndata:{\"choices\":[],\r\ndata:  \"model\" : "
        let after = "\r\ndata: ,\"x\":1.50}\r\n\r\n: bye\n\ndata: [DONE]\n\n"
        let stream = Array((before + "\"m\"" + after).utf8)
        for cut in 0...stream.count {
            let output = pass(stream, tap(), splitAt: [cut]) { $0.nameModel(Self.name, in: OpenAIChatFormat()) }
            #expect(output.text == before + Self.written + after, "cut at \(cut)")
        }
    }

    @Test func `an event that is to be hidden stays hidden, and a failure is swallowed`() {
        let chunk = #"data: {"model":"m","choices":[{"index":0,"delta":{"content":"a"}}]}"# + "\n\n"
        let usage = #"data: {"model":"m","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}"# + "\n\n"
        let named = chunk.replacing("\"m\"", with: Self.written)
        let hiding = tap(hidesUsage: true)
        #expect(
            pass(Array((chunk + usage + chunk).utf8), hiding) { $0.nameModel(Self.name, in: OpenAIChatFormat()) }.text
                == named + named)
        #expect(hiding.usage?.output == 2)
        let failing = tap()
        let error = #"data: {"error":{"message":"Oh."}}"# + "\n\n"
        #expect(
            pass(Array((chunk + error + chunk).utf8), failing) { $0.nameModel(Self.name, in: OpenAIChatFormat()) }.text
                == named)
        #expect(failing.failure?.message == "Oh.")
    }

    @Test func `an event that is too large to be kept passes as it came`() {
        let large = #"data: {"model":"m","choices":[{"delta":{"content":""# + String(repeating: "x", count: 200)
        let small = #"data: {"model":"m","choices":[]}"# + "\n\n"
        let stream = Array((large + #""}}]}"# + "\n\n" + small).utf8)
        for cut in [0, 50, 150, 210, stream.count - 3] {
            let tap = StreamTap(
                OpenAIChunkReader(hidesUsage: false, choices: 1), hidesUsage: false, tape: JSONTape(), largestEvent: 100
            )
            let output = pass(stream, tap, splitAt: [cut]) { $0.nameModel(Self.name, in: OpenAIChatFormat()) }
            let expected = large + #""}}]}"# + "\n\n" + small.replacing("\"m\"", with: Self.written)
            #expect(output.text == expected, "cut at \(cut)")
        }
    }

    @Test func `several changes are made to one event`() {
        let stream = #"data: {"id":"i","model":"m","choices":[]}"# + "\n\n"
        let output = pass(Array(stream.utf8), tap()) { tap in
            tap.nameModel(Self.name, in: OpenAIChatFormat())
            tap.edit { event in event["id"].map { [BodySplice($0.range, Array("7".utf8))] } ?? [] }
        }
        #expect(output.text == #"data: {"id":7,"model":"# + Self.written + #","choices":[]}"# + "\n\n")
    }

    @Test func `the event that ends a broken stream calls the model as the client did`() {
        let format = OpenAIResponsesFormat()
        let tap = tap(format)
        let created = #"data: {"type":"response.created","response":{"id":"r","model":"m"}}"# + "\n\n"
        _ = pass(Array(created.utf8), tap) { $0.nameModel(Self.name, in: format) }
        let end = tap.failureEvent(Self.failure, requestID: "q").text
        #expect(end.contains(#""model":"# + Self.written) && !end.contains(#""model":"m""#))
    }

    // MARK: Another frame

    private let gemini = GeminiFormat()

    private func array(_ stream: [UInt8], splitAt cuts: [Int] = []) throws -> (text: String, tap: StreamTap) {
        let wrapping = try #require(gemini.streamWrapping(at: try Gemini.place("streamGenerateContent")))
        let tap = tap(gemini)
        return (pass(stream, tap, splitAt: cuts) { $0.wrap(in: wrapping) }.text, tap)
    }

    private static let chunks = [
        #"{"candidates":[{"content":{"parts":[{"text":"é, \"[\""}]}}],"modelVersion":"m","new":[1.50]}"#,
        #"{"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"candidatesTokenCount":2},"modelVersion":"m"}"#,
    ]

    @Test func `only clients who ask for no events get an array`() throws {
        #expect(gemini.streamWrapping(at: try Gemini.place("streamGenerateContent", query: "alt=sse")) == nil)
        #expect(gemini.streamWrapping(at: try Gemini.place("generateContent")) == nil)
        #expect(gemini.streamWrapping(at: try Gemini.place("streamGenerateContent", query: "key=1")) != nil)
    }

    @Test func `events become the elements of an array, byte for byte, however they are split`() throws {
        let stream = Array(
            (": ping\r\n\r\n" + Gemini.stream(Self.chunks[0], Self.chunks[1]).text + ": bye\r\n\r\n").utf8)
        let expected = "[" + Self.chunks[0] + "\n,\r\n" + Self.chunks[1] + "\n]"
        for cut in 0...stream.count {
            let (text, tap) = try array(stream, splitAt: [cut])
            #expect(text == expected, "cut at \(cut)")
            #expect(tap.isComplete && tap.isWrapped && tap.usage?.output == 2)
        }
        #expect(try array(stream, splitAt: Array(0...stream.count)).text == expected)
    }

    @Test func `an array that breaks is JSON all the same, its last element the failure`() throws {
        let error = gemini.failureBody(Self.failure, requestID: "q").text
        let place = try Gemini.place("streamGenerateContent")
        #expect(gemini.failureEvent(Self.failure, requestID: "q", at: place).text == "[" + error + "\n]")
        for cut in 0..<Gemini.stream(Self.chunks[0]).count {
            let tap = tap(gemini)
            tap.wrap(in: try #require(gemini.streamWrapping(at: place)))
            let stream = Gemini.stream(Self.chunks[0], Self.chunks[1])
            let piece = Array(stream[..<(Gemini.stream(Self.chunks[0]).count + cut)])
            guard case .bytes(let output) = piece.withUnsafeBytes({ tap.feed($0) }) else {
                Issue.record("not wrapped")
                return
            }
            let whole = output.text + tap.failureEvent(Self.failure, requestID: "q").text
            #expect(whole == "[" + Self.chunks[0] + "\n,\r\n" + error + "\n]", "cut at \(cut)")
        }
    }

    @Test func `an upstream's error in the middle is no element, and what is no JSON neither`() throws {
        let (text, tap) = try array(Gemini.stream(Self.chunks[0], #"{"error":{"code":500,"message":"Oh."}}"#))
        #expect(text == "[" + Self.chunks[0] && tap.failure?.message == "Oh.")
        let odd = try array(Gemini.stream(Self.chunks[0], "<html>", Self.chunks[1])).text
        #expect(odd == "[" + Self.chunks[0] + "\n,\r\n" + Self.chunks[1] + "\n]")
        #expect(try array([]).text == "[]")
    }

    @Test func `an element that is too large ends the array with a failure`() {
        let stream = Gemini.stream(Self.chunks[0], Self.chunks[1])
        for cut in [0, 30, 80, Self.chunks[0].utf8.count] {
            let tap = StreamTap(GeminiEventReader(choices: 1), hidesUsage: false, tape: JSONTape(), largestEvent: 60)
            let output = pass(stream, tap, splitAt: [cut]) { $0.wrap(in: GeminiArray()) }
            #expect(output.isEmpty && tap.failure?.message?.contains("too large") == true, "cut at \(cut)")
        }
    }
}
