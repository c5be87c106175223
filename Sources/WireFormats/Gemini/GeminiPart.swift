/// A part of a content, as it is written: to Google, or to Google's clients.
enum GeminiPart {
    /// Text, said or thought.
    case text(String, isThought: Bool = false, signature: String? = nil)
    /// A call of a tool; its arguments are a JSON object.
    case call(name: String, id: String?, arguments: [UInt8], signature: String? = nil)
    /// What a tool said: a JSON object.
    case response(name: String, id: String?, object: [UInt8])
    /// A file.
    case media(GeminiMedia)
    /// A part that was carried as it came.
    case raw([UInt8])

    func write(to json: inout JSONWriter) {
        if case .raw(let part) = self { return json.value(raw: part) }
        json.object { json in
            switch self {
            case .text(let text, let isThought, let signature):
                json.field("text", text)
                if isThought { json.field("thought", true) }
                json.field("thoughtSignature", signature)
            case .call(let name, let id, let arguments, let signature):
                json.object("functionCall") { json in
                    json.field("id", id)
                    json.field("name", name)
                    json.field("args", raw: arguments)
                }
                json.field("thoughtSignature", signature)
            case .response(let name, let id, let object):
                json.object("functionResponse") { json in
                    json.field("id", id)
                    json.field("name", name)
                    json.field("response", raw: object)
                }
            case .media(let media): media.write(to: &json)
            case .raw: break
            }
        }
    }

    /// What a client of Google's is shown of a part of an answer; nil for what only another provider understands.
    init?(answer part: ChatPart) {
        let signature = part.googleSignature
        switch part.content {
        case .text(let text): self = .text(text, signature: signature)
        case .refusal(let text): self = .text(text)
        case .reasoning(let text): self = .text(text, isThought: true, signature: signature)
        case .hiddenReasoning:
            guard let signature else { return nil }
            self = .text("", signature: signature)
        case .toolCall(let call):
            self = .call(
                name: call.name, id: call.id.isEmpty ? nil : call.id, arguments: call.argumentsObject,
                signature: signature)
        case .foreign(let foreign):
            guard foreign.origin == OpaqueState.google else { return nil }
            self = .raw(foreign.json)
        case .image, .document, .audio, .toolResult: return nil
        }
    }
}

extension ChatPart {
    /// The thought signature that belongs to the part; nil for other providers' states.
    var googleSignature: String? { state?.geminiSignature }
}

extension OpaqueState {
    /// The state as a thought signature; nil for other providers' states.
    var geminiSignature: String? { origin == Self.google ? value : nil }
}

/// What one side said, as it is written.
struct GeminiContent {
    /// Whether the model said it, and not the user.
    var isModel: Bool
    var parts: [GeminiPart]

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("role", isModel ? "model" : "user")
            json.array("parts", parts) { part, json in part.write(to: &json) }
        }
    }
}
