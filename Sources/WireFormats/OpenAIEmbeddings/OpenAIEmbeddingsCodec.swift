/// How Embeddings spells a call and its answer.
struct OpenAIEmbeddingsCodec: EmbeddingsCodec {
    func decode(_ body: JSONNode) throws(MalformedBody) -> EmbeddingsRequest {
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
        return request
    }

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

    func encode(_ response: EmbeddingsResponse, to request: EmbeddingsRequest, into body: inout [UInt8]) {
        JSONWriter.append(to: &body) { json in
            json.object { json in
                json.field("object", "list")
                json.array("data", response.vectors.enumerated()) { element, json in
                    json.object { json in
                        json.field("object", "embedding")
                        json.field("index", element.offset)
                        if request.base64 {
                            json.field("embedding", Self.base64(element.element))
                        } else {
                            json.array("embedding", element.element) { number, json in json.value(number) }
                        }
                    }
                }
                json.field("model", response.model)
                json.object("usage") { json in
                    json.field("prompt_tokens", response.usage.input)
                    json.field("total_tokens", response.usage.input)
                }
            }
        }
    }

    /// The vector's little-endian 32-bit floats, as base64: what OpenAI's own clients ask for.
    static func base64(_ vector: [Float]) -> String {
        let bytes = vector.flatMap { number in
            withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) }
        }
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for place in 0..<4 {
                let isPadding = place > group.count
                text.append(isPadding ? UInt8(ascii: "=") : alphabet[Int(bits >> UInt32(18 - 6 * place) & 63)])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
