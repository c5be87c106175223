/// Turns a dialogue into the items of a Responses input.
///
/// OpenAI wants every call to have a result and every result a call, and reasoning to stand directly before what came of
/// it.
struct OpenAIResponsesInputWriter {
    /// What sets the model up; nil without.
    private(set) var instructions: String?
    /// What could not be said, each field once.
    private(set) var losses: [Loss] = []

    private var items: [Item] = []
    /// Reasoning that waits for what came of it.
    private var thoughts: [Item] = []
    /// The ids of the calls of custom tools, whose results are items of another type.
    private var customCalls: Set<String> = []

    private enum Item {
        case message(String, [Part])
        case reasoning(summary: String, OpaqueState)
        case call(ToolCall)
        case result(callID: String, [Part])
        case foreign([UInt8])
    }

    private enum Part {
        case text(String)
        case refusal(String)
        case image(url: String?, file: String?, detail: String?)
        case file(url: String?, data: String?, id: String?, name: String?)
    }

    mutating func add(_ request: ChatRequest) throws(Untranslatable) {
        let texts = request.instructions.compactMap { if case .text(let text) = $0.content { text } else { nil } }
        let instructions = texts.filter { !$0.isEmpty }.joined(separator: "\n\n")
        for turn in request.turns.ordered(startsWithUser: false, keepsSystemTurns: true) {
            switch turn.speaker {
            case .assistant: for part in turn.parts { try add(said: part) }
            case .user, .system: try add(turn)
            }
        }
        dropThoughts()
        if items.isEmpty {
            items.append(.message("user", [.text(instructions)]))
        } else if !instructions.isEmpty {
            self.instructions = instructions
        }
    }

    private mutating func lose(_ field: String, _ detail: String) {
        if !losses.contains(where: { $0.field == field }) { losses.append(Loss(field, detail)) }
    }

    // MARK: What the model said

    private mutating func add(said part: ChatPart) throws(Untranslatable) {
        switch part.content {
        case .reasoning(let text): think(text, part.state)
        case .hiddenReasoning: think("", part.state)
        case .text(let text):
            dropState(of: part)
            if !text.isEmpty { say(.message("assistant", [.text(text)])) }
        case .refusal(let text): say(.message("assistant", [.refusal(text)]))
        case .toolCall(let call):
            dropState(of: part)
            if call.isCustom { customCalls.insert(call.id) } else { customCalls.remove(call.id) }
            say(.call(call))
        case .foreign(let foreign) where foreign.origin == OpaqueState.openAI: say(.foreign(foreign.json))
        case .foreign: lose("messages", "a piece that only its own provider understands")
        case .image, .document, .audio, .toolResult:
            throw Untranslatable(
                "messages", "A message of the model's can't hold media here; move them to one of the user's.")
        }
    }

    private mutating func think(_ text: String, _ state: OpaqueState?) {
        if let state, state.origin == OpaqueState.openAI {
            thoughts.append(.reasoning(summary: text, state))
        } else {
            lose("reasoning", "only reasoning that OpenAI has sealed can be handed back to it")
        }
    }

    private mutating func say(_ item: Item) {
        items += thoughts
        thoughts = []
        items.append(item)
    }

    /// OpenAI refuses reasoning that nothing came of.
    private mutating func dropThoughts() {
        guard !thoughts.isEmpty else { return }
        lose("reasoning", "nothing came of it")
        thoughts = []
    }

    private mutating func dropState(of part: ChatPart) {
        if part.state != nil { lose("thought_signature", "OpenAI has no place for it") }
    }

    // MARK: What the model was told

    private mutating func add(_ turn: ChatTurn) throws(Untranslatable) {
        dropThoughts()
        var message: [Part] = []
        for part in turn.parts {
            guard case .toolResult(let result) = part.content else {
                try add(part, to: &message)
                continue
            }
            var output: [Part] = []
            for part in result.parts { try add(part, to: &output) }
            // There is no other way to say so.
            if result.isError { output.insert(.text("Error: "), at: 0) }
            items.append(.result(callID: result.callID, output))
        }
        if !message.isEmpty { items.append(.message(turn.speaker.rawValue, message)) }
    }

    private mutating func add(_ part: ChatPart, to parts: inout [Part]) throws(Untranslatable) {
        switch part.content {
        case .text(let text), .refusal(let text): parts.append(.text(text))
        case .image(let image): parts.append(try self.image(image))
        case .document(let document): parts.append(try file(document))
        case .audio:
            throw Untranslatable("messages", "This model's API takes no audio; send what is said as text.")
        case .foreign: lose("messages", "a piece that only its own provider understands")
        case .reasoning, .hiddenReasoning, .toolCall, .toolResult: break  // never the user's
        }
    }

