import Foundation

/// Model servers on which no call can rely: they answer, refuse, break off, fall silent and talk nonsense in turn.
enum ChaoticUpstream {
    /// Speaks OpenAI's formats.
    static func openAI() throws -> ScriptedUpstream {
        try ScriptedUpstream { call in
            let streams = call.request.json["stream"].bool == true
            switch call.number % 13 {
            case 3: try refuse(call, "500 Oops")
            case 5: try refuse(call, "429 Slow Down", headers: ["retry-after: 0"])
            case 6: try refuse(call, "400 Bad Request")
            case 7: call.reset()
            case 8: fallSilent(call)
            case 9: try call.answer("{\"nonsense\": tru")
            case 10 where streams:
                try call.startStream()
                try call.event(Wording.delta("cut"))
                call.reset()
            case 11 where streams:
                try call.startStream()
                try call.event(Wording.delta("stalled"))
                fallSilent(call)
            case 12 where streams:
                try call.startStream()
                try call.event(Wording.delta("broken"))
                try call.event(#"{"error":{"message":"it broke","type":"server_error"}}"#)
                try call.endStream()
            case 10, 11:
                try call.wire.send("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{")
                call.close()
            default: try streams ? stream(call) : call.answer(answer(to: call.request))
            }
        }
    }

    /// Speaks Gemini's.
    static func gemini() throws -> ScriptedUpstream {
        let piece = """
            {"candidates":[{"content":{"role":"model","parts":[{"text":"Hi"}]},"finishReason":"STOP","index":0}],\
            "modelVersion":"gem","usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":3,"totalTokenCount":10}}
            """
        return try ScriptedUpstream { call in
            switch call.number % 5 {
            case 1: try refuse(call, "503 Sorry")
            case 3: call.reset()
            default:
                guard call.request.path.contains("stream") else { return try call.answer(piece) }
                try call.startStream()
                try call.event(piece)
                try call.endStream()
            }
        }
    }

    private static func refuse(_ call: Call, _ status: String, headers: [String] = []) throws {
        try call.answer(#"{"error":{"message":"no","type":"x"}}"#, status: status, headers: headers)
    }

    /// Until whoever asked has had enough.
    private static func fallSilent(_ call: Call) {
        _ = call.wire.timeUntilClosed(within: .seconds(20))
        call.close()
    }

    private static func answer(to request: HTTPMessage) -> String {
        if request.path.hasSuffix("/embeddings") {
            return """
                {"object":"list","model":"m","data":[{"object":"embedding","index":0,"embedding":[0.5,-1]}],\
                "usage":{"prompt_tokens":4,"total_tokens":4}}
                """
        }
        guard request.path.hasSuffix("/v1/completions") else { return Wording.completion() }
        return """
            {"id":"cmpl-1","object":"text_completion","created":1,"model":"m","choices":[{"index":0,"text":"Hi",\
            "finish_reason":"stop","logprobs":null}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}
            """
    }

    private static func stream(_ call: Call) throws {
        try call.startStream()
        if call.request.path.hasSuffix("/v1/completions") {
            try call.event(answer(to: call.request))
        } else {
            for event in [Wording.delta("Hi"), Wording.delta("!"), Wording.finish, Wording.usage] {
                try call.event(event)
            }
        }
        try call.event("[DONE]")
        try call.endStream()
    }
}
