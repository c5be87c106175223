/// How Bedrock tells a failure: in a body, or in a message that ends a stream.
enum BedrockFailure {
    /// `{"message":…}`; older services and those in front write `Message`, and name the kind in `__type`.
    static func read(_ body: UnsafeRawBufferPointer, using tape: JSONTape) -> UpstreamFailureBody? {
        guard let root = try? tape.parse(body), root.kind == .object else { return nil }
        let message = text(root["message"]) ?? text(root["Message"])
        let type = text(root["__type"] ?? root["Output"]?["__type"]).map(name)
        guard message != nil || type != nil else { return nil }
        return UpstreamFailureBody(message: message, type: type)
    }

    /// What a stream's message says went wrong; nil for an event.
    static func read(_ message: AWSEventStream.Message, using tape: JSONTape) -> UpstreamFailureBody? {
        switch message.headers.text(":message-type") {
        case let kind? where kind.equals("exception"):
            var failure = read(message.payload, using: tape) ?? UpstreamFailureBody()
            failure.type = text(message.headers.text(":exception-type")) ?? failure.type
            return failure
        case let kind? where kind.equals("error"):
            return UpstreamFailureBody(
                message: text(message.headers.text(":error-message")), type: text(message.headers.text(":error-code")))
        default: return nil
        }
    }

    /// What a stream that can't be read on amounts to.
    static func damaged(_ reason: String) -> UpstreamFailureBody {
        UpstreamFailureBody(message: "The provider's stream is damaged: \(reason).")
    }

    /// A type without the service that it belongs to, as in `com.amazon.coral.service#UnknownOperationException`.
    private static func name(_ type: String) -> String {
        type.split(separator: "#").last.map(String.init) ?? type
    }

    private static func text(_ node: JSONNode?) -> String? {
        node?.kind == .string ? node?.decoded() : nil
    }

    private static func text(_ bytes: UnsafeRawBufferPointer?) -> String? {
        bytes.map { String(decoding: $0, as: UTF8.self) }
    }
}
