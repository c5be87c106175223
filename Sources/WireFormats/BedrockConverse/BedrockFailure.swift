/// How Bedrock tells a failure: in a body, or in a message that ends a stream.
enum BedrockFailure {
    /// `{"message":…}`; older services and those in front write `Message`, and name the kind in `__type`.
    ///
    /// - Parameter kind: The kind as a header names it, `ThrottlingException:http://…`: that counts then.
    static func read(
        _ body: UnsafeRawBufferPointer, kind: String? = nil, using tape: JSONTape
    ) -> UpstreamFailureBody? {
        let root = (try? tape.parse(body)).flatMap { $0.kind == .object ? $0 : nil }
        let message = text(root?["message"]) ?? text(root?["Message"])
        let kind = kind ?? text(root?["__type"] ?? root?["Output"]?["__type"])
        guard message != nil || kind != nil else { return nil }
        return failure(message, kind)
    }

    private static func failure(_ message: String?, _ kind: String?) -> UpstreamFailureBody {
        let kind = kind.map(name)
        return UpstreamFailureBody(message: message, type: kind, status: kind.flatMap(BedrockFailureKind.status))
    }

    /// What a stream's message says went wrong; nil for an event.
    static func read(_ message: AWSEventStream.Message, using tape: JSONTape) -> UpstreamFailureBody? {
        switch message.headers.text(":message-type") {
        case let kind? where kind.equals("exception"):
            let kind = text(message.headers.text(":exception-type"))
            return read(message.payload, kind: kind, using: tape) ?? UpstreamFailureBody()
        case let kind? where kind.equals("error"):
            return failure(text(message.headers.text(":error-message")), text(message.headers.text(":error-code")))
        default: return nil
        }
    }

    /// What a stream that can't be read on amounts to.
    static func damaged(_ reason: String) -> UpstreamFailureBody {
        .unreadable("The provider's stream is damaged: \(reason).")
    }

    /// A kind without the service that it belongs to, as in `com.amazon.coral.service#UnknownOperationException`, and
    /// without the address behind its colon.
    private static func name(_ kind: String) -> String {
        let name = kind.prefix { $0 != ":" }
        return String(name.split(separator: "#").last ?? name)
    }

    private static func text(_ node: JSONNode?) -> String? {
        node?.kind == .string ? node?.decoded() : nil
    }

    private static func text(_ bytes: UnsafeRawBufferPointer?) -> String? {
        bytes.map { String(decoding: $0, as: UTF8.self) }
    }
}
