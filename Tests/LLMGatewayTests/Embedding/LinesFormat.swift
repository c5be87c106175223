import WireFormats

/// A format of a program's own, which a server speaks that nobody's client does: `{"prompt"}` in, `{"answer"}` out.
struct LinesFormat: UpstreamOnlyFormat {
    let id: FormatID = "lines"

    func readFailure(_ body: UnsafeRawBufferPointer, using tape: JSONTape) -> UpstreamFailureBody? {
        guard let root = try? tape.parse(body), let message = try? root["complaint"]?.string() else { return nil }
        return UpstreamFailureBody(message: message)
    }

    func failureBody(_ failure: ChatFailure, requestID: String) -> [UInt8] {
        JSONWriter.write { json in json.object { json in json.field("complaint", failure.message) } }
    }

    var upstreamChat: (any UpstreamChatCodec)? { Codec() }

    struct Codec: UpstreamChatCodec {
        func encode(
            _ request: ChatRequest, for target: TargetTraits, into body: inout [UInt8]
        ) throws(Untranslatable) -> [Loss] {
            guard request.tools.isEmpty else { throw Untranslatable("tools", "This model calls no tools.") }
            JSONWriter.append(to: &body) { json in
                json.object { json in json.field("prompt", request.turns.map(\.text).joined(separator: "\n")) }
            }
            return request.sampling.temperature == nil ? [] : [Loss("temperature", "the model has none")]
        }

        func decode(answer: JSONNode) throws(MalformedBody) -> ChatResponse {
            var response = ChatResponse()
            response.parts = [.text(try answer.required("answer").string())]
            response.stopReason = .endTurn
            return response
        }

        func makeStreamReader() -> any ChatStreamReader { NoStreams() }
    }

    /// The server answers whole or not at all.
    private final class NoStreams: ChatStreamReader {
        let isComplete = false
        let isForeign = true
        func read(_ piece: UnsafeRawBufferPointer, using tape: JSONTape, into events: inout [ChatEvent]) {}
        func finish(using tape: JSONTape, into events: inout [ChatEvent]) {}
    }
}
