import Foundation
import Testing

@testable import WireFormats

/// What is particular about these recordings.
private enum RecordedResponses {
    /// A recording's streams, as on the wire or written anew from its events; some hold several, one after the other.
    static func streams(_ recording: JSONNode) throws -> [[UInt8]] {
        guard let response = recording["response"], let events = response.optional("events") else { return [] }
        if let raw = response.optional("raw") { return [Array(try raw.string().utf8)] }
        var streams: [[UInt8]] = []
        for event in try events.elements() {
            let data = try event.required("data")
            let type = try data.required("type").string()
            if type == "response.created" { streams.append([]) }
            streams[streams.count - 1] +=
                Array("event: \(type)\ndata: ".utf8) + data.raw.filter { $0 != 0x0a } + Array("\n\n".utf8)
        }
        return streams
    }
}

/// A JSON value that can be compared, whatever the order of its members and the spelling of its numbers.
private func value(_ json: some Sequence<UInt8>) throws -> NSObject {
    try #require(try JSONSerialization.jsonObject(with: Data(json), options: .fragmentsAllowed) as? NSObject)
}

@Suite(.enabled(if: Recordings.areThere, Recordings.absence))
struct RecordedResponsesTests {
    private typealias Exchange = ResponsesExchange

    // MARK: Requests

    /// What a recorded request that no other format can answer is refused for.
    private static let objections = [
        "openai-responses-117287d1-2": ["tools"], "openai-responses-2d37e556-1": ["tools"],
        "openai-responses-494b5e58-0": ["tools"], "openai-responses-3dc0a34b-0": ["prompt"],
        "openai-responses-8fe8beb6-1": ["conversation"],
    ]

    @Test(arguments: Recordings.of("responses"))
    func `every recorded request is read, and written again it means the same`(path: String) throws {
        try Recordings.read(path) { recording throws in
            guard let body = recording["request"]?.optional("body"), body.kind == .object else { return }
            guard path.contains("3dc0a34b") || body["temperature"]?.wholeNumber != -1 else { return }
            guard body["model"] != nil else { return }  // a stored prompt names it
            let request = try OpenAIResponsesCodec().decode(body, at: Exchange.place)
            let name = String(path.split(separator: "/").last?.dropLast(5) ?? "")
            #expect(request.unread.filter { $0.objection != nil }.map(\.name) == Self.objections[name] ?? [])
            if path.contains("1e9bd15d") {
                #expect(throws: Untranslatable.self) { try Exchange.encode(request) }  // sound in a tool's result
                return
            }
            let (written, losses) = try Exchange.encode(request)
            try Exchange.withNode(written) { try compare($0, with: body, name) }
            #expect(losses.isEmpty)

            // Read once more, it is the same dialogue but for what nobody needs.
            var again = try Exchange.decode(written)
            var expected = request
            (expected.unread, again.unread) = ([], [])
            if expected.tools.isEmpty { expected.toolChoice = nil }
            for tool in expected.tools.indices {
                expected.tools[tool].isStrict = expected.tools[tool].isStrict ?? false
            }
            expected.turns = expected.turns.ordered(startsWithUser: false, keepsSystemTurns: true)
            again.turns = again.turns.ordered(startsWithUser: false, keepsSystemTurns: true)
            #expect(again == expected)
        }
    }

    private func compare(_ written: JSONNode, with body: JSONNode, _ name: String) throws {
        for key: StaticString in ["model", "max_output_tokens", "temperature", "tool_choice"] {
            guard let expected = body.optional(key), written[key] != nil || key.description != "tool_choice" else {
                continue
            }
            #expect(try value(written.required(key).raw) == value(expected.raw), "\(key) of \(name)")
        }
        if let format = body["text"]?.optional("format") {
            #expect(try value(try written.required("text").required("format").raw) == value(format.raw))
        }
        if let effort = body["reasoning"]?.optional("effort") {
            #expect(written["reasoning"]?.responsesText("effort") == effort.decoded())
        }
        let functions = (body["tools"] ?? body).anyElements.filter { $0["type"]?.equals("function") == true }
        let writtenTools = Array((written["tools"] ?? written).anyElements)
        for (tool, written) in zip(functions, writtenTools) {
            for key: StaticString in ["name", "description", "parameters", "strict"] {
                guard let expected = tool.optional(key), expected.raw.count > 2 else { continue }
                if key.description == "parameters" {
                    #expect(try written.required(key).raw.elementsEqual(expected.raw), "byte for byte")
                } else {
                    #expect(try value(written.required(key).raw) == value(expected.raw), "\(key) of \(name)")
                }
            }
        }
        #expect(try items(of: written) == items(of: body))
        for item in (body["input"] ?? body).anyElements where item["role"]?.equals("system") == true {
            let text = item["content"].map { $0.kind == .string ? $0.decoded() : self.text(of: $0) }
            #expect(written.responsesText("instructions") == text)
        }
    }

    /// What of an input matters, item by item.
    private func items(of body: JSONNode) throws -> [[NSObject]] {
        var items: [[NSObject]] = []
        guard let input = body["input"] else { return [] }
        if input.kind == .string { return [["user" as NSString, input.decoded() as NSString]] }
        for item in try input.elements() {
            // What sets the model up goes elsewhere, and an empty text says nothing.
            let role = item["role"]
            if role?.equals("system") == true || role?.equals("developer") == true { continue }
            if item["content"]?.raw.count == 2 { continue }
            var said: [NSObject] = []
            for key: StaticString in ["role", "call_id", "name", "arguments", "output", "encrypted_content", "summary"]
            {
                if let part = item.optional(key) { said.append(try value(part.raw)) }
            }
            if let id = item.optional("id"), item["type"]?.equals("reasoning") == true {
                said.append(try value(id.raw))
            }
            if let content = item.optional("content") {
                said.append((content.kind == .string ? content.decoded() : text(of: content)) as NSString)
            }
            items.append(said)
        }
        return items
    }

