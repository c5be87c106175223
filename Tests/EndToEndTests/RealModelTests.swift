import Testing

/// A real language model, served by llama.cpp, behind the gateway.
@Suite(.ownThread) struct RealModelTests {
    @Test func `a real model chats and streams through the gateway, and its tokens are counted`() throws {
        let model = try Program(PythonScript.python, [PythonScript.path("serve_model.py")])
        defer { model.stop(within: .seconds(1)) }
        let port = try eventually("the model server; it said: \(model.standardError.suffix(500))", within: .seconds(60))
        {
            if let code = model.exitCode {
                throw Unfulfilled("the model server ended with \(code): \(model.standardError.suffix(1000))")
            }
            return model.standardOutput.firstMatch(of: /listening (\d+)/).flatMap { Int($0.1) }
        }
        let configuration = """
            providers:
              local: { type: openai-compatible, base_url: "http://127.0.0.1:\(port)/v1", models: [smollm2] }
            """
        try withGateway(configuration) { gateway throws in
            let base = "http://127.0.0.1:\(gateway.port)/v1"

            let chat = try PythonScript.run("openai_client.py", [base, "chat", "smollm2"])
            #expect(chat["text"].string?.isEmpty == false)
            #expect((chat["usage"]["input"].int ?? 0) > 0)
            #expect((chat["usage"]["output"].int ?? 0) > 0)

            let stream = try PythonScript.run("openai_client.py", [base, "stream", "smollm2"])
            #expect(stream["text"].string?.isEmpty == false)
            #expect(stream["finishes"].list?.count == 1)
            #expect(stream["usages"].list?.isEmpty == true)

            let asked = try PythonScript.run("openai_client.py", [base, "stream_with_usage", "smollm2"])
            let streamed = asked["usages"][0]["output"].int ?? 0
            #expect(streamed > 0)

            // The stream that hid its usage from its client was counted like the others.
            let counted = { try gateway.metrics().sum("llm_gateway_tokens_total", $0) }
            let labels = ["provider": "local", "model": "smollm2", "kind": "output"]
            let least = Double((chat["usage"]["output"].int ?? 0) + streamed)
            try eventually("the tokens of three calls in the metrics") { try counted(labels) > least }
            let input = try counted(["provider": "local", "kind": "input"])
            #expect(input > 0)
        }
    }
}
