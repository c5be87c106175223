/// How Vertex is asked for vectors: `:predict`, the verb of its text models.
public struct VertexEmbeddingsCodec: UpstreamEmbeddingsCodec {
    /// The codec.
    public init() {}

    /// The model is the path's.
    public func encode(_ request: EmbeddingsRequest, into body: inout [UInt8]) throws(Untranslatable) -> [Loss] {
        let texts = try request.geminiTexts()
        JSONWriter.append(to: &body) { json in
            json.object { json in
                json.array("instances", texts.enumerated()) { input, json in
                    let purpose = request.purpose(ofInput: input.offset)
                    json.object { json in
                        json.field("content", input.element)
                        json.field("task_type", purpose.task)
                        json.field("title", purpose.title)
                    }
                }
                if let dimensions = request.dimensions {
                    json.object("parameters") { json in json.field("outputDimensionality", dimensions) }
                }
            }
        }
        return []
    }

    /// Each vector has its own count of tokens.
    public func decode(answer: JSONNode) throws(MalformedBody) -> EmbeddingsResponse {
        var response = EmbeddingsResponse(model: "", vectors: [], usage: TokenUsage())
        var tokens = 0
        for prediction in try answer.required("predictions").elements() {
            let embeddings = try prediction.required("embeddings")
            response.vectors.append(try embeddings.required("values").googleVector())
            tokens += TokenUsage.bounded(embeddings["statistics"]?["token_count"]?.wholeNumber ?? 0)
        }
        response.usage = TokenUsage(inputUncached: tokens)
        return response
    }
}
