/// Writes parts as content blocks. What Anthropic has no block for is gone before, or shows as nothing.
enum AnthropicBlockWriter {
    /// Writes a model's answer: each text with the citations behind it.
    static func write(answer parts: [ChatPart], to json: inout JSONWriter) {
        json.array(parts.indices) { place, json in
            let part = parts[place]
            guard case .text(let text) = part.content else { return shows(part) ? write(part, to: &json) : () }
            guard !text.isEmpty else { return }
            json.object { json in
                json.field("type", "text")
                json.field("text", text)
                let citations = parts[(place + 1)...].prefix { citation(in: $0) != nil }
                guard !citations.isEmpty else { return }
                json.array("citations", citations) { part, json in
                    json.value(raw: citation(in: part) ?? [])
                }
            }
        }
    }

    /// Whether a part of an answer is one for the client: its own provider's, or anybody's.
    private static func shows(_ part: ChatPart) -> Bool {
        switch part.content {
        case .refusal(let text): !text.isEmpty
        case .hiddenReasoning: part.anthropicState != nil
        case .foreign(let foreign): foreign.isAnthropic && foreign.type != AnthropicBlockReader.citationType
        case .audio: false
        default: true
        }
    }

    private static func citation(in part: ChatPart) -> [UInt8]? {
        guard case .foreign(let foreign) = part.content, foreign.isAnthropic,
            foreign.type == AnthropicBlockReader.citationType
        else { return nil }
        return foreign.json
    }

    /// Writes one block.
    static func write(_ part: ChatPart, to json: inout JSONWriter) {
        if case .foreign(let foreign) = part.content { return json.value(raw: foreign.json) }
        json.object { json in
            write(part.content, state: part.anthropicState, to: &json)
            write(part.cacheHint, to: &json)
        }
    }

    private static func write(_ content: ChatPart.Content, state: String?, to json: inout JSONWriter) {
        switch content {
        case .text(let text), .refusal(let text):
            json.field("type", "text")
            json.field("text", text)
        case .reasoning(let text):
            json.field("type", "thinking")
            json.field("thinking", text)
            json.field("signature", state ?? "")
        case .hiddenReasoning:
            json.field("type", "redacted_thinking")
            json.field("data", state ?? "")
        case .image(let image):
            json.field("type", "image")
            json.object("source") { json in write(image, to: &json) }
        case .document(let document):
            json.field("type", "document")
            json.object("source") { json in write(document, to: &json) }
            json.field("title", document.name)
        case .toolCall(let call):
            json.field("type", "tool_use")
            json.field("id", call.id)
            json.field("name", call.name)
            json.field("input", raw: call.argumentsObject)
        case .toolResult(let result):
            json.field("type", "tool_result")
            json.field("tool_use_id", result.callID)
            if !result.parts.isEmpty { json.array("content", result.parts) { part, json in write(part, to: &json) } }
            json.field("is_error", result.isError ? true : nil)
        case .audio, .foreign:
            break
        }
    }

    private static func write(_ media: Media, to json: inout JSONWriter) {
        switch media.source {
        case .base64(let data):
            json.field("type", "base64")
            json.field("media_type", media.mediaType)
            json.field("data", data)
        case .url(let url):
            json.field("type", "url")
            json.field("url", url)
        case .text(let text):
            json.field("type", "text")
            json.field("media_type", "text/plain")
            json.field("data", text)
        case .file(let id):
            json.field("type", "file")
            json.field("file_id", id)
        }
    }

    /// Writes the mark that a block, a tool or a request has; nothing without one.
    static func write(_ hint: CacheHint?, to json: inout JSONWriter) {
        guard let hint else { return }
        json.object("cache_control") { json in
            json.field("type", "ephemeral")
            json.field("ttl", hint.lifetime)
        }
    }
}

extension ChatPart {
    /// What Anthropic wants back with this part; nil where there is nothing, or it is somebody else's.
    var anthropicState: String? {
        guard let state, state.origin == OpaqueState.anthropic, !state.value.isEmpty else { return nil }
        return state.value
    }
}

extension ForeignPart {
    /// Whether Anthropic understands it.
    var isAnthropic: Bool { origin == OpaqueState.anthropic }
}
