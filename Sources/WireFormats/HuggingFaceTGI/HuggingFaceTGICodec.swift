/// How Text Generation Inference's own API spells a call, its answer and its stream.
struct HuggingFaceTGICodec: UpstreamChatCodec {
    func encode(
        _ request: ChatRequest, for target: TargetTraits, into body: inout [UInt8]
    ) throws(Untranslatable) -> [Loss] {
        try Self.refuse(request)
        var losses = LossList()
        let prompt = try HuggingFaceTGIPrompt(request, losses: &losses)
        JSONWriter.append(to: &body) { json in
            json.object { json in
                json.field("inputs", prompt.text)
                json.object("parameters") { json in Self.writeParameters(of: request, to: &json) }
            }
        }
        Self.note(request, &losses)
        return losses.losses
    }

    private static func refuse(_ request: ChatRequest) throws(Untranslatable) {
        guard request.choices == 1 else {
            throw Untranslatable("n", "Ask for one answer at a time; this model gives no more.")
        }
        guard request.logProbabilities == nil else {
            throw Untranslatable("logprobs", "Leave 'logprobs' out; this model doesn't tell them.")
        }
        guard request.tools.isEmpty || request.toolChoice == ToolChoice.none else {
            throw Untranslatable("tools", "Leave 'tools' out; this model has none.")
        }
    }

    private static func writeParameters(of request: ChatRequest, to json: inout JSONWriter) {
        let sampling = request.sampling
        // Without any of the three the server takes the likeliest token; it refuses the numbers that mean just that.
        let isGreedy = sampling.temperature == 0 || sampling.topP == 0
        json.field("max_new_tokens", request.maxOutputTokens)
        json.field("temperature", isGreedy ? nil : sampling.temperature)
        json.field("top_p", isGreedy || sampling.topP == 1 ? nil : sampling.topP)
        json.field("top_k", isGreedy ? nil : sampling.topK)
        if !request.stop.isEmpty { json.array("stop", request.stop) { text, json in json.value(text) } }
        json.field("seed", sampling.seed.flatMap { $0 < 0 ? nil : $0 })
        json.field("frequency_penalty", sampling.frequencyPenalty)
        write(request.answerForm, to: &json)
        json.field("details", true)
        json.field("return_full_text", false)
        json.field("decoder_input_details", false)
    }

    private static func write(_ form: AnswerForm, to json: inout JSONWriter) {
        let schema: [UInt8]
        switch form {
        case .text: return
        case .jsonObject: schema = Array(#"{"type":"object"}"#.utf8)
        case .schema(let wanted): schema = wanted.schema
        }
        json.object("grammar") { json in
            json.field("type", "json")
            json.field("value", raw: schema)
        }
    }

    private static func note(_ request: ChatRequest, _ losses: inout LossList) {
        let sampling = request.sampling
        losses.add("min_p", "the API has none", if: sampling.minP != nil)
        losses.add("presence_penalty", "the API has none", if: (sampling.presencePenalty ?? 0) != 0)
        losses.add("logit_bias", "the API has none", if: sampling.logitBias != nil)
        losses.add("seed", "the API takes none below 0", if: sampling.seed.map { $0 < 0 } == true)
        losses.add(
            "reasoning", "the model isn't asked to think", if: request.reasoning.map { $0.effortWord != "none" } == true
        )
        losses.add("verbosity", "the API has none", if: request.verbosity != nil)
        losses.add("user", "the API has none", if: request.endUser != nil)
        losses.add("cache_control", "the server caches by itself", if: request.cacheHint != nil)
    }

    /// Needs `generated_text`. The server's oldest path puts the answer into a list.
    func decode(answer: JSONNode) throws(MalformedBody) -> ChatResponse {
        let answer = answer.anyElements.first { _ in true } ?? answer
        var response = ChatResponse()
        var text = try answer.required("generated_text").string()
        if text.first == " " { text.removeFirst() }
        if !text.isEmpty { response.parts = [.text(text)] }
        if let details = answer.optional("details") {
            response.usage = TokenUsage(huggingFaceTGI: details)
            response.stopReason = try details.optional("finish_reason").map { reason throws(MalformedBody) in
                StopReason(huggingFaceTGI: try reason.string())
            }
        }
        return response
    }

    func makeStreamReader() -> any ChatStreamReader { HuggingFaceTGIStreamReader() }
}

extension StopReason {
    /// A `finish_reason`. Which text was met isn't told.
    init(huggingFaceTGI word: String) {
        self =
            switch word {
            case "eos_token": .endTurn
            case "stop_sequence": .stopSequence(nil)
            case "length": .maxTokens
            default: .other(word)
            }
    }
}

extension TokenUsage {
    /// Reads the `details` of an answer; nil when they count nothing. Only a stream's tell how long the input was.
    init?(huggingFaceTGI details: JSONNode) {
        guard let output = details["generated_tokens"]?.wholeNumber else { return nil }
        self.init(inputUncached: details["input_length"]?.wholeNumber ?? 0, output: output)
    }
}
