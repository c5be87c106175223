/// Reads content blocks, of a request or of an answer, into parts.
struct AnthropicBlockReader {
    /// Whether the blocks are a model's answer. Its citations are kept; those that a client sends back are told already.
    var isAnswer = false
    /// What parts have no place for; of each kind the first.
    private(set) var unread: [UnreadField] = []

    init(isAnswer: Bool = false) { self.isAnswer = isAnswer }

    /// The parts that some content is: a text, or an array of blocks.
    mutating func parts(_ content: JSONNode) throws(MalformedBody) -> [ChatPart] {
        if content.kind == .string { return [.text(try content.string())] }
        guard content.kind == .array else { throw content.malformed("must be a string or an array of blocks") }
        var parts: [ChatPart] = []
        for block in try content.elements() { try add(block, to: &parts) }
        return parts
    }

    /// Reads one block; some are several parts, or none.
    mutating func add(_ block: JSONNode, to parts: inout [ChatPart]) throws(MalformedBody) {
        let type = try block.required("type").string()
        let hint = try Self.cacheHint(block)
        switch type {
        case "text":
            parts.append(ChatPart(.text(try block.required("text").string()), cacheHint: hint))
            addCitations(of: block, to: &parts)
        case "thinking":
            let text = try block.optional("thinking")?.string() ?? ""
            parts.append(ChatPart(.reasoning(text), state: try state(block.optional("signature"))))
        case "redacted_thinking":
            parts.append(ChatPart(.hiddenReasoning, state: try state(block.required("data"))))
        case "tool_use":
            let call = ToolCall(
                id: try block.required("id").string(), name: try block.required("name").string(),
                arguments: block.optional("input").map { String(decoding: $0.raw, as: UTF8.self) } ?? "{}")
            parts.append(ChatPart(.toolCall(call), cacheHint: hint))
        case "tool_result":
            let result = ToolResult(
                callID: try block.required("tool_use_id").string(),
                parts: try block.optional("content").map { (content) throws(MalformedBody) in try self.parts(content) }
                    ?? [],
                isError: try block.optional("is_error")?.boolean() ?? false)
            parts.append(ChatPart(.toolResult(result), cacheHint: hint))
        case "image":
            if let image = try media(block.required("source")) {
                parts.append(ChatPart(.image(image), cacheHint: hint))
            } else {
                parts.append(foreign(block, type))
            }
        case "document":
            try addDocument(block, hint, to: &parts)
        case "search_result":
            try addSearchResult(block, hint, to: &parts)
        default:
            parts.append(foreign(block, type))
        }
    }

    private func foreign(_ block: JSONNode, _ type: String) -> ChatPart {
        ChatPart(.foreign(ForeignPart(origin: OpaqueState.anthropic, type: type, json: Array(block.raw))))
    }

    /// What the provider wants back; nil where there is nothing in it.
    private func state(_ node: JSONNode?) throws(MalformedBody) -> OpaqueState? {
        guard let value = try node?.string(), !value.isEmpty else { return nil }
        return OpaqueState(origin: OpaqueState.anthropic, value: value)
    }

    /// The mark that a block, a tool or a request has; nil without one.
    static func cacheHint(_ node: JSONNode) throws(MalformedBody) -> CacheHint? {
        guard let mark = node.optional("cache_control") else { return nil }
        return CacheHint(lifetime: try mark.optional("ttl")?.string())
    }

    // MARK: Pictures and documents

    /// What a source says; nil for a kind of source that nobody knows.
    private func media(_ source: JSONNode) throws(MalformedBody) -> Media? {
        let mediaType = try source.optional("media_type")?.string()
        switch try source.required("type").string() {
        case "base64": return Media(.base64(try source.required("data").string()), mediaType: mediaType)
        case "url": return Media(.url(try source.required("url").string()), mediaType: mediaType)
        case "text": return Media(.text(try source.required("data").string()), mediaType: mediaType ?? "text/plain")
        case "file":
            let id = try source.required("file_id").string()
            return Media(.file(id), mediaType: mediaType, keeper: OpaqueState.anthropic)
        default: return nil
        }
    }

    private mutating func addDocument(
        _ block: JSONNode, _ hint: CacheHint?, to parts: inout [ChatPart]
    ) throws(MalformedBody) {
        noteCitations(block)
        let source = try block.required("source")
        let title = try block.optional("title")?.string()
        // What the model is told about a document stands best in front of it.
        if let context = try block.optional("context")?.string() { parts.append(.text(context)) }
        if source["type"]?.equals("content") == true {
            var contents = try self.parts(source.required("content"))
            if contents.allSatisfy({ if case .text = $0.content { true } else { false } }) {
                let text = contents.map { [$0].text }.joined(separator: "\n\n")
                contents = [ChatPart(.document(Media(.text(text), mediaType: "text/plain", name: title)))]
            }
            if let last = contents.indices.last { contents[last].cacheHint = hint }
            parts += contents
        } else if var document = try media(source) {
            document.name = title
            parts.append(ChatPart(.document(document), cacheHint: hint))
        } else {
            parts.append(foreign(block, "document"))
        }
    }

    /// Something that was found is a document whose first line tells where.
    private mutating func addSearchResult(
        _ block: JSONNode, _ hint: CacheHint?, to parts: inout [ChatPart]
    ) throws(MalformedBody) {
        noteCitations(block)
        let texts = try self.parts(block.required("content")).map { [$0].text }
        let text = ([try block.required("source").string()] + texts).joined(separator: "\n\n")
        let title = try block.optional("title")?.string()
        parts.append(
            ChatPart(.document(Media(.text(text), mediaType: "text/plain", name: title)), cacheHint: hint))
    }

    // MARK: Citations

    private mutating func addCitations(of block: JSONNode, to parts: inout [ChatPart]) {
        guard let citations = block.optional("citations") else { return }
        for citation in citations.anyElements {
            guard isAnswer else { return unread.note("citations") }
            parts.append(ChatPart(.foreign(Self.citation(citation.raw))))
        }
    }

    /// A reference from the text that was told last to what was read, as a stream tells it.
    static func citation(_ json: UnsafeRawBufferPointer) -> ForeignPart {
        ForeignPart(origin: OpaqueState.anthropic, type: citationType, json: Array(json))
    }

    /// The type of the parts that are citations.
    static let citationType = "citations_delta"

    /// Notes a wish for citations, which no other format has.
    private mutating func noteCitations(_ block: JSONNode) {
        if block["citations"]?["enabled"]?.kind == .true { unread.note("citations") }
    }
}
