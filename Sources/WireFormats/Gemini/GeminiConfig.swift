/// `generationConfig`, as clients write it.
extension ChatRequest {
    mutating func readGeminiConfig(_ config: JSONNode) throws(MalformedBody) {
        sampling.temperature = try config.optional("temperature")?.number(in: 0...2)
        sampling.topP = try config.googleField("topP", "top_p")?.number(in: 0...1)
        sampling.topK = try config.googleField("topK", "top_k")?.integer()
        sampling.seed = try config.optional("seed")?.integer()
        sampling.presencePenalty = try config.googleField("presencePenalty", "presence_penalty")?.number(in: -2...2)
        sampling.frequencyPenalty = try config.googleField("frequencyPenalty", "frequency_penalty")?.number(in: -2...2)
        maxOutputTokens = try config.googleField("maxOutputTokens", "max_output_tokens")?.integer(in: 0...Int.max)
        choices = try config.googleField("candidateCount", "candidate_count")?.integer(in: 1...Int.max) ?? 1
        for text in GoogleList(config.googleField("stopSequences", "stop_sequences")) {
            stop.append(try text.string())
        }
        if try config.googleField("responseLogprobs", "response_logprobs")?.boolean() ?? false {
            logProbabilities = try config.optional("logprobs")?.integer(in: 0...Int.max) ?? 0
        }
        if let thinking = config.googleField("thinkingConfig", "thinking_config") {
            reasoning = try GeminiThinking.read(thinking)
        }
        try readAnswerForm(config)
        try readModalities(config)
        try unread.note(membersOf: config, butFor: Self.readConfigFields, under: "generationConfig.")
    }

    private static let readConfigFields: [StaticString] = [
        "temperature", "topP", "top_p", "topK", "top_k", "seed", "presencePenalty", "presence_penalty",
        "frequencyPenalty", "frequency_penalty", "maxOutputTokens", "max_output_tokens", "candidateCount",
        "candidate_count", "stopSequences", "stop_sequences", "responseLogprobs", "response_logprobs", "logprobs",
        "thinkingConfig", "thinking_config", "responseMimeType", "response_mime_type", "responseSchema",
        "response_schema", "responseJsonSchema", "response_json_schema", "_responseJsonSchema", "responseModalities",
        "response_modalities",
    ]

    private mutating func readAnswerForm(_ config: JSONNode) throws(MalformedBody) {
        let type = try config.googleField("responseMimeType", "response_mime_type")?.string() ?? ""
        switch type {
        case "", "application/json": break
        case "text/plain": return
        case "text/x.enum":
            return unread.note("generationConfig.responseMimeType", objection: "asks for one word of a list")
        default:
            return unread.note("generationConfig.responseMimeType", objection: "asks for a type that only Google has")
        }
        if let schema = config.googleField("responseJsonSchema", "response_json_schema")
            ?? config.optional("_responseJsonSchema")
        {
            answerForm = .schema(AnswerSchema(schema: Array(schema.raw)))
        } else if let schema = config.googleField("responseSchema", "response_schema") {
            answerForm = .schema(AnswerSchema(schema: GeminiSchema.jsonSchema(schema)))
        } else if !type.isEmpty {
            answerForm = .jsonObject
        }
    }

    /// Nothing but text can be answered in other formats. By number, 1 is text.
    private mutating func readModalities(_ config: JSONNode) throws(MalformedBody) {
        for modality in GoogleList(config.googleField("responseModalities", "response_modalities")) {
            guard modality.isSpecified, modality.wholeNumber != 1 else { continue }
            let word = try modality.kind == .number ? "" : modality.string().uppercased()
            guard word != "TEXT" else { continue }
            unread.note(
                "generationConfig.responseModalities",
                objection: word == "AUDIO" ? "asks for audio" : "asks for more than text")
        }
    }
}
