import Foundation
import Testing

@testable import WireFormats

/// What is particular about these recordings.
private enum AnthropicRecordings {
    /// A recording as objects, for what is expected.
    static func object(_ path: String) throws -> [String: Any] {
        try AnthropicExchange.object(Array(Data(contentsOf: Recordings.folder.appending(path: path))))
    }

    /// A recording's stream as it was on the wire, or put together from its events; nil for what was not streamed.
    static func stream(_ recording: JSONNode) throws -> [UInt8]? {
        guard let response = recording["response"] else { return nil }
        if let raw = response.optional("raw") { return Array(try raw.string().utf8) }
        guard let events = response.optional("events") else { return nil }
        return try events.elements().reduce(into: []) { stream, event in
            if let name = event.optional("event") { stream += Array("event: \(name.decoded())\n".utf8) }
            // The file's line ends are no part of the data.
            let data = (event["data"]?.raw ?? recording.raw).filter { $0 != UInt8(ascii: "\n") }
            stream += Array("data: ".utf8) + data + Array("\n\n".utf8)
        }
    }
}

@Suite(.enabled(if: Recordings.areThere, Recordings.absence))
struct AnthropicRecordingsTests {
    private typealias Exchange = AnthropicExchange

    /// The synthetic stream that begins anew before it has ended.
    private func isMalformed(_ path: String) -> Bool { path.contains("393c9f3c") }

    // MARK: Requests

    @Test(arguments: Recordings.of("anthropic/messages") + Recordings.of("anthropic/count_tokens"))
    func `every recorded request means the same when it is read and written`(path: String) throws {
        guard
            let expected = try (AnthropicRecordings.object(path)["request"] as? [String: Any])?["body"]
                as? [String: Any]
        else { return }
        try Recordings.read(path) { recording throws in
            let body = try #require(recording["request"]?["body"])
            let place = path.contains("count_tokens") ? Exchange.count : Exchange.messages
            let outline = try AnthropicMessagesFormat().outline(body.raw, at: place, using: JSONTape())
            #expect(outline.model == expected["model"] as? String)
            #expect(outline.streams == (expected["stream"] as? Bool ?? false))
            #expect(outline.estimatedInputBytes > 0)

            let request = try AnthropicMessagesCodec().decode(body, at: place)
            let isAdaptive = (expected["thinking"] as? [String: Any])?["type"] as? String == "adaptive"
            let written = try Exchange.write(
                request, for: TargetTraits(longestAnswer: 64_000, reasoning: isAdaptive ? .adaptive : .budget))
            // A forced call goes without thoughts.
            let isForced = request.toolChoice == .required && request.reasoning != nil
            #expect(written.losses.map(\.field) == (isForced ? ["reasoning"] : []))
            let wanted = Self.normal(expected, isForced: isForced)
            let actual = Self.normal(written.body, isForced: isForced)
            for key in Set(wanted.keys).union(actual.keys) {
                #expect(Exchange.same(actual[key], wanted[key]), "\(key): \(actual[key] ?? "-")")
            }
        }
    }

    /// A request in one of the ways to say it: what is said by default is left out, a text is an array of blocks.
    private static func normal(_ body: [String: Any], isForced: Bool) -> [String: Any] {
        var body = body
        if body["stream"] as? Bool == false { body["stream"] = nil }
        if let system = body["system"] as? String { body["system"] = [["type": "text", "text": system]] }
        if (body["system"] as? [Any])?.isEmpty == true { body["system"] = nil }
        body["max_tokens"] = body["max_tokens"] as? Int ?? 64_000
        if isForced { body["thinking"] = nil }
        if var thinking = body["thinking"] as? [String: Any] {
            thinking["display"] = nil
            body["thinking"] = thinking
        }
        // Tools that the provider runs are objected to, and everything about them is told by the objection.
        let tools = (body["tools"] as? [[String: Any]] ?? []).filter { $0["type"] == nil }.map { tool in
            var tool = tool
            tool["defer_loading"] = nil
            return tool
        }
        body["tools"] = tools.isEmpty ? nil : tools
        if tools.isEmpty { body["tool_choice"] = nil }
        body["messages"] = (body["messages"] as? [[String: Any]])?.reduce(into: [[String: Any]]()) {
            messages, message in
            var message = message
            let content = message["content"].map { $0 as? [[String: Any]] ?? [["type": "text", "text": $0]] } ?? []
            message["content"] = content.map(normal)
            if message["role"] as? String == "system" { message["role"] = "user" }
            if let last = messages.last, last["role"] as? String == message["role"] as? String,
                let before = last["content"] as? [[String: Any]]
            {
                messages[messages.count - 1]["content"] = before + (message["content"] as? [[String: Any]] ?? [])
            } else {
                messages.append(message)
            }
        }
        return body
    }

