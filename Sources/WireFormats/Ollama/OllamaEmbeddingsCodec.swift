/// How `/api/embed` and `/api/embeddings` spell a call and its answer: the older one takes one text.
struct OllamaEmbeddingsCodec: EmbeddingsCodec {
    func decode(_ body: JSONNode, at place: CallPlace) throws(MalformedBody) -> EmbeddingsRequest {
        var request = EmbeddingsRequest(model: try body.required("model").string(), inputs: [])
        if OllamaEndpoint(place) == .embeddings {
            request.inputs = [.text(try body.required("prompt").string())]
        } else {
            request.inputs = try inputs(body.required("input"))
            // To Ollama, 0 is the model's own length.
            let dimensions = try body.optional("dimensions")?.integer(in: 0...Int.max) ?? 0
            if dimensions > 0 { request.dimensions = dimensions }
        }
        try request.unread.note(membersOf: body, butFor: Self.fields)
        return request
    }

    /// Those that are read, and those that say how Ollama's own machine is to work.
    private static let fields: [StaticString] = [
        "model", "prompt", "input", "dimensions", "options", "truncate", "keep_alive",
    ]

    private func inputs(_ input: JSONNode) throws(MalformedBody) -> [EmbeddingsRequest.Input] {
        if input.kind == .string { return [.text(try input.string())] }
        var inputs: [EmbeddingsRequest.Input] = []
        for text in try input.elements() { inputs.append(.text(try text.string())) }
        guard !inputs.isEmpty else { throw input.malformed("must not be empty") }
        return inputs
    }

    func encode(
        _ response: EmbeddingsResponse, to request: EmbeddingsRequest, at place: CallPlace, into body: inout [UInt8]
    ) {
        JSONWriter.append(to: &body) { json in
            json.object { json in
                if OllamaEndpoint(place) == .embeddings {
                    json.array("embedding", response.vectors.first ?? [], Self.write)
                    return
                }
                json.field("model", response.model)
                json.array("embeddings", response.vectors) { vector, json in json.array(vector, Self.write) }
                json.field("total_duration", response.times?.total ?? 0)
                json.field("load_duration", 0)
                json.field("prompt_eval_count", response.usage.input)
            }
        }
    }

    /// JSON has no infinities, and what was read elsewhere may hold some.
    private static func write(_ number: Float, to json: inout JSONWriter) {
        json.value(number.isFinite ? number : 0)
    }
}

/// How `/api/embed` spells a call, and how Ollama answers it.
struct OllamaUpstreamEmbeddingsCodec: UpstreamEmbeddingsCodec {
    func encode(_ request: EmbeddingsRequest, into body: inout [UInt8]) throws(Untranslatable) -> [Loss] {
        var texts: [String] = []
        for input in request.inputs {
            guard case .text(let text) = input else {
                throw Untranslatable("input", "Send the inputs as texts: Ollama takes no tokens.")
            }
            texts.append(text)
        }
        let longest = texts.reduce(0) { max($0, $1.utf8.count) }
        JSONWriter.append(to: &body) { json in
            json.object { json in
                json.field("model", request.model)
                json.array("input", texts) { text, json in json.value(text) }
                json.field("dimensions", request.dimensions)
                json.field("truncate", false)
                json.object("options") { json in
                    json.field("num_ctx", OllamaContextWindow.size(forText: longest, output: 0))
                }
            }
        }
        return request.lostPurposes
    }

    func decode(answer: JSONNode) throws(MalformedBody) -> EmbeddingsResponse {
        var vectors: [[Float]] = []
        if answer["embeddings"] == nil, let vector = answer["embedding"] {
            vectors = [try self.vector(vector)]
        } else {
            for vector in try answer.required("embeddings").elements() { vectors.append(try self.vector(vector)) }
        }
        return EmbeddingsResponse(
            model: OllamaAnswerReader.model(of: answer) ?? "", vectors: vectors,
            usage: TokenUsage(ollama: answer) ?? TokenUsage())
    }

    private func vector(_ node: JSONNode) throws(MalformedBody) -> [Float] {
        var vector: [Float] = []
        for number in try node.elements() {
            let value = Float(try number.number())
            guard value.isFinite else { throw number.malformed("must be a number of single precision") }
            vector.append(value)
        }
        return vector
    }
}
