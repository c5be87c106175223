/// Bedrock's Converse: `POST /model/{model}/converse` and `/converse-stream`. Spoken to providers only.
///
/// Its streams are no server-sent events but an ``AWSEventStream``.
public struct BedrockConverseFormat: UpstreamOnlyFormat {
    /// The format.
    public init() {}

    /// `bedrock-converse`.
    public var id: FormatID { .bedrockConverse }

    /// `{"message":…}`; what kind of failure it is stands in the ``failureHeader``.
    public func readFailure(_ body: UnsafeRawBufferPointer, using tape: JSONTape) -> UpstreamFailureBody? {
        BedrockFailure.read(body, using: tape)
    }

    /// `x-amzn-errortype`.
    public var failureHeader: StaticString? { "x-amzn-errortype" }

    /// By its kind, where the header names it.
    public func readFailure(
        _ body: UnsafeRawBufferPointer, header: String?, using tape: JSONTape
    ) -> UpstreamFailureBody? {
        BedrockFailure.read(body, kind: header, using: tape)
    }

    /// `{"message":…}`.
    public func failureBody(_ failure: ChatFailure, requestID: String) -> [UInt8] {
        JSONWriter.write { json in
            json.object { json in json.field("message", failure.message) }
        }
    }

    /// Provider side only.
    public var upstreamChat: (any UpstreamChatCodec)? { BedrockConverseCodec() }
}
