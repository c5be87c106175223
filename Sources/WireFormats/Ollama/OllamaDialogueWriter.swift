/// Makes a dialogue into messages of `/api/chat`. Ollama takes them as they come, so turns keep their order.
struct OllamaDialogueWriter {
    private(set) var messages: [OllamaMessage] = []
    private(set) var losses = OllamaLosses()
    /// The names of the tools that were called, by the calls' ids: results often don't say them.
    private var toolNames: [String: String] = [:]
    /// The calls of the model's last turn, in order, and the ids of those that have no result yet.
    private var calls: [ToolCall] = []
    private var open: Set<String> = []
    /// Where the result of the next of them belongs: behind the calls and the results that there are.
    private var placeOfResults = 0

    mutating func add(_ request: ChatRequest) throws(Untranslatable) {
        // One message, because some models' templates take no second; the user's where nobody else speaks, because
        // some take no dialogue without one, and because no message at all would only load the model.
        if !request.instructions.isEmpty || request.turns.isEmpty {
            try add(request.turns.isEmpty ? "user" : "system", request.instructions)
        }
        for turn in request.turns { try add(turn) }
        settle()
    }

    private mutating func add(_ turn: ChatTurn) throws(Untranslatable) {
        guard turn.speaker == .assistant else { return try add(turn.speaker.rawValue, turn.parts) }
        // Two messages of the model, one behind the other, are one turn.
        if messages.last?.role != turn.speaker.rawValue { settle() }
        try add(turn.speaker.rawValue, turn.parts)
        let new = turn.parts.toolCalls
        calls += new
        open.formUnion(new.map(\.id))
        placeOfResults = messages.count
    }

    /// Gives the calls that nobody answered a result that says so: models take up what is left open.
    private mutating func settle() {
        let missing = calls.filter { open.contains($0.id) }.map { call in
            var message = OllamaMessage(resultOf: call.id, tool: call.name)
            message.content = Self.text(["Error:", ToolResult.missing(for: call).text])
            return message
        }
        messages.insert(contentsOf: missing, at: placeOfResults)
        (calls, open) = ([], [])
    }

    private mutating func add(_ role: String, _ parts: [ChatPart]) throws(Untranslatable) {
        var message = OllamaMessage(role)
        var texts: [String] = []
        var thoughts: [String] = []
        var hasResults = false
        for part in parts {
            note(part)
            switch part.content {
            case .text(let text), .refusal(let text): texts.append(text)
            case .reasoning(let text): thoughts.append(text)
            case .image(let image): message.images.append(try bytes(of: image))
            case .document(let document): texts.append(try text(of: document))
            case .audio: throw Self.audio
            case .toolCall(let call):
                message.calls.append(call)
                toolNames[call.id] = call.name
            case .toolResult(let result):
                hasResults = true
                try add(result, picturesTo: &message)
            case .hiddenReasoning, .foreign: break
            }
        }
        // The model's texts may be pieces of one sentence; other people's are texts of their own.
        message.content = texts.joined(separator: role == "assistant" ? "" : "\n\n")
        message.thinking = thoughts.joined(separator: "\n\n")
        if !message.isEmpty || !hasResults { messages.append(message) }
    }

    /// A result's pictures go into the message behind it: models look at the user's only.
    private mutating func add(
        _ result: ToolResult, picturesTo next: inout OllamaMessage
    ) throws(Untranslatable) {
        var message = OllamaMessage(resultOf: result.callID, tool: result.name ?? toolNames[result.callID])
        var texts = result.isError ? ["Error:"] : []
        for part in result.parts {
            note(part)
            switch part.content {
            case .text(let text), .refusal(let text): texts.append(text)
            case .image(let image): next.images.append(try bytes(of: image))
            case .document(let document): texts.append(try text(of: document))
            case .audio: throw Self.audio
            case .reasoning, .hiddenReasoning, .toolCall, .toolResult, .foreign: break
            }
        }
        message.content = Self.text(texts)
        messages.append(message)
        if open.remove(result.callID) != nil { placeOfResults = messages.count }
    }

    /// What a result says; there is no flag for errors.
    private static func text(_ texts: [String]) -> String { texts.joined(separator: "\n") }

    /// Reports what is left behind of a part.
    private mutating func note(_ part: ChatPart) {
        if part.cacheHint != nil { losses.addCacheHint() }
        switch part.content {
        case .hiddenReasoning:
            if part.state != nil { losses.add("reasoning", "what another provider sealed is left out") }
        case .foreign:
            losses.add("messages", "pieces that only their own provider understands are left out")
        default:
            if part.state != nil { losses.add("thought_signature", "it means nothing to Ollama") }
        }
    }

    private mutating func bytes(of image: Media) throws(Untranslatable) -> String {
        guard case .base64(let bytes) = image.source else {
            throw Untranslatable("messages", "Send pictures as base64: Ollama fetches none.")
        }
        if let detail = image.detail, detail != "auto" { losses.add("image_detail", "Ollama has none") }
        return bytes
    }

    private func text(of document: Media) throws(Untranslatable) -> String {
        guard let text = document.readableText else {
            throw Untranslatable("messages", "Send the document's text instead: Ollama reads no documents.")
        }
        return text
    }

    private static let audio = Untranslatable(
        "messages", "Leave the audio out, or send what it says as text: Ollama can't listen.")
}
