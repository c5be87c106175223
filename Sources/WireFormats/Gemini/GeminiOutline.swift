/// What must be known of a Gemini call that passes through.
enum GeminiOutline {
    static func make(_ root: JSONNode, at place: CallPlace) throws(MalformedBody) -> CallOutline {
        guard root.kind == .object else { throw root.malformed("must be a JSON object") }
        guard let model = place.model, !model.isEmpty else {
            throw MalformedBody(
                .missingField, field: "model", message: "The path names no model: put one in, as /v1beta/models/NAME:…."
            )
        }
        var outline = CallOutline(model: model)
        outline.streams = place.geminiStreams
        outline.asksForUsage = true  // every answer tells it
        switch place.endpoint.operation {
        case .embeddings: try readEmbeddings(root, into: &outline)
        case .tokenCount:
            let inner = root.googleField("generateContentRequest", "generate_content_request")
            noteModel(of: inner, in: &outline)
            try readDialogue(inner ?? root, into: &outline)
            (outline.maxOutputTokens, outline.choices) = (0, 1)
        default: try readDialogue(root, into: &outline)
        }
        return outline
    }

    private static func readDialogue(_ root: JSONNode, into outline: inout CallOutline) throws(MalformedBody) {
        for content in try root.required("contents").googleContents() {
            guard content.kind == .object || content.kind == .string else {
                throw content.malformed("must be a content or a string")
            }
            outline.estimatedInputBytes += textBytes(
                of: content, noting: &outline.hasMedia, &outline.mayHoldForeignState)
        }
        if let instruction = root.googleField("systemInstruction", "system_instruction") {
            outline.estimatedInputBytes += textBytes(of: instruction, noting: &outline.hasMedia)
        }
        outline.readTools(root["tools"])
        guard let config = root.googleField("generationConfig", "generation_config") else { return }
        guard config.kind == .object else { throw config.malformed("must be an object") }
        let limit = config.googleField("maxOutputTokens", "max_output_tokens")
        outline.maxOutputTokens = try limit?.integer(in: 0...Int.max)
        outline.choices = try config.googleField("candidateCount", "candidate_count")?.integer(in: 1...Int.max) ?? 1
    }

    /// A content's text in bytes, pictures and other data left out, but noted.
    private static func textBytes(of content: JSONNode, noting hasMedia: inout Bool) -> Int {
        var isUnsigned = false
        return textBytes(of: content, noting: &hasMedia, &isUnsigned)
    }

    /// As above; notes, too, whether the first of the content's calls has no signature.
    private static func textBytes(
        of content: JSONNode, noting hasMedia: inout Bool, _ isUnsigned: inout Bool
    ) -> Int {
        var hasCalled = false
        var sum = content.contents.count + (content["text"]?.contents.count ?? 0)
        for part in GoogleList(content["parts"]) {
            let call = part.googleField("functionCall", "function_call")
            if call != nil, !hasCalled {
                hasCalled = true
                if !GeminiLostSignatures.isSigned(part) { isUnsigned = true }
            }
            let bytes =
                part.contents.count + (part["text"]?.contents.count ?? 0) + (call?.range.count ?? 0)
                + (part.googleField("functionResponse", "function_response")?.range.count ?? 0)
            if bytes == 0 { hasMedia = true }
            sum += bytes
        }
        return sum
    }

    /// One content, or several requests with one each.
    private static func readEmbeddings(_ root: JSONNode, into outline: inout CallOutline) throws(MalformedBody) {
        outline.maxOutputTokens = 0
        if let requests = root.optional("requests") {
            for request in try requests.elements() {
                noteModel(of: request, in: &outline)
                outline.estimatedInputBytes += textBytes(
                    of: try request.required("content"), noting: &outline.hasMedia)
            }
        } else {
            noteModel(of: root, in: &outline)
            outline.estimatedInputBytes = textBytes(of: try root.required("content"), noting: &outline.hasMedia)
        }
    }

    /// Some bodies name the path's model once more, and Google compares.
    private static func noteModel(of request: JSONNode?, in outline: inout CallOutline) {
        if let model = request?.optional("model") { outline.repeatedModelRanges.append(model.range) }
    }

    /// Which model answered, and what it used.
    static func answer(_ root: JSONNode) -> AnswerOutline {
        var outline = AnswerOutline()
        if let model = root["modelVersion"], model.kind == .string {
            outline.modelRange = model.range
            if model.contents.count > 0 { outline.model = model.decoded() }
        }
        if let usage = root.optional("usageMetadata") { outline.usage = TokenUsage(gemini: usage) }
        return outline
    }
}
