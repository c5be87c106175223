/// How OpenAI's APIs tell a failure: `{"error":{"message","type","param","code"}}`, all four always there.
enum OpenAIFailure {
    static func body(_ failure: ChatFailure) -> [UInt8] {
        JSONWriter.write { json in
            json.object { json in
                json.object("error") { json in write(failure, to: &json) }
            }
        }
    }

    static func write(_ failure: ChatFailure, to json: inout JSONWriter) {
        json.field("message", failure.message)
        json.field("type", failure.type)
        json.nullable("param", failure.param)
        json.field("code", failure.code)
    }

    /// The event that ends a broken stream of Chat or Completions. No `[DONE]` follows: it would look like a clean end.
    static func event(_ failure: ChatFailure) -> [UInt8] {
        Array("data: ".utf8) + body(failure) + Array("\n\n".utf8)
    }

    /// Reads what OpenAI and those who speak like it send; nil for what says nothing.
    static func read(_ body: UnsafeRawBufferPointer, using tape: JSONTape) -> UpstreamFailureBody? {
        guard let root = try? tape.parse(body) else { return nil }
        return read(root)
    }

    /// Besides OpenAI's own shape: `{"error":"text"}`, `{"message":…}`, `{"detail":…}`, `{"detail":[{"msg":…}]}`, and
    /// any of them as the first element of an array.
    static func read(_ root: JSONNode) -> UpstreamFailureBody? {
        if let first = root.anyElements.first(where: { $0.kind == .object }) { return read(first) }
        guard root.kind == .object else { return nil }
        let error = root.optional("error")
        if let error, error.kind == .object {
            return UpstreamFailureBody(
                message: text(error["message"]) ?? text(error["detail"]), type: text(error["type"]),
                code: text(error["code"]) ?? text(error["status_code"]), param: text(error["param"]))
        }
        let detail = root.optional("detail")
        let firstDetail = detail?.anyElements.first { $0.kind == .object }
        let message =
            text(error) ?? text(root["message"]) ?? text(detail) ?? text(firstDetail?["msg"])
            ?? text(detail?["message"]) ?? text(root["message"]?["detail"])
        guard message != nil else { return nil }
        return UpstreamFailureBody(
            message: message, type: text(root["type"]) ?? text(root["error_type"]), code: text(root["code"]),
            param: text(root["param"]))
    }

    /// A string, or a number spelled out.
    private static func text(_ node: JSONNode?) -> String? {
        switch node?.kind {
        case .string: node?.decoded()
        case .number: node.map { String(decoding: $0.raw, as: UTF8.self) }
        default: nil
        }
    }
}
