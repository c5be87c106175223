import Foundation
import Testing

@testable import WireFormats

@Suite struct AnthropicStreamWriterTests {
    private typealias Exchange = AnthropicExchange

    private let signature = OpaqueState(origin: OpaqueState.anthropic, value: "Sig+/=")

    /// A stream in one line an event, checked against the grammar.
    private func outline(_ stream: String) throws -> [String] {
        var open: Int?
        var blocks = 0
        let events = try Exchange.parse(stream)
        #expect(events.filter { $0.name != "ping" }.first?.name == "message_start")
        return events.map { name, data in
            let index = data["index"] as? Int
            switch name {
            case "content_block_start":
                #expect(open == nil && index == blocks)
                (open, blocks) = (index, blocks + 1)
                let block = data["content_block"] as? [String: Any]
                return "\(index ?? -1) + \(block?["type"] ?? "")"
            case "content_block_delta":
                #expect(open == index)
                let delta = data["delta"] as? [String: Any]
                let text = ["text", "thinking", "partial_json", "signature"].compactMap { delta?[$0] as? String }
                return "\(index ?? -1) \(delta?["type"] ?? "") \(text.joined())"
            case "content_block_stop":
                #expect(open == index)
                open = nil
                return "\(index ?? -1) -"
            case "message_delta", "message_stop", "error":
                #expect(open == nil || name == "error")
                return name
            default: return name
            }
        }
    }

