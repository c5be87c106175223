/// How clients ask for vectors: `embedContent` for one text, `batchEmbedContents` for several.
struct GeminiEmbeddingsCodec: EmbeddingsCodec {
    func decode(_ body: JSONNode, at place: CallPlace) throws(MalformedBody) -> EmbeddingsRequest {
        var request = EmbeddingsRequest(model: place.model ?? "", inputs: [])
        guard place.isBatch else {
            try add(body, to: &request)
            return request.withoutEmptyPurposes
        }
        let requests = try body.required("requests")
        for one in requests.googleList { try add(one, to: &request) }
        guard !request.inputs.isEmpty else { throw requests.malformed("must not be empty") }
        return request.withoutEmptyPurposes
    }

    private func add(_ one: JSONNode, to request: inout EmbeddingsRequest) throws(MalformedBody) {
        let content = try one.required("content")
        request.inputs.append(.text(try text(of: content)))
        request.purposes.append(
            EmbeddingsRequest.Purpose(
                task: try said(one.googleField("taskType", "task_type")),
                title: try said(one.googleField("title", "title"))))
        let length = one.googleField("outputDimensionality", "output_dimensionality")
        let dimensions = try length?.integer(in: 1...Int.max)
        if let length, request.inputs.count > 1, dimensions != request.dimensions {
            throw length.malformed("must be the same in all requests for this model")
        }
        request.dimensions = dimensions
        try request.unread.note(membersOf: one, butFor: Self.fields)
    }

    private static let fields: [StaticString] = [
        "model", "content", "outputDimensionality", "output_dimensionality", "taskType", "task_type", "title",
    ]

    /// nil for an empty text, which is what leaving it out means too.
    private func said(_ field: JSONNode?) throws(MalformedBody) -> String? {
        guard let field, field.isSpecified else { return nil }
        let text = try field.string()
        return text.isEmpty ? nil : text
    }

    /// All that a content says; it gets one vector.
    private func text(of content: JSONNode) throws(MalformedBody) -> String {
        if content.kind == .string { return try content.string() }
        var texts: [String] = []
        for part in try content.required("parts").googleList {
            texts.append(try part.kind == .string ? part.string() : part.required("text").string())
        }
        return texts.joined(separator: "\n")
    }

    func encode(
        _ response: EmbeddingsResponse, to request: EmbeddingsRequest, at place: CallPlace, into body: inout [UInt8]
    ) {
        JSONWriter.append(to: &body) { json in
            json.object { json in
                if place.isBatch {
                    json.array("embeddings", response.vectors) { vector, json in
                        json.object { json in write(vector, to: &json) }
                    }
                } else {
                    json.object("embedding") { json in write(response.vectors.first ?? [], to: &json) }
                }
            }
        }
    }

    private func write(_ vector: [Float], to json: inout JSONWriter) {
        json.array("values", vector) { number, json in json.value(number) }
    }
}

extension EmbeddingsRequest {
    fileprivate var withoutEmptyPurposes: EmbeddingsRequest {
        var request = self
        if purposes.allSatisfy({ $0 == Purpose() }) { request.purposes = [] }
        return request
    }
}

extension CallPlace {
    fileprivate var isBatch: Bool { endpoint.path.hasSuffix(":batchEmbedContents") }
}