    private static func normal(_ block: [String: Any]) -> [String: Any] {
        var block = block
        if block["type"] as? String == "document" { block["citations"] = nil }
        if block["type"] as? String == "tool_result" {
            if block["is_error"] as? Bool == false { block["is_error"] = nil }
            if let text = block["content"] as? String { block["content"] = [["type": "text", "text": text]] }
        }
        return block
    }

    // MARK: Answers

    @Test(arguments: Recordings.of("anthropic/messages"))
    func `every recorded answer is read, and written the same`(path: String) throws {
        let recorded = try AnthropicRecordings.object(path)["response"] as? [String: Any]
        guard recorded?["status"] as? Int == 200, let expected = recorded?["body"] as? [String: Any] else { return }
        try Recordings.read(path) { recording throws in
            let body = try #require(recording["response"]?["body"])
            let outline = try AnthropicMessagesFormat().readAnswer(body.raw, using: JSONTape())
            #expect(outline.model == expected["model"] as? String)
            let response = try AnthropicUpstreamCodec().decode(answer: body)
            #expect(response.id == expected["id"] as? String)
            #expect(response.usage == outline.usage && response.usage != nil)

            let call = AnsweredCall(Exchange.greeting(), at: Exchange.messages, id: "1", created: 0)
            var bytes: [UInt8] = []
            AnthropicMessagesCodec().encode(response, to: call, into: &bytes)
            let written = try Exchange.object(bytes)
            for key in ["model", "role", "type", "stop_reason", "stop_sequence"] {
                #expect(Exchange.same(written[key], expected[key]))
            }
            let (usage, expectedUsage) = (written["usage"] as? [String: Any], expected["usage"] as? [String: Any])
            for key in ["input_tokens", "output_tokens"] { #expect(Exchange.same(usage?[key], expectedUsage?[key])) }
            for key in ["cache_creation_input_tokens", "cache_read_input_tokens"] {
                #expect(usage?[key] as? Int == expectedUsage?[key] as? Int ?? 0)
            }
            let blocks = (expected["content"] as? [[String: Any]] ?? []).map { block in
                var block = block
                if block["type"] as? String == "tool_use" { block["caller"] = nil }
                if (block["citations"] as? [Any])?.isEmpty == true || block["citations"] is NSNull {
                    block["citations"] = nil
                }
                return block
            }
            if response.stopReason != .refusal { #expect(Exchange.same(written["content"], blocks)) }
        }
    }

    @Test(arguments: Recordings.of("anthropic/messages"))
    func `every recorded error is understood`(path: String) throws {
        try Recordings.read(path) { recording throws in
            guard let response = recording["response"], (response["status"]?.wholeNumber ?? 0) >= 400,
                let body = response["body"]
            else { return }
            let failure = AnthropicMessagesFormat().readFailure(body.raw, using: JSONTape())
            #expect(failure?.message?.isEmpty == false)
            #expect(failure?.type?.hasSuffix("_error") == true)
        }
    }

    // MARK: Streams

    @Test(arguments: Recordings.of("anthropic/messages"))
    func `every recorded stream folds into what it says`(path: String) throws {
        try Recordings.read(path) { recording throws in
            guard let stream = try AnthropicRecordings.stream(recording), !isMalformed(path) else { return }
            let (events, reader) = Exchange.events(stream)
            #expect(reader.isComplete && !reader.isForeign)
            let coarse = Array(stride(from: 7, to: stream.count, by: 113))
            #expect(Exchange.events(stream, splitAt: coarse).events == events)
            #expect(Exchange.events(stream, splitAt: Array(1..<stream.count)).events == events)

            let expected = try Self.fold(stream)
            let response = ChatResponse(folding: events)
            #expect(response.id == expected.id)
            #expect(response.text == expected.text)
            #expect(response.toolCalls.map(\.arguments) == expected.arguments)
            #expect(response.parts.compactMap(\.state?.value) == expected.states)
            #expect(response.usage?.output == expected.output)
            #expect(response.usage?.inputUncached == expected.input)
            #expect(AnthropicStop.word(of: response) == expected.reason)

            // The same once more, through the format's own writer.
            let again = Exchange.events(Array(Exchange.stream(events).utf8)).events
            let copy = ChatResponse(folding: again)
            // The provider's words for a refusal come back as a text.
            if response.stopReason != .refusal { #expect(copy.parts == response.parts) }
            #expect(copy.stopReason == response.stopReason)
            #expect(copy.usage == response.usage)
        }
    }

    @Test(arguments: Recordings.of("anthropic/messages"))
    func `every recorded stream passes unchanged`(path: String) throws {
        try Recordings.read(path) { recording throws in
            guard let stream = try AnthropicRecordings.stream(recording), !isMalformed(path) else { return }
            let tap = AnthropicMessagesFormat().makeStreamTap(hidesUsage: false, tape: JSONTape())
            #expect(stream.withUnsafeBytes { tap.feed($0) } == .all)
            #expect(tap.isComplete && !tap.isForeign && tap.failure == nil)
            #expect(tap.usage == ChatResponse(folding: Exchange.events(stream).events).usage)
            #expect(tap.model?.isEmpty == false)
        }
    }

    @Test func `the stream that begins anew is a failure`() throws {
        for path in Recordings.of("anthropic/messages") where isMalformed(path) {
            try Recordings.read(path) { recording throws in
                let (events, reader) = Exchange.events(try #require(try AnthropicRecordings.stream(recording)))
                guard case .failure? = events.last else {
                    Issue.record("no failure")
                    return
                }
                #expect(!reader.isComplete)
            }
        }
    }

    /// What a stream says, gathered the plain way.
    private static func fold(_ stream: [UInt8]) throws -> Folded {
        var folded = Folded()
        let data = stream.text.replacing("\r\n", with: "\n").components(separatedBy: "\n\n")
            .compactMap { $0.components(separatedBy: "\n").first { $0.hasPrefix("data:") }?.dropFirst(5) }
        for text in data {
            let event = try Exchange.object(Array(text.utf8))
            let (delta, block) = (event["delta"] as? [String: Any], event["content_block"] as? [String: Any])
            let message = event["message"] as? [String: Any]
            if let usage = (message ?? event)["usage"] as? [String: Any] {
                folded.input = usage["input_tokens"] as? Int ?? folded.input
                folded.output = usage["output_tokens"] as? Int ?? folded.output
            }
            folded.id += message?["id"] as? String ?? ""
            folded.text += delta?["text"] as? String ?? ""
            if let data = block?["data"] as? String { folded.states.append(data) }
            if let signature = delta?["signature"] as? String { folded.states.append(signature) }
            if let type = block?["type"] as? String {
                folded.isInsideCall = type == "tool_use"
                if folded.isInsideCall { folded.arguments.append("") }
            }
            if folded.isInsideCall, let more = delta?["partial_json"] as? String {
                folded.arguments[folded.arguments.count - 1] += more
            }
            folded.reason = delta?["stop_reason"] as? String ?? folded.reason
            // Some recordings hold several answers.
            if event["type"] as? String == "message_stop" { break }
        }
        return folded
    }

    private struct Folded {
        var id = ""
        var text = ""
        var arguments: [String] = []
        var states: [String] = []
        var input = 0
        var output = 0
        var reason = ""
        var isInsideCall = false
    }
}

extension AnthropicStop {
    /// Anthropic's word for why an answer ended.
    fileprivate static func word(of response: ChatResponse) -> String {
        let stop = AnthropicStop(
            response.stopReason, callsTools: !response.toolCalls.isEmpty, refusal: "", stops: [])
        let written = JSONWriter.write { json in json.object { json in stop.write(to: &json) } }
        return (try? AnthropicExchange.object(written)["stop_reason"] as? String) ?? ""
    }
}
