/// How Embeddings spells a call and its answer, on the client's side.
struct OpenAIEmbeddingsCodec: EmbeddingsCodec {
    func decode(_ body: JSONNode, at place: CallPlace) throws(MalformedBody) -> EmbeddingsRequest {
        var request = EmbeddingsRequest(
            model: try body.required("model").string(), inputs: try inputs(body.required("input")))
        request.dimensions = try body.optional("dimensions")?.integer(in: 1...Int.max)
        if let encoding = body.optional("encoding_format") {
            switch try encoding.string() {
            case "float": request.base64 = false
            case "base64": request.base64 = true
            default: throw encoding.malformed("must be 'float' or 'base64'")
            }
        }
        try request.unread.note(membersOf: body, butFor: Self.fields)
        return request
    }

    private static let fields: [StaticString] = ["model", "input", "dimensions", "encoding_format"]

    /// One text, one list of tokens, or a list of either.
    private func inputs(_ input: JSONNode) throws(MalformedBody) -> [EmbeddingsRequest.Input] {
        if input.kind == .string { return [.text(try input.string())] }
        var inputs: [EmbeddingsRequest.Input] = []
        var tokens: [Int] = []
        for element in try input.elements() {
            switch element.kind {
            case .string: inputs.append(.text(try element.string()))
            case .number: tokens.append(try element.integer())
            case .array:
                var list: [Int] = []
                for token in try element.elements() { list.append(try token.integer()) }
                inputs.append(.tokens(list))
            default: throw element.malformed("must be a string or tokens")
            }
        }
        if !tokens.isEmpty {
            guard inputs.isEmpty else { throw input.malformed("must hold either texts or tokens") }
            return [.tokens(tokens)]
        }
        guard !inputs.isEmpty else { throw input.malformed("must not be empty") }
        return inputs
    }

    func encode(
        _ response: EmbeddingsResponse, to request: EmbeddingsRequest, at place: CallPlace, into body: inout [UInt8]
    ) {
        JSONWriter.append(to: &body) { json in
            json.object { json in
                json.field("object", "list")
                json.array("data", response.vectors.enumerated()) { element, json in
                    json.object { json in
                        json.field("object", "embedding")
                        json.field("index", element.offset)
                        if request.base64 {
                            json.field("embedding", Base64.encode(element.element.littleEndianBytes))
                        } else {
                            json.array("embedding", element.element) { number, json in json.value(number) }
                        }
                    }
                }
                json.field("model", response.model.isEmpty ? request.model : response.model)
                json.object("usage") { json in
                    json.field("prompt_tokens", response.usage.input)
                    json.field("total_tokens", response.usage.input)
                }
            }
        }
    }
}

extension [Float] {
    /// The numbers' bytes, one behind the other.
    fileprivate var littleEndianBytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 * count)
        for number in self {
            Swift.withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }
}
