import Foundation
import Testing

@testable import WireFormats

/// Long dialogues take time in proportion to their length, in every pair.
@Suite(.serialized) struct GrowthTests {
    // In bytes; four times as much is about 2 MB, or 10,000 calls. What isn't optimized is slow.
    #if DEBUG
        private static let (call, stream) = (30_000, 20_000)
    #else
        private static let (call, stream) = (500_000, 500_000)
    #endif

    /// A dialogue of about `bytes`, in the shape that gives most work: many turns, one long one, many small calls.
    enum Shape: String, CaseIterable {
        case turns, text, calls

        func request(_ size: Int) -> ChatRequest {
            var request = Feature.offering
            switch self {
            case .turns:
                request.turns = (0..<size / 100).map {
                    ChatTurn($0 % 2 == 0 ? .user : .assistant, "Turn \($0): so be it.")
                }
                request.turns.append(ChatTurn(.user, "Go on."))
            case .text:
                request.turns = [ChatTurn(.user, String(repeating: "Long \"words\"\n", count: size / 13))]
            case .calls:
                request.turns = [ChatTurn(.user, "Count.")]
                for number in 0..<size / 200 {
                    let call = ToolCall(id: "call_\(number)", name: "clock", arguments: "{}")
                    request.turns.append(ChatTurn(.assistant, [.toolCall(call)]))
                    request.turns.append(ChatTurn(.user, [.toolResult(ToolResult(callID: call.id, text: "\(number)"))]))
                }
            }
            return request
        }

        /// One answer of the model with so many calls in it, and all their results.
        func parallel(_ size: Int) -> ChatRequest {
            let calls = (0..<size / 200).map { ToolCall(id: "call_\($0)", name: "clock", arguments: "{}") }
            return Feature.dialogue(calls, calls.map { ToolResult(callID: $0.id, text: "noon") })
        }
    }

    /// The least time of the processor's that some work takes, in several tries, in nanoseconds: other tests run beside
    /// this one.
    private func time(_ work: () throws -> Void) rethrows -> Int {
        func now() -> Int {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return time.tv_sec * 1_000_000_000 + time.tv_nsec
        }
        var best = Int.max
        for _ in 0..<3 {
            let start = now()
            try work()
            best = min(best, now() - start)
        }
        return best
    }

    /// Four times the work takes less than eight times the time; a square law would take sixteen.
    private func expectLinear(_ what: String, _ size: Int, _ work: (Int) throws -> () throws -> Void) throws {
        let (less, more) = (try work(size), try work(4 * size))
        let (small, large) = (try time(less), try time(more))
        #expect(large < small * 8 + 2_000_000, "\(what): \(small) ns, then \(large) ns")
    }

    @Test(arguments: [any WireFormat].targets)
    func `long calls are translated in linear time`(target: any WireFormat) throws {
        for shape in Shape.allCases {
            guard (try? target.encode(shape.request(1000))) != nil else { continue }
            try expectLinear("\(shape) written", Self.call) { size in
                let request = shape.request(size)
                return { _ = try target.encode(request) }
            }
            guard target.chat != nil else { continue }
            try expectLinear("\(shape) read", Self.call) { size in
                let body = try target.encode(shape.request(size)).body
                return { _ = try target.decode(body) }
            }
        }
        guard (try? target.encode(Shape.calls.parallel(1000))) != nil else { return }
        try expectLinear("parallel calls written", Self.call) { size in
            let request = Shape.calls.parallel(size)
            return { _ = try target.encode(request) }
        }
    }

    @Test func `Gemini's results find their calls in linear time, whatever tells them apart`() throws {
        let gemini = GeminiFormat()
        for (named, results) in [("f", "f"), ("f", "g")] {
            try expectLinear("results of \(results)", Self.call) { size in
                let calls = (0..<size / 60).map { _ in #"{"functionCall":{"name":"\#(named)"}}"# }
                let answers = (0..<size / 60).map { _ in #"{"functionResponse":{"name":"\#(results)","response":{}}}"# }
                let body =
                    #"{"contents":[{"role":"model","parts":[\#(calls.joined(separator: ","))]},"#
                    + #"{"role":"user","parts":[\#(answers.joined(separator: ","))]}]}"#
                return { _ = try gemini.decode(Array(body.utf8)) }
            }
        }
    }

    @Test func `fields that nobody knows, and pictures without end, take linear time`() throws {
        let anthropic = AnthropicMessagesFormat()
        try expectLinear("unknown fields", Self.call) { size in
            let fields = (0..<size / 20).map { #""field\#($0)":1"# }.joined(separator: ",")
            let body = #"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"x"}],\#(fields)}"#
            return { _ = try anthropic.decode(Array(body.utf8)).unread.losses() }
        }
        try expectLinear("pictures", Self.call) { size in
            let pictures = (0..<size / 20).map { ChatPart.image(Media(url: "https://a.example/\($0).png")) }
            let request = ChatRequest(model: "m", turns: [ChatTurn(.user, pictures)])
            return { _ = request.pictureAddresses(except: .beginning([])) }
        }
    }

    @Test(arguments: AnswerFeature.clients)
    func `long streams are written and read in linear time`(client: any WireFormat) throws {
        func events(_ size: Int) -> [ChatEvent] {
            var events: [ChatEvent] = [.start(id: "i", model: "m")]
            for _ in 0..<size / 60 { events.append(.reasoningDelta("hm ")) }
            events.append(.reasoningEnd(nil))
            for _ in 0..<size / 60 { events.append(.textDelta("word ")) }
            for call in 0..<size / 600 {
                events.append(.toolStart(index: call, id: "call_\(call)", name: "clock"))
                for piece in ["{\"a\":", "1", "}"] { events.append(.toolArgumentsDelta(index: call, piece)) }
                events.append(.toolEnd(index: call))
            }
            return events + [.usage(TokenUsage(inputUncached: 1, output: 2)), .finish(.toolCall)]
        }
        try expectLinear("written", Self.stream) { size in
            let events = events(size)
            return { _ = try client.write(events, to: AnswerFeature.asked) }
        }
        try expectLinear("read", Self.stream) { size in
            let stream = try client.write(events(size), to: AnswerFeature.asked)
            return { _ = try client.read(stream: stream, splitAt: stride(from: 0, to: stream.count, by: 1000)) }
        }
        try expectLinear("folded and told whole", Self.stream) { size in
            let events = events(size)
            return { _ = try client.write(ChatResponse(folding: events), to: AnswerFeature.asked) }
        }
    }
}
