/// Text Generation Inference's own API: `POST /generate` and `/generate_stream`. Spoken to providers only.
public struct HuggingFaceTGIFormat: UpstreamOnlyFormat {
    /// The format.
    public init() {}

    /// `huggingface-tgi`.
    public var id: FormatID { .huggingFaceTGI }

    /// `{"error":…,"error_type":…}`.
    public func readFailure(_ body: UnsafeRawBufferPointer, using tape: JSONTape) -> UpstreamFailureBody? {
        (try? tape.parse(body)).flatMap(HuggingFaceTGIFailure.read)
    }

    /// `{"error":…,"error_type":…}`.
    public func failureBody(_ failure: ChatFailure, requestID: String) -> [UInt8] {
        JSONWriter.write { json in
            json.object { json in
                json.field("error", failure.message)
                json.field("error_type", failure.code)
            }
        }
    }

    /// Provider side only.
    public var upstreamChat: (any UpstreamChatCodec)? { HuggingFaceTGICodec() }
}

/// How Text Generation Inference tells a failure.
enum HuggingFaceTGIFailure {
    /// `{"error":…,"error_type":…}`; those who run it for others send several errors in an array.
    static func read(_ root: JSONNode) -> UpstreamFailureBody? {
        guard let error = root.optional("error") else { return nil }
        let message = error.kind == .string ? error : error.anyElements.first { $0.kind == .string }
        let type = root["error_type"]
        return UpstreamFailureBody(
            message: message?.decoded(), type: type?.kind == .string ? type?.decoded() : nil)
    }
}
