/// How Responses spells a call, its answer and its stream.
struct OpenAIResponsesCodec: ChatCodec {
    func decode(_ body: JSONNode, at place: CallPlace) throws(MalformedBody) -> ChatRequest {
        try OpenAIResponsesRequestReader.read(body)
    }

    func encode(_ response: ChatResponse, to call: AnsweredCall, into body: inout [UInt8]) {
        var output = OpenAIResponsesOutput(call)
        for event in response.events { output.add(event) { _, _, _, _ in } }
        output.end { _, _, _, _ in }
        let status = OpenAIResponsesEnvelope.Status(output.stopReason, hasRefusal: output.hasRefusal)
        JSONWriter.append(to: &body) { json in
            OpenAIResponsesEnvelope(call).write(
                status, model: response.model, items: output.items, usage: response.usage, to: &json)
        }
    }

    func makeStreamWriter(to call: AnsweredCall) -> any ChatStreamWriter { OpenAIResponsesStreamWriter(call) }

    /// Of whomever: what isn't OpenAI's own is carried in the same place.
    func handsBackState(of origin: String) -> Bool { true }
}
