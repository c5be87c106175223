/// Reads the parts of a message's content.
enum OpenAIChatContent {
    /// A part; nil for a kind that the canonical model has no place for.
    static func read(_ part: JSONNode) throws(MalformedBody) -> ChatPart? {
        let type = try part.required("type")
        let content = try content(part, type: type.string())
        guard let content else { return nil }
        return ChatPart(content, cacheHint: try part.cacheHint(), state: signature(of: part))
    }

    private static func content(_ part: JSONNode, type: String) throws(MalformedBody) -> ChatPart.Content? {
        switch type {
        case "text": return .text(try part.required("text").string())
        case "refusal": return .refusal(try part.required("refusal").string())
        case "image_url": return .image(try image(part.required("image_url")))
        case "input_audio": return .audio(try audio(part.required("input_audio")))
        case "file": return try file(part.required("file"))
        // Mistral's way to send a document, and to tell what the model thought.
        case "document_url": return .document(Media(url: try part.required("document_url").string()))
        case "thinking": return .reasoning(thought(try part.required("thinking")))
        default: return nil
        }
    }

    /// OpenAI wants an object; some take the URL alone.
    private static func image(_ image: JSONNode) throws(MalformedBody) -> Media {
        if image.kind == .string { return Media(url: try image.string()) }
        return Media(url: try image.required("url").string(), detail: try image.optional("detail")?.string())
    }

    private static func audio(_ audio: JSONNode) throws(MalformedBody) -> Media {
        let format = try audio.required("format").string()
        return Media(
            .base64(try audio.required("data").string()), mediaType: "audio/" + (format == "mp3" ? "mpeg" : format))
    }

    /// What a file is goes by its media type, which OpenAI's `data:` URL has, and bare base64 has not.
    private static func file(_ file: JSONNode) throws(MalformedBody) -> ChatPart.Content {
        let name = try file.optional("filename")?.string()
        if let id = file.optional("file_id") {
            return .document(Media(.file(try id.string()), name: name, keeper: OpaqueState.openAI))
        }
        let data = try file.required("file_data").string()
        var media = Media(url: data, name: name)
        if case .url = media.source, !data.prefix(16).contains(":") {
            media = Media(.base64(data), mediaType: "application/pdf", name: name)
        }
        if media.mediaType?.hasPrefix("image/") == true { return .image(media) }
        if media.mediaType?.hasPrefix("audio/") == true { return .audio(media) }
        return .document(media)
    }

    /// The text of a `thinking` part: a string, or text parts.
    static func thought(_ thinking: JSONNode) -> String {
        if thinking.kind == .string { return thinking.decoded() }
        return thinking.anyElements.reduce(into: "") { $0 += $1.openAIText("text") ?? "" }
    }

    /// Claude's, on a `thinking` part that was made from one of Anthropic's blocks.
    private static func signature(of part: JSONNode) -> OpaqueState? {
        part.openAIText("signature").map { OpaqueState(origin: OpaqueState.anthropic, value: $0) }
    }
}

extension JSONNode {
    /// The `cache_control` of a message, a part or a tool: Anthropic's mark, which some clients put into Chat.
    func cacheHint() throws(MalformedBody) -> CacheHint? {
        guard let control = optional("cache_control") else { return nil }
        guard control.kind == .object else { throw control.malformed("must be an object") }
        return CacheHint(lifetime: try control.optional("ttl")?.string())
    }

    /// Gemini's signature in `extra_content`, as Google's own Chat surfaces have it on messages and tool calls.
    var thoughtSignature: OpaqueState? {
        guard let extra = self["extra_content"] else { return nil }
        let value =
            extra["google"]?.openAIText("thought_signature") ?? extra["vertex"]?.openAIText("thought_signature")
        return value.map { OpaqueState(origin: OpaqueState.google, value: $0) }
    }
}