    @Test func `a stream is written as Anthropic's own`() throws {
        let stream = Exchange.stream([
            .start(id: "up", model: "gpt"), .textDelta("Hé"), .textDelta(""), .textDelta("y"), .ping,
            .toolStart(index: 0, id: "t", name: "f"), .toolArgumentsDelta(index: 0, "{}"), .toolEnd(index: 0),
            .usage(TokenUsage(inputUncached: 3, cacheRead: 2, output: 5, reasoning: 4)), .finish(.toolCall),
        ])
        #expect(
            stream == """
                event: message_start
                data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"gpt","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":7,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":1}}}

                event: content_block_start
                data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

                event: content_block_delta
                data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hé"}}

                event: content_block_delta
                data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"y"}}

                event: ping
                data: {"type":"ping"}

                event: content_block_stop
                data: {"type":"content_block_stop","index":0}

                event: content_block_start
                data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}

                event: content_block_delta
                data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":""}}

                event: content_block_delta
                data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{}"}}

                event: content_block_stop
                data: {"type":"content_block_stop","index":1}

                event: message_delta
                data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":3,"cache_creation_input_tokens":0,"cache_read_input_tokens":2,"output_tokens":5,"output_tokens_details":{"thinking_tokens":4}}}

                event: message_stop
                data: {"type":"message_stop"}


                """)
    }

    @Test func `usage that comes after the end is told, and what is not known is estimated`() throws {
        let late = try Exchange.parse(
            Exchange.stream([.textDelta("x"), .finish(.endTurn), .usage(TokenUsage(inputUncached: 9, output: 8))]))
        #expect((late[late.count - 2].data["usage"] as? [String: Any])?["output_tokens"] as? Int == 8)
        let never = try Exchange.parse(Exchange.stream([.start(id: "", model: ""), .finish(.endTurn)]))
        #expect((never[0].data["message"] as? [String: Any])?["model"] as? String == "claude")
        #expect((never[1].data["usage"] as? [String: Any])?["input_tokens"] as? Int == 7)
        #expect(try outline(Exchange.stream([])) == ["message_start", "message_delta", "message_stop"])
    }

    @Test func `thoughts are blocks with their signatures, and without others'`() throws {
        let other = OpaqueState(origin: OpaqueState.google, value: "g")
        #expect(
            try outline(
                Exchange.stream([
                    .reasoningDelta("a"), .reasoningDelta("b"), .reasoningEnd(signature), .reasoningEnd(signature),
                    .hiddenReasoning(signature), .hiddenReasoning(other), .reasoningDelta("c"), .reasoningEnd(other),
                    .reasoningEnd(other), .reasoningDelta("d"), .reasoningEnd(nil), .textDelta("x"),
                    .textState(other), .textDelta("y"), .finish(.endTurn),
                ])) == [
                    "message_start", "0 + thinking", "0 thinking_delta a", "0 thinking_delta b",
                    "0 signature_delta Sig+/=", "0 -", "1 + thinking", "1 signature_delta Sig+/=", "1 -",
                    "2 + redacted_thinking", "2 -", "3 + thinking", "3 thinking_delta c", "3 -", "4 + thinking",
                    "4 thinking_delta d", "4 -", "5 + text", "5 text_delta x", "5 text_delta y", "5 -",
                    "message_delta", "message_stop",
                ])
    }

    @Test func `interleaved calls come one after the other, the first at once`() throws {
        let call = AnsweredCall(Exchange.greeting(), at: Exchange.messages, id: "1", created: 0)
        var writer = AnthropicMessagesCodec().makeStreamWriter(to: call)
        var stream: [UInt8] = []
        let events: [ChatEvent] = [
            .toolStart(index: 0, id: "a", name: "f"), .toolStart(index: 1, id: "b", name: "g"),
            .toolArgumentsDelta(index: 1, "1"), .toolArgumentsDelta(index: 0, "0"),
            .toolStart(index: 2, id: "c", name: "h"), .toolArgumentsDelta(index: 1, "1"), .toolEnd(index: 1),
            .toolArgumentsDelta(index: 2, "2"),
        ]
        for event in events { writer.write(event, into: &stream) }
        #expect(
            try outline(stream.text) == [
                "message_start", "0 + tool_use", "0 input_json_delta ", "0 input_json_delta 0",
            ])
        // The third goes on where it waited, and flows from then on.
        stream = []
        writer.write(.toolEnd(index: 0), into: &stream)
        writer.write(.toolArgumentsDelta(index: 2, "3"), into: &stream)
        let flowing = stream.text
        #expect(flowing.contains(#""partial_json":"3""#))
        let rest: [ChatEvent] = [
            .textDelta("after"), .toolEnd(index: 2), .toolArgumentsDelta(index: 2, "lost"), .finish(.toolCall),
        ]
        for event in rest { writer.write(event, into: &stream) }
        writer.end(into: &stream)
        #expect(
            try outline("event: message_start\ndata: {\"type\":\"message_start\"}\n\n" + reindexed(stream.text)) == [
                "message_start", "0 + tool_use", "0 input_json_delta ", "0 input_json_delta 11", "0 -", "1 + tool_use",
                "1 input_json_delta ", "1 input_json_delta 2", "1 input_json_delta 3", "1 -", "2 + text",
                "2 text_delta after", "2 -", "message_delta", "message_stop",
            ])
    }

    /// The stream without its first event, which ends a block that began before, and with the blocks counted anew.
    private func reindexed(_ stream: String) -> String {
        var stream = stream.components(separatedBy: "\n\n").dropFirst().joined(separator: "\n\n")
        for index in 1..<5 { stream = stream.replacing("\"index\":\(index),", with: "\"index\":\(index - 1),") }
        for index in 1..<5 { stream = stream.replacing("\"index\":\(index)}", with: "\"index\":\(index - 1)}") }
        return stream
    }

    @Test func `calls that nobody ended are told whole at the end`() throws {
        #expect(
            try outline(
                Exchange.stream([
                    .toolStart(index: 0, id: "", name: "f"), .toolStart(index: 1, id: "b", name: "g"),
                    .toolArgumentsDelta(index: 1, "1"), .reasoningDelta("why"),
                    .toolStart(index: 2, id: "c", name: "h"),
                    .finish(.maxTokens),
                ])) == [
                    "message_start", "0 + tool_use", "0 input_json_delta ", "0 -", "1 + tool_use",
                    "1 input_json_delta ", "1 input_json_delta 1", "1 -", "2 + thinking", "2 thinking_delta why", "2 -",
                    "3 + tool_use", "3 input_json_delta ", "3 -", "message_delta", "message_stop",
                ])
    }

    @Test func `ten thousand calls at once take neither long nor much stack`() throws {
        let calls = 10_000
        var events = (0..<calls).map { ChatEvent.toolStart(index: $0, id: "\($0)", name: "f") }
        for _ in 0..<3 { events += (0..<calls).map { .toolArgumentsDelta(index: $0, "x") } }
        events += (0..<calls).map { .toolEnd(index: $0) }
        let clock = ContinuousClock()
        var stream = ""
        let time = clock.measure { stream = Exchange.stream(events) }
        #expect(time < .seconds(20))
        #expect(stream.contains("\"index\":9999"))
    }

    @Test func `a refusal in words is a text, and told at the end`() throws {
        let stream = Exchange.stream([.refusalDelta("I "), .refusalDelta("won't."), .finish(.endTurn)])
        let events = try Exchange.parse(stream)
        #expect(
            Exchange.same(
                events[events.count - 2].data["delta"],
                try Exchange.json(
                    #"""
                    {"stop_reason":"refusal","stop_sequence":null,
                     "stop_details":{"type":"refusal","category":null,"explanation":"I won't."}}
                    """#)))
        #expect(try outline(stream)[1...4] == ["0 + text", "0 text_delta I ", "0 text_delta won't.", "0 -"])
    }

    @Test func `a broken stream does not look finished`() throws {
        let failure = ChatFailure(status: 529, type: "api_error", code: "provider_error", message: "Try again.")
        for events in [[], [ChatEvent.textDelta("x")], [.toolStart(index: 0, id: "a", name: "f")]] {
            let call = AnsweredCall(Exchange.greeting(), at: Exchange.messages, id: "1", created: 0)
            var writer = AnthropicMessagesCodec().makeStreamWriter(to: call)
            var stream: [UInt8] = []
            for event in events { writer.write(event, into: &stream) }
            writer.fail(failure, requestID: "r", into: &stream)
            #expect(!stream.text.contains("message_stop"))
            #expect(
                stream.text.hasSuffix(
                    """
                    event: error
                    data: {"type":"error","error":{"type":"overloaded_error","message":"Try again."},"request_id":"r"}


                    """))
        }
    }

    @Test func `what was read can be written, and is read the same`() throws {
        let written = Exchange.stream(AnthropicStreamReaderTests.wholeEvents)
        let again = Exchange.events(Array(written.utf8)).events
        let (one, other) = (ChatResponse(folding: AnthropicStreamReaderTests.wholeEvents), ChatResponse(folding: again))
        #expect(one.parts == other.parts)
        #expect(one.usage == other.usage)
        #expect(one.stopReason == other.stopReason)
        _ = try outline(written)
    }
}
