/// How Chat spells a call, its answer and its stream, on the upstream's side: for OpenAI and the many who speak like it.
struct OpenAIChatUpstreamCodec: UpstreamChatCodec {
    func encode(
        _ request: ChatRequest, for target: TargetTraits, into body: inout [UInt8]
    ) throws(Untranslatable) -> [Loss] {
        var writer = try OpenAIChatRequestWriter(fitted(request), for: target)
        JSONWriter.append(to: &body) { json in writer.write(to: &json) }
        return writer.losses.all
    }

    func decode(answer: JSONNode) throws(MalformedBody) -> ChatResponse {
        _ = try answer.required("choices").elements()
        var reader = OpenAIChatAnswerReader()
        var events: [ChatEvent] = []
        if let failure = reader.read(answer, isWhole: true, into: &events) {
            throw MalformedBody(
                .invalidValue, field: "error", message: failure.message ?? "The answer says that it failed.")
        }
        reader.endPieces(into: &events)
        return ChatResponse(folding: events, created: answer["created"]?.wholeNumber ?? 0)
    }

    func makeStreamReader() -> any ChatStreamReader { OpenAIChatStreamReader() }

    var toolNames: ToolNameRule? { .usual }

    var takesCustomTools: Bool { true }

    /// Google's models have a place for theirs even here.
    func stateOrigin(of model: String) -> String? {
        OpenAIModelName(model).isGemini ? OpaqueState.google : nil
    }
}
