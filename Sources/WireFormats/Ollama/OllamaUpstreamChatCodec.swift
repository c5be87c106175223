/// How `/api/chat` spells a call, and how Ollama answers it.
struct OllamaUpstreamChatCodec: UpstreamChatCodec {
    func encode(
        _ request: ChatRequest, for target: TargetTraits, into body: inout [UInt8]
    ) throws(Untranslatable) -> [Loss] {
        var writer = OllamaRequestWriter(try fitted(request), for: target)
        try writer.prepare()
        writer.write(into: &body)
        return writer.losses.all
    }

    func decode(answer: JSONNode) throws(MalformedBody) -> ChatResponse {
        if answer["response"]?.kind != .string { _ = try answer.required("message").members() }
        var events: [ChatEvent] = []
        var reader = OllamaAnswerReader()
        reader.read(answer, into: &events)
        return ChatResponse(folding: events)
    }

    var streamContentType: String { "application/x-ndjson" }

    func makeStreamReader() -> any ChatStreamReader { OllamaStreamReader() }

    /// None.
    var readableAddresses: ReadableAddresses { .beginning([]) }
}
