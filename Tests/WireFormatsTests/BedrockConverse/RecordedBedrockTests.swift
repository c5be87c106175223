import Foundation
import Testing

@testable import WireFormats

/// What is particular about these recordings.
enum BedrockRecordings {
    /// A stream's bytes; those whose events only were kept are written anew.
    static func stream(_ response: JSONNode) throws -> [UInt8] {
        if let raw = response.optional("raw_base64") {
            return try #require(try raw.string().withBytes { Base64.decode($0) })
        }
        var bytes: [UInt8] = []
        for event in try response.required("events").elements() {
            for member in try event.required("data").members() {
                bytes += AWSEventStreamWriter.event(
                    try member.key.string(), String(decoding: member.value.raw, as: UTF8.self))
            }
        }
        return bytes
    }
}

@Suite(.enabled(if: Recordings.areThere, Recordings.absence))
struct RecordedBedrockTests {
    /// What an answer says, gathered the simplest way.
    private struct Said {
        var (text, thoughts, signatures, hidden) = ("", "", [String](), [String]())
        var calls: [(name: String, id: String, arguments: String)] = []
        var (stop, input, output) = ("", 0, 0)
    }

    private func expect(_ response: ChatResponse, says said: Said, _ path: String) throws {
        #expect(response.text == said.text, "\(path)")
        var (thoughts, signatures, hidden) = ("", [String](), [String]())
        for part in response.parts {
            if case .reasoning(let text) = part.content {
                thoughts += text
                if let state = part.state { signatures.append(state.value) }
            }
            if case .hiddenReasoning = part.content { hidden.append(try #require(part.state?.value)) }
        }
        #expect(thoughts == said.thoughts && signatures == said.signatures, "\(path)")
        // Bedrock's base64 of it, byte for byte.
        #expect(hidden.map { Base64.encode(Array($0.utf8)) } == said.hidden, "\(path)")
        #expect(response.toolCalls.map(\.name) == said.calls.map(\.name))
        #expect(response.toolCalls.map(\.id) == said.calls.map(\.id))
        #expect(response.toolCalls.map(\.arguments) == said.calls.map(\.arguments))
        let reason = StopReason(bedrock: said.stop, stop: nil).given(toolCalls: !said.calls.isEmpty)
        #expect(response.stopReason == reason && reason != .other(said.stop), "\(path)")
        #expect((response.usage?.inputUncached ?? 0) == said.input && (response.usage?.output ?? 0) == said.output)
    }

    private static func read(usage: JSONNode?, into said: inout Said) {
        said.input = usage?["inputTokens"]?.wholeNumber ?? 0
        said.output = usage?["outputTokens"]?.wholeNumber ?? 0
    }

    @Test(arguments: Recordings.of("bedrock/converse") + Recordings.of("bedrock/converse_stream"))
    func `every whole answer and every error is read`(path: String) throws {
        try Recordings.read(path) { recording in
            let response = try recording.required("response")
            guard let body = response.optional("body") else { return }
            guard response["status"]?.wholeNumber == 200 else {
                let failure = BedrockConverseFormat().readFailure(body.raw, using: JSONTape())
                #expect(failure?.message == (try body.required("message").string()))
                return
            }
            var said = Said()
            for block in try body.required("output").required("message").required("content").elements() {
                said.text += try block.optional("text")?.string() ?? ""
                if let call = block.optional("toolUse") {
                    let arguments = String(decoding: try call.required("input").raw, as: UTF8.self)
                    said.calls.append(
                        (try call.required("name").string(), try call.required("toolUseId").string(), arguments))
                }
                let reasoning = block.optional("reasoningContent")
                said.thoughts += try reasoning?.optional("reasoningText")?.required("text").string() ?? ""
                if let signature = reasoning?.optional("reasoningText")?.optional("signature") {
                    said.signatures.append(try signature.string())
                }
                if let hidden = reasoning?.optional("redactedContent") { said.hidden.append(try hidden.string()) }
            }
            said.stop = try body.required("stopReason").string()
            Self.read(usage: body["usage"], into: &said)
            let answer = try BedrockConverseCodec().decode(answer: body)
            try expect(answer, says: said, path)
            #expect(answer.usage?.total == body["usage"]?["totalTokens"]?.wholeNumber)
        }
    }

    @Test(arguments: Recordings.of("bedrock/converse_stream"))
    func `every stream is read, wherever it is split`(path: String) throws {
        try Recordings.read(path) { recording in
            let response = try recording.required("response")
            guard response.optional("events") != nil else { return }
            var said = Said()
            var open: [Int: Int] = [:]
            for event in try response.required("events").elements() {
                let type = event["headers"]?[":event-type"]
                let data = try event.required("data")
                let start = type == nil ? data["contentBlockStart"] : data
                let delta = (type == nil ? data["contentBlockDelta"] : data)?["delta"]
                let stop = type == nil ? data["messageStop"] : data
                let block = (start ?? data["contentBlockDelta"])?["contentBlockIndex"]?.wholeNumber
                if let call = start?["start"]?["toolUse"], call["type"]?.equals("server_tool_use") != true {
                    open[try #require(block)] = said.calls.count
                    said.calls.append((try call.required("name").string(), try call.required("toolUseId").string(), ""))
                }
                if let input = delta?["toolUse"]?["input"], let index = open[try #require(block)] {
                    said.calls[index].arguments += try input.string()
                }
                said.text += try delta?.optional("text")?.string() ?? ""
                said.thoughts += try delta?["reasoningContent"]?.optional("text")?.string() ?? ""
                if let signature = delta?["reasoningContent"]?.optional("signature") {
                    said.signatures.append(try signature.string())
                }
                if let reason = stop?.optional("stopReason") { said.stop = try reason.string() }
                let metadata = type == nil ? data["metadata"] : data
                if let usage = metadata?.optional("usage") { Self.read(usage: usage, into: &said) }
            }
            let bytes = try BedrockRecordings.stream(response)
            let whole = BedrockConverseStreamTests.read(bytes)
            #expect(whole.isComplete && !whole.isForeign)
            try expect(ChatResponse(folding: whole.events), says: said, path)
            for cut in 0...bytes.count {
                #expect(BedrockConverseStreamTests.read(bytes, cuts: [cut]).events == whole.events)
            }
        }
    }

    @Test(arguments: Recordings.of("bedrock/invoke_with_response_stream"))
    func `every event of a model's own is unwrapped`(path: String) throws {
        try Recordings.read(path) { recording in
            let response = try recording.required("response")
            let bytes = try BedrockRecordings.stream(response)
            let events = try RecordedInvokeStream.events(
                bytes, splitAt: Array(stride(from: 50, to: bytes.count, by: 97)))
            let expected = Array(try response.required("events").elements())
            #expect(events.count == expected.count)
            for (event, expected) in zip(events, expected) {
                #expect(try Self.isEqual(event, Array(try expected.required("inner").raw)))
            }
        }
    }

    @Test(arguments: Recordings.of("bedrock/converse") + Recordings.of("bedrock/converse_stream"))
    func `every request is written as its client wrote it`(path: String) throws {
        try Recordings.read(path) { recording in
            guard let body = recording.optional("request")?.optional("body") else { return }
            let model = try recording.required("model").string()
            guard let request = try BedrockRequestReader(body).request(model: model) else { return }
            let reasoning: TargetTraits.ReasoningStyle? =
                body["additionalModelRequestFields"]?["thinking"]?["type"]?.equals("adaptive") == true ? .adaptive : nil
            var written: [UInt8] = []
            let losses = try BedrockConverseCodec().encode(
                request, for: TargetTraits(reasoning: reasoning), into: &written)
            #expect(losses.isEmpty)
            let (ours, theirs) = (try Self.normal(written), try Self.normal(Array(body.raw)))
            #expect(ours == theirs, "\(path)")
        }
    }

    private static func isEqual(_ one: [UInt8], _ other: [UInt8]) throws -> Bool {
        let parsed = try [one, other].map { try JSONSerialization.jsonObject(with: Data($0)) as? NSDictionary }
        return parsed[0] != nil && parsed[0] == parsed[1]
    }

    /// A request without what says nothing.
    private static func normal(_ body: [UInt8]) throws -> NSDictionary {
        func without(_ value: Any) -> Any {
            if let list = value as? [Any] { return list.map(without) }
            guard var object = value as? [String: Any] else { return value }
            if object["status"] as? String == "success" { object["status"] = nil }
            if (object["stopSequences"] as? [Any])?.isEmpty == true { object["stopSequences"] = nil }
            if let schema = object["schema"] as? String {
                object["schema"] = try? JSONSerialization.jsonObject(with: Data(schema.utf8))
            }
            return object.mapValues(without)
        }
        var object = without(try JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
        for key in ["system", "inferenceConfig"] {
            if (object[key] as? [Any])?.isEmpty == true || (object[key] as? [String: Any])?.isEmpty == true {
                object[key] = nil
            }
        }
        object["additionalModelResponseFieldPaths"] = nil
        // Two ways to say how much effort to take.
        if var fields = object["additionalModelRequestFields"] as? [String: Any], let effort = fields["output_config"] {
            fields["output_config"] = nil
            (object["additionalModelRequestFields"], object["outputConfig"]) = (fields, effort)
        }
        return object as NSDictionary
    }
}
