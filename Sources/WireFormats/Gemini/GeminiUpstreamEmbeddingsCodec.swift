/// How AI Studio is asked for vectors: `batchEmbedContents`, for one text as for many.
struct GeminiUpstreamEmbeddingsCodec: UpstreamEmbeddingsCodec {
    func encode(_ request: EmbeddingsRequest, into body: inout [UInt8]) throws(Untranslatable) -> [Loss] {
        let texts = try request.geminiTexts()
        // The path's model once more, in each request.
        let hasFolder = request.model.hasPrefix("models/") || request.model.hasPrefix("tunedModels/")
        let model = hasFolder ? request.model : "models/" + request.model
        JSONWriter.append(to: &body) { json in
            json.object { json in
                json.array("requests", texts.enumerated()) { input, json in
                    json.object { json in
                        json.field("model", model)
                        json.object("content") { json in
                            json.array("parts", CollectionOfOne(GeminiPart.text(input.element))) { part, json in
                                part.write(to: &json)
                            }
                        }
                        let purpose = request.purpose(ofInput: input.offset)
                        json.field("taskType", purpose.task)
                        json.field("title", purpose.title)
                        json.field("outputDimensionality", request.dimensions)
                    }
                }
            }
        }
        return []
    }

    /// AI Studio names no model, and rarely tells the usage.
    func decode(answer: JSONNode) throws(MalformedBody) -> EmbeddingsResponse {
        var response = EmbeddingsResponse(model: "", vectors: [], usage: TokenUsage())
        for embedding in try answer.required("embeddings").elements() {
            response.vectors.append(try embedding.required("values").googleVector())
        }
        if let usage = answer.optional("usageMetadata").flatMap(TokenUsage.init(gemini:)) { response.usage = usage }
        return response
    }
}

extension EmbeddingsRequest {
    /// The inputs, which must be texts.
    func geminiTexts() throws(Untranslatable) -> [String] {
        var texts: [String] = []
        for input in inputs {
            guard case .text(let text) = input else {
                throw Untranslatable("input", "Gemini takes texts and not tokens: send the input as text.")
            }
            texts.append(text)
        }
        return texts
    }
}

extension JSONNode {
    /// The numbers of a vector.
    func googleVector() throws(MalformedBody) -> [Float] {
        var floats: [Float] = []
        for number in try elements() { floats.append(Float(try number.number())) }
        return floats
    }
}
