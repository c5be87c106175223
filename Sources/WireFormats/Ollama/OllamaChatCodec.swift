/// How `/api/chat` and `/api/generate` spell a call, its answer and its stream.
struct OllamaChatCodec: ChatCodec {
    func decode(_ body: JSONNode, at place: CallPlace) throws(MalformedBody) -> ChatRequest {
        let reader = OllamaRequestReader()
        return OllamaEndpoint(place) == .generate ? try reader.readGenerate(body) : try reader.readChat(body)
    }

    func encode(_ response: ChatResponse, to call: AnsweredCall, into body: inout [UInt8]) {
        var line = OllamaLine(call, model: response.model)
        var calls = 0
        for part in response.parts {
            switch part.content {
            case .text(let text), .refusal(let text): line.text += text
            case .reasoning(let text): line.thinking += text
            case .toolCall(let call):
                line.calls.append((calls, call))
                calls += 1
            default: break
            }
        }
        line.end = OllamaLine.End(
            reason: response.stopReason ?? .endTurn, usage: response.usage, times: response.times)
        line.write(into: &body)
    }

    func makeStreamWriter(to call: AnsweredCall) -> any ChatStreamWriter { OllamaStreamWriter(call) }
}
