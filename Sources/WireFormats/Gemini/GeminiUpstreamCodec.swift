/// How calls for Google are written, and its answers read: AI Studio's and Vertex'.
struct GeminiUpstreamCodec: UpstreamChatCodec {
    /// The model, and whether the answer is streamed, are the path's affair.
    func encode(
        _ request: ChatRequest, for target: TargetTraits, into body: inout [UInt8]
    ) throws(Untranslatable) -> [Loss] {
        let writer = try GeminiRequestWriter(fitted(request), for: target)
        JSONWriter.append(to: &body) { json in writer.write(to: &json) }
        return writer.losses
    }

    /// Needs `candidates`, or the reason why the prompt was blocked. An array is read as the stream that it is.
    func decode(answer: JSONNode) throws(MalformedBody) -> ChatResponse {
        var reader = GeminiAnswerReader()
        var events: [ChatEvent] = []
        let chunks = answer.googleList
        if !chunks.contains(where: { $0["candidates"] != nil || $0["promptFeedback"] != nil }) {
            _ = try answer.required("candidates")
        }
        for chunk in chunks { reader.read(chunk, into: &events) }
        reader.finish(into: &events)
        return ChatResponse(folding: events)
    }

    func makeStreamReader() -> any ChatStreamReader { GeminiStreamReader() }

    var toolNames: ToolNameRule? { .google }

    var readableAddresses: ReadableAddresses { GeminiMedia.readableAddresses }

    func stateOrigin(of model: String) -> String? { OpaqueState.google }
}
