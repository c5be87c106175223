/// Writes the blocks of a Converse request: objects of one member, which says what they are.
struct BedrockConverseBlockWriter {
    private let model: BedrockModel
    private var cachePoints: BedrockCachePoints
    private var documentNames = BedrockDocumentNames()
    /// What was lost.
    var losses: LossList
    /// What can't be said, once there is something.
    private(set) var objection: Untranslatable?

    init(for model: BedrockModel, cacheHints: Int, losses: LossList) {
        (self.model, self.losses) = (model, losses)
        cachePoints = BedrockCachePoints(cacheHints, for: model)
    }

    /// A mark, if `hint` asks for one.
    mutating func writeCachePoint(_ hint: CacheHint?, isTool: Bool = false, to json: inout JSONWriter) {
        cachePoints.write(hint, isTool: isTool, to: &json, losses: &losses)
    }

    /// A block of instructions, and the mark that it asks for.
    mutating func write(instruction part: ChatPart, to json: inout JSONWriter) {
        guard case .text(let text) = part.content else { return }
        json.object { json in json.field("text", text) }
        writeCachePoint(part.cacheHint, to: &json)
    }

    /// A message; `endHint` asks for a mark behind its last block.
    mutating func write(_ turn: ChatTurn, endHint: CacheHint?, to json: inout JSONWriter) {
        json.object { json in
            json.field("role", turn.speaker == .assistant ? "assistant" : "user")
            let parts = Self.withText(turn.parts)
            json.array("content", parts.enumerated()) { part, json in
                json.object { json in write(part.element, to: &json) }
                let isLast = part.offset == parts.count - 1
                writeCachePoint(part.element.innermostHint ?? (isLast ? endHint : nil), to: &json)
            }
        }
    }

    /// A document is taken in company of a text only.
    private static func withText(_ parts: [ChatPart]) -> [ChatPart] {
        var (hasDocument, hasText) = (false, false)
        for part in parts {
            switch part.content {
            case .document: hasDocument = true
            case .text, .refusal: hasText = true
            default: break
            }
        }
        return hasDocument && !hasText ? parts + [.text("See the attached document.")] : parts
    }

    private mutating func write(_ part: ChatPart, to json: inout JSONWriter) {
        switch part.content {
        case .text(let text), .refusal(let text): json.field("text", text)
        case .reasoning(let text):
            json.object("reasoningContent") { json in
                json.object("reasoningText") { json in
                    json.field("text", text)
                    json.field("signature", part.state?.value)
                }
            }
        case .hiddenReasoning:
            // What Anthropic gives as a text is bytes to Bedrock.
            json.object("reasoningContent") { json in
                json.field("redactedContent", Base64.encode(Array((part.state?.value ?? "").utf8)))
            }
        case .image, .document, .audio: write(media: part.content, to: &json)
        case .toolCall(let call):
            json.object("toolUse") { json in
                json.field("toolUseId", Self.toolID(call.id))
                json.field("name", call.name)
                json.field("input", raw: call.argumentsObject)
            }
        case .toolResult(let result): json.object("toolResult") { json in write(result, to: &json) }
        case .foreign: break  // left out of the dialogue
        }
    }

    private mutating func write(media: ChatPart.Content, to json: inout JSONWriter) {
        do throws(Untranslatable) {
            switch media {
            case .image(let image):
                losses.add("image_detail", "Converse has none", if: (image.detail ?? "auto") != "auto")
                try BedrockMedia.write(image: image, to: &json)
            case .document(let document):
                try BedrockMedia.write(document: document, names: &documentNames, to: &json)
            default:
                throw Untranslatable(
                    "messages", "Leave the recording out, or send its text; this model takes no audio.")
            }
        } catch {
            objection = objection ?? error
        }
    }

    // MARK: Tools

    private mutating func write(_ result: ToolResult, to json: inout JSONWriter) {
        let saysFailure = result.isError && !model.takesResultStatus
        var parts = result.parts.filter(\.isSaying)
        if saysFailure { parts.insert(.text("Error:"), at: 0) }
        if parts.isEmpty { parts = [.text("(empty)")] }

        json.field("toolUseId", Self.toolID(result.callID))
        json.array("content", parts) { part, json in
            switch part.content {
            case .text(let text), .refusal(let text): json.object { json in json.field("text", text) }
            case .image, .document, .audio: json.object { json in write(media: part.content, to: &json) }
            default:
                losses.add("messages", "pieces of tool results that aren't texts, pictures or documents are left out")
            }
        }
        json.field("status", result.isError && !saysFailure ? "error" : nil)
    }

    /// The id, if it is one that all models take, else one that is made of it: the same for a call and its result.
    private static func toolID(_ id: String) -> String {
        let isTaken = id.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        if isTaken, (1...64).contains(id.utf8.count) { return id }
        // FNV-1a: the same for the same id, in every process.
        let hash = id.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return "call_" + String(hash, radix: 16)
    }
}