    private mutating func image(_ image: Media) throws(Untranslatable) -> Part {
        var detail = image.detail
        if let said = detail, !["low", "high", "auto", "original"].contains(said) {
            lose("image_detail", "OpenAI knows low, high, auto and original")
            detail = nil
        }
        if case .file(let id) = image.source, !image.isKept(butNotBy: OpaqueState.openAI) {
            return .image(url: nil, file: id, detail: detail)
        }
        return .image(url: try address(image, typeIfUnknown: "image/png"), file: nil, detail: detail)
    }

    private func file(_ document: Media) throws(Untranslatable) -> Part {
        switch document.source {
        case .text(let text): return .text(text)
        case .file(let id) where !document.isKept(butNotBy: OpaqueState.openAI):
            return .file(url: nil, data: nil, id: id, name: nil)
        case .url, .file:
            return .file(url: try address(document, typeIfUnknown: ""), data: nil, id: nil, name: nil)
        case .base64:
            let isPDF = document.mediaType.map { $0 == "application/pdf" } ?? true
            return .file(
                url: nil, data: document.url(typeIfUnknown: "application/pdf"), id: nil,
                name: document.name ?? (isPDF ? "document.pdf" : "document"))
        }
    }

    private func address(_ media: Media, typeIfUnknown type: String) throws(Untranslatable) -> String {
        if let url = media.url(typeIfUnknown: type),
            ["https:", "http:", "data:"].contains(where: { url.utf8.starts(with: $0.utf8) })
        {
            return url
        }
        throw Untranslatable("messages", "This model's API can't reach the medium; send its bytes or an https address.")
    }
}

// MARK: Writing

extension OpenAIResponsesInputWriter {
    /// Writes the items as the value.
    func write(to json: inout JSONWriter) {
        json.array(items) { item, json in
            if case .foreign(let raw) = item { return json.value(raw: raw) }
            json.object { json in write(item, to: &json) }
        }
    }

    private func write(_ item: Item, to json: inout JSONWriter) {
        switch item {
        case .message(let role, let parts):
            json.field("type", "message")
            json.field("role", role)
            json.field("content") { json in
                if parts.count == 1, case .text(let text) = parts[0] { return json.value(text) }
                json.array(parts, write)
            }
        case .reasoning(let summary, let state):
            json.field("type", "reasoning")
            json.field("id", state.id)
            json.array("summary", summary.isEmpty ? [] : [summary]) { text, json in
                json.object { json in
                    json.field("type", "summary_text")
                    json.field("text", text)
                }
            }
            json.field("encrypted_content", state.value)
        case .call(let call) where call.isCustom:
            json.field("type", "custom_tool_call")
            json.field("call_id", Self.fitting(call.id))
            json.field("name", call.name)
            json.field("input", call.arguments)
        case .call(let call):
            json.field("type", "function_call")
            json.field("call_id", Self.fitting(call.id))
            json.field("name", call.name)
            json.field("arguments", call.arguments.isEmpty ? "{}" : call.arguments)
        case .result(let callID, let output):
            let isCustom = customCalls.contains(callID)
            json.field("type", isCustom ? "custom_tool_call_output" : "function_call_output")
            json.field("call_id", Self.fitting(callID))
            json.field("output") { json in
                let texts = output.compactMap { if case .text(let text) = $0 { text } else { nil } }
                if texts.count == output.count { return json.value(texts.joined()) }
                json.array(output, write)
            }
        case .foreign: break
        }
    }

    private func write(_ part: Part, to json: inout JSONWriter) {
        json.object { json in
            switch part {
            case .text(let text):
                json.field("type", "input_text")
                json.field("text", text)
            case .refusal(let text):
                json.field("type", "refusal")
                json.field("refusal", text)
            case .image(let url, let file, let detail):
                json.field("type", "input_image")
                json.field("image_url", url)
                json.field("file_id", file)
                json.field("detail", detail ?? "auto")
            case .file(let url, let data, let id, let name):
                json.field("type", "input_file")
                json.field("filename", name)
                json.field("file_data", data)
                json.field("file_url", url)
                json.field("file_id", id)
            }
        }
    }

    /// OpenAI takes ids of up to 64 characters. The call and its result get the same one.
    private static func fitting(_ id: String) -> String {
        guard id.utf8.count > 64 else { return id }
        // FNV-1a: stable from call to call, so that the provider's prompt cache stays of use.
        let hash = id.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return "call_" + String(hash, radix: 16)
    }
}
