/// How Embeddings spells a call and its answer, on the upstream's side.
struct OpenAIEmbeddingsUpstreamCodec: UpstreamEmbeddingsCodec {
    func encode(_ request: EmbeddingsRequest, into body: inout [UInt8]) throws(Untranslatable) -> [Loss] {
        JSONWriter.append(to: &body) { json in
            json.object { json in
                json.field("model", request.model)
                json.array("input", request.inputs) { input, json in
                    switch input {
                    case .text(let text): json.value(text)
                    case .tokens(let tokens): json.array(tokens) { token, json in json.value(token) }
                    }
                }
                json.field("dimensions", request.dimensions)
                // Some servers know no other, and one that does costs nothing to read.
                json.field("encoding_format", "float")
            }
        }
        return request.lostPurposes
    }

    func decode(answer: JSONNode) throws(MalformedBody) -> EmbeddingsResponse {
        var vectors: [(index: Int, vector: [Float])] = []
        for element in try answer.required("data").elements() {
            vectors.append(
                (element["index"]?.wholeNumber ?? vectors.count, try vector(element.required("embedding"))))
        }
        let isInOrder = vectors.indices.allSatisfy { vectors[$0].index == $0 }
        if !isInOrder { vectors.sort { $0.index < $1.index } }
        return EmbeddingsResponse(
            model: answer.openAIText("model") ?? "", vectors: vectors.map(\.vector),
            usage: answer.optional("usage").flatMap { TokenUsage(openAI: $0) } ?? TokenUsage())
    }

    /// Numbers, or the base64 of their bytes: some servers send that whatever they are asked for.
    private func vector(_ embedding: JSONNode) throws(MalformedBody) -> [Float] {
        var vector: [Float] = []
        if embedding.kind == .string {
            // A slash may be written with an escape.
            let bytes =
                embedding.isEscaped
                ? Base64.decode(try embedding.string()) : Base64.decode(embedding.contents)
            guard let bytes, bytes.count % 4 == 0 else { throw embedding.malformed("must be base64 of 32-bit floats") }
            vector = [Float](littleEndianBytes: bytes)
        } else {
            for number in try embedding.elements() { vector.append(Float(try number.number())) }
        }
        // JSON can't say infinity, and a client couldn't use it.
        guard vector.allSatisfy(\.isFinite) else { throw embedding.malformed("must hold finite 32-bit floats") }
        return vector
    }
}

extension [Float] {
    /// The numbers that these bytes are, four bytes each.
    fileprivate init(littleEndianBytes bytes: [UInt8]) {
        self = bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map { place in
                Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * place, as: UInt32.self)))
            }
        }
    }
}