    private func text(of content: JSONNode) -> String {
        content.anyElements.map { $0.responsesText("text") }.joined()
    }

    // MARK: Answers

    @Test(arguments: Recordings.of("responses"))
    func `every recorded answer is read whole`(path: String) throws {
        try Recordings.read(path) { recording throws in
            guard let body = recording["response"]?.optional("body"), body.kind == .object else { return }
            guard body.optional("output") != nil else {
                let failure = OpenAIResponsesFormat().readFailure(body.raw, using: JSONTape())
                #expect(failure?.message?.isEmpty == false)
                return
            }
            let answer = try OpenAIResponsesUpstreamCodec().decode(answer: body)
            try check(answer, against: body)

            // Told to a client of this format, it says the same.
            let written = Exchange.encode(answer)
            var again = try Exchange.decode(answer: written)
            #expect(again.text == answer.text && again.toolCalls == answer.toolCalls && again.usage == answer.usage)
            #expect(again.stopReason == answer.stopReason && again.model == answer.model)
            again.parts = []
        }
    }

    /// Compares what was read with what a response says.
    private func check(_ answer: ChatResponse, against body: JSONNode) throws {
        #expect(answer.id == body.responsesText("id") && answer.model == body.responsesText("model"))
        var texts: [String] = []
        var calls: [ToolCall] = []
        var seals: [String] = []
        var refuses = false
        for item in try body.required("output").elements() {
            switch item.responsesText("type") {
            case "message": texts.append(text(of: try item.required("content")))
            case "function_call":
                calls.append(
                    ToolCall(
                        id: item.responsesText("call_id"), name: item.responsesText("name"),
                        arguments: item.responsesText("arguments")))
            case "reasoning": if item.optional("encrypted_content") != nil { seals.append(item.responsesText("id")) }
            default: break
            }
            for part in (item["content"] ?? item).anyElements where part["type"]?.equals("refusal") == true {
                refuses = true
            }
        }
        #expect(answer.text == texts.joined(separator: "\n\n"))
        #expect(answer.toolCalls == calls)
        #expect(answer.parts.compactMap(\.state?.id) == seals)
        let usage = try body.required("usage")
        #expect(answer.usage?.input == usage["input_tokens"]?.wholeNumber)
        #expect(answer.usage?.output == usage["output_tokens"]?.wholeNumber)
        #expect(answer.usage?.cacheRead == usage["input_tokens_details"]?["cached_tokens"]?.wholeNumber)
        #expect(answer.usage?.reasoning == usage["output_tokens_details"]?["reasoning_tokens"]?.wholeNumber)
        let isCut = body["status"]?.equals("incomplete") == true
        #expect(answer.stopReason == (isCut ? .maxTokens : !calls.isEmpty ? .toolCall : refuses ? .refusal : .endTurn))
    }

    // MARK: Streams

    @Test(arguments: Recordings.of("responses"))
    func `every recorded stream is read whole, however it is split`(path: String) throws {
        try Recordings.read(path) { recording throws in
            for stream in try RecordedResponses.streams(recording) {
                let (events, reader) = Exchange.read(stream)
                #expect(!reader.isForeign)
                for cuts in [
                    [stream.count / 2], Array(stride(from: 1, to: stream.count, by: 7)), Array(1..<stream.count),
                ] {
                    #expect(Exchange.read(stream, splitAt: cuts).events == events)
                }
                if path.contains("1d116af5") {
                    #expect(!reader.isComplete)
                    let failure = UpstreamFailureBody(
                        message: try recording.required("response").required("events").elements()
                            .compactMap { $0["data"]?["error"]?.responsesText("message") }.first,
                        type: "insufficient_quota", code: "insufficient_quota")
                    #expect(events.dropFirst() == [.failure(failure)])
                    continue
                }
                #expect(reader.isComplete)
                // Of one, most deltas were left out where it was kept.
                if !path.contains("6847f43e") { try check(stream, ChatResponse(folding: events)) }
                try rewrite(events)
            }
        }
    }

    /// Compares what was read with the response in the stream's last event, and with the seals of its items' ends.
    private func check(_ stream: [UInt8], _ answer: ChatResponse) throws {
        let told = Exchange.events(of: stream)
        let last = try #require(told.last)
        try Exchange.withNode(last.data) { try check(answer, against: $0.required("response")) }
        let seals = try told.filter { $0.type == "response.output_item.done" }.compactMap { event in
            try Exchange.withNode(event.data) { try $0.required("item").optional("encrypted_content")?.string() }
        }
        #expect(answer.parts.compactMap(\.state?.value) == seals, "byte for byte")
    }

    /// Tells the stream to a client of this format, and reads that.
    private func rewrite(_ events: [ChatEvent]) throws {
        let stream = Exchange.stream(events)
        let (again, reader) = Exchange.read(stream)
        #expect(reader.isComplete)
        let (answer, expected) = (ChatResponse(folding: again), ChatResponse(folding: events))
        #expect(answer.text == expected.text && answer.toolCalls == expected.toolCalls)
        #expect(answer.usage == expected.usage && answer.stopReason == expected.stopReason)
        let last = try #require(Exchange.events(of: stream).last)
        // As the next call's history, it holds what the provider wants back.
        try Exchange.withNode(last.data) { root in
            let output = String(decoding: try root.required("response").required("output").raw, as: UTF8.self)
            let parts = try Exchange.decode(input: output).turns.flatMap(\.parts)
            #expect(parts.compactMap(\.state) == expected.parts.compactMap(\.state))
        }
    }
}
