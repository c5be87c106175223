import Foundation
import Testing

/// Targets that can't do what a call needs are passed over.
@Suite(.ownThread) struct CapabilityTests {
    private static let picture = """
        {"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"What is it?"},\
        {"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}]}]}
        """

    /// A plan of two targets, of which the first can do little.
    private func withTwoTargets(
        _ info: String, _ body: (GatewayProcess, ScriptedUpstream) throws -> Void
    ) throws {
        let upstream = try ScriptedUpstream { call in
            try call.answer(Wording.completion(model: call.request.text.contains("small") ? "small" : "large"))
        }
        let configuration = """
            models:
              m: { targets: [{ provider: up, model: small }, { provider: up, model: large }] }
              n: { targets: [{ provider: up, model: small }] }
            model_info: { small: \(info) }
            """
        try withGateway(before: upstream, also: configuration) { gateway throws in try body(gateway, upstream) }
    }

    @Test func `pictures go to the target that sees, and texts to the first`() throws {
        try withTwoTargets("{ images: false }") { gateway, upstream throws in
            let picture = try gateway.ask("POST", "/v1/chat/completions", Self.picture)
            #expect(picture["x-llm-gateway-model"] == "large")
            #expect(picture["x-llm-gateway-attempts"] == "1")
            #expect(try gateway.chat()["x-llm-gateway-model"] == "small")
            #expect(upstream.calls.count == 2)
        }
    }

    @Test(arguments: [
        ("{ tools: false }", #","tools":[{"type":"function","function":{"name":"f","parameters":{}}}]"#, "tools"),
        (
            "{ json_schema: false }",
            #","response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"type":"object"}}}"#,
            "json_schema"
        ),
        ("{ reasoning: false }", #","reasoning_effort":"low""#, "reasoning"),
    ])
    func `what else a call needs is looked for too`(info: String, more: String, word: String) throws {
        try withTwoTargets(info) { gateway, upstream throws in
            #expect(try gateway.chat(more: more)["x-llm-gateway-model"] == "large")
            #expect(try gateway.chat()["x-llm-gateway-model"] == "small")
            let refusal = try gateway.chat(model: "n", more: more)
            #expect(refusal.status == 400)
            #expect(refusal.json["error"]["code"].string == "invalid_value")
            #expect(refusal.json["error"]["message"].string?.contains(": \(word);") == true)
            #expect(upstream.calls.count == 2)
        }
    }

    @Test func `a call that is too long for one target goes to another, or is refused with both numbers`() throws {
        try withTwoTargets("{ context_window: 1000 }") { gateway, _ throws in
            let long = String(repeating: "word ", count: 1600)
            #expect(try gateway.chat(long)["x-llm-gateway-model"] == "large")
            #expect(try gateway.chat("short", model: "n").status == 200)
            let refusal = try gateway.chat(long, model: "n")
            #expect(refusal.status == 400)
            #expect(refusal.json["error"]["code"].string == "context_length_exceeded")
            #expect(refusal.json["error"]["message"].string?.contains("takes up to 1000") == true)
            let line = try gateway.logLine(of: refusal["x-request-id"] ?? "")
            #expect(line["outcome"].string == "client_error" && line["provider"].isNull)
        }
    }

    @Test func `a refusal has the shape of the client's format`() throws {
        try withTwoTargets("{ images: false }") { gateway, _ throws in
            let anthropic = try gateway.ask(
                "POST", "/v1/messages",
                """
                {"model":"n","max_tokens":9,"messages":[{"role":"user","content":[{"type":"image",\
                "source":{"type":"base64","media_type":"image/png","data":"AA=="}}]}]}
                """)
            #expect(anthropic.status == 400)
            #expect(anthropic.json["error"]["type"].string == "invalid_request_error")
            #expect(anthropic.json["error"]["message"].string?.contains("images") == true)
        }
    }
}
