/// How a client's calls are read, and how their answers and streams are written.
struct GeminiCodec: ChatCodec {
    func decode(_ body: JSONNode, at place: CallPlace) throws(MalformedBody) -> ChatRequest {
        try GeminiRequestReader.read(body, at: place)
    }

    func encode(_ response: ChatResponse, to call: AnsweredCall, into body: inout [UInt8]) {
        let hasRefused = response.parts.contains { part in
            if case .refusal(let text) = part.content { !text.isEmpty } else { false }
        }
        JSONWriter.append(to: &body) { json in
            GeminiChunk(
                parts: response.parts.compactMap(GeminiPart.init(answer:)),
                finishReason: (response.stopReason ?? .other("")).geminiFinishReason(inWords: hasRefused),
                usage: response.usage,
                model: response.model.isEmpty ? call.request.model : response.model, id: call.id
            )
            .write(to: &json)
        }
    }

    func makeStreamWriter(to call: AnsweredCall) -> any ChatStreamWriter { GeminiStreamWriter(call) }

    func handsBackState(of origin: String) -> Bool { origin == OpaqueState.google }
}
