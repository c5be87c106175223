/// A block of a stream that has begun and not ended.
enum AnthropicStreamBlock {
    /// A text, and the citations that stand behind it.
    case text(citations: [ForeignPart])
    /// A thought, and its signature so far.
    case thinking(signature: String)
    /// A tool call. Its arguments come in pieces; `input` are those that came with its beginning, for the case that no
    /// pieces come.
    case call(Int, input: String?)
    /// The call of the tool that takes the answer; its arguments, as those of a call, are told as text.
    case answer(input: String?)
    /// What comes whole, and is told when it begins.
    case told
    /// What only Anthropic understands: its beginning, and the pieces of its input.
    case foreign(type: String, json: [UInt8], input: String)

    /// - Parameter call: The number that a tool call gets.
    init(_ block: JSONNode, call: Int) {
        switch block["type"]?.decoded() ?? "" {
        case "text":
            self = .text(
                citations: block["citations"]?.anyElements.map { AnthropicBlockReader.citation($0.raw) } ?? [])
        case "thinking": self = .thinking(signature: block["signature"]?.decoded() ?? "")
        case "redacted_thinking": self = .told
        case "tool_use" where AnswerTool.isCalled(block["name"]):
            self = .answer(input: block.optional("input").map { String(decoding: $0.raw, as: UTF8.self) })
        case "tool_use":
            let input = block.optional("input").map { String(decoding: $0.raw, as: UTF8.self) }
            self = .call(call, input: input == "{}" ? nil : input)
        case let type: self = .foreign(type: type, json: Array(block.raw), input: "")
        }
    }

    /// Appends what the beginning says; a text's is not told here.
    func tellStart(_ block: JSONNode, _ events: inout [ChatEvent]) {
        switch self {
        case .thinking:
            if let text = block["thinking"]?.decoded(), !text.isEmpty { events.append(.reasoningDelta(text)) }
        case .call(let index, _):
            events.append(
                .toolStart(index: index, id: block["id"]?.decoded() ?? "", name: block["name"]?.decoded() ?? ""))
        case .told:
            if let data = block["data"]?.decoded(), !data.isEmpty {
                events.append(.hiddenReasoning(OpaqueState(origin: OpaqueState.anthropic, value: data)))
            }
        case .text, .answer, .foreign: break
        }
    }

    /// Takes in a piece of this block, and appends what it says.
    mutating func extend(_ type: JSONNode, _ delta: JSONNode, _ events: inout [ChatEvent]) {
        switch self {
        case .text(var citations):
            guard type.equals("citations_delta"), let citation = delta["citation"] else { return }
            self = .told
            citations.append(AnthropicBlockReader.citation(citation.raw))
            self = .text(citations: citations)
        case .thinking(let signature):
            if type.equals("thinking_delta"), let text = delta["thinking"]?.decoded(), !text.isEmpty {
                events.append(.reasoningDelta(text))
            } else if type.equals("signature_delta"), let more = delta["signature"]?.decoded() {
                self = .thinking(signature: signature + more)
            }
        case .call(let index, _):
            guard type.equals("input_json_delta"), let piece = delta["partial_json"]?.decoded(), !piece.isEmpty else {
                return
            }
            self = .call(index, input: nil)
            events.append(.toolArgumentsDelta(index: index, piece))
        case .answer:
            guard type.equals("input_json_delta"), let piece = delta["partial_json"]?.decoded(), !piece.isEmpty else {
                return
            }
            self = .answer(input: nil)
            events.append(.textDelta(piece))
        case .foreign(let name, let json, var input):
            guard type.equals("input_json_delta"), let piece = delta["partial_json"]?.decoded() else { return }
            self = .told
            input += piece
            self = .foreign(type: name, json: json, input: input)
        case .told: break
        }
    }

    /// Appends what the end says.
    func tellEnd(_ events: inout [ChatEvent]) {
        switch self {
        case .text(let citations): events += citations.map(ChatEvent.foreign)
        case .thinking(let signature):
            let state = OpaqueState(origin: OpaqueState.anthropic, value: signature)
            events.append(.reasoningEnd(signature.isEmpty ? nil : state))
        case .call(let index, let input):
            if let input { events.append(.toolArgumentsDelta(index: index, input)) }
            events.append(.toolEnd(index: index))
        case .answer(let input):
            if let input { events.append(.textDelta(input)) }
        case .told: break
        case .foreign(let type, let json, let input):
            let whole = input.isEmpty ? json : Self.json(json, input: input)
            events.append(.foreign(ForeignPart(origin: OpaqueState.anthropic, type: type, json: whole)))
        }
    }

    /// A block with its input in place of the empty one that it began with.
    private static func json(_ block: [UInt8], input: String) -> [UInt8] {
        let tape = JSONTape()
        return withExtendedLifetime(tape) {
            block.withUnsafeBytes { bytes in
                guard let members = try? tape.parse(bytes).members() else { return block }
                return JSONWriter.write { json in
                    json.object { json in
                        for (key, value) in members where !key.equals("input") {
                            json.field(key.decoded(), raw: value.raw)
                        }
                        json.field("input", raw: ToolCall(id: "", name: "", arguments: input).argumentsObject)
                    }
                }
            }
        }
    }
}
