import Foundation
import Testing

/// Responses that a provider keeps: the client's ids are the gateway's own, the provider sees its own, and every call about
/// an answer goes back to where it came from.
@Suite(.ownThread) struct KeptByProviderTests {
    private static func response(_ id: String, previous: String? = nil, text: String = "Hi!") -> String {
        let previous = previous.map { #""\#($0)""# } ?? "null"
        return """
            {"id" : "\(id)","object":"response","created_at":1,"status":"completed","model":"up-model",\
            "previous_response_id": \(previous),"output":[{"id":"msg_1","type":"message","status":"completed","role":\
            "assistant","content":[{"type":"output_text","text":"\(text)","annotations":[]}]}],"x_unknown":{"kept":[1.50,"é"]},\
            "usage":{"input_tokens":3,"output_tokens":2,"total_tokens":5}}
            """
    }

    private static func event(_ type: String, _ rest: String) -> String {
        "event: \(type)\ndata: {\"type\":\"\(type)\",\(rest)}\n\n"
    }

    private static func stream(_ id: String, previous: String? = nil) -> String {
        event("response.created", #""sequence_number":0,"response":\#(response(id, previous: previous))"#)
            + event(
                "response.output_text.delta",
                #""sequence_number":1,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"id: \#(id)""#)
            + event("response.completed", #""sequence_number":2,"response":\#(response(id, previous: previous))"#)
    }

    /// Two providers of Responses and one key or two for the first.
    private func withGateway(
        _ one: ScriptedUpstream, _ other: ScriptedUpstream? = nil, keys: [String] = ["sk-one-0123456789"],
        also more: String = "", environment: [String: String] = [:], _ body: (GatewayProcess) throws -> Void
    ) throws {
        defer {
            one.stop()
            other?.stop()
        }
        let second =
            other.map {
                """
                  other: { type: openai-compatible, api_formats: [openai-responses], base_url: "http://127.0.0.1:\($0.port)/v1", api_key: sk-other }
                """
            } ?? ""
        try EndToEndTests.withGateway(
            """
            providers:
              one: { type: openai-compatible, api_formats: [openai-responses], base_url: "http://127.0.0.1:\(one.port)/v1", api_keys: [\(keys.joined(separator: ", "))] }
            \(second)
            routing: { default_provider: one }
            \(more)
            """, environment: environment, body)
    }

    private func create(_ gateway: GatewayProcess, after id: String? = nil, more: String = "", model: String = "m")
        throws -> HTTPMessage
    {
        let previous = id.map { #""previous_response_id": "\#($0)","# } ?? ""
        return try gateway.ask("POST", "/v1/responses", #"{\#(previous)"model":"\#(model)","input":"x"\#(more)}"#)
    }

    private func id(_ answer: HTTPMessage) throws -> String {
        let id = try #require(answer.json["id"].string)
        #expect(id.hasPrefix("resp_") && !id.hasPrefix("resp_up"))
        return id
    }

    @Test func `only the ids of an answer are changed, and the provider is asked by its own`() throws {
        let upstream = try ScriptedUpstream { call in
            let previous = call.request.json["previous_response_id"].string
            try call.answer(Self.response("resp_up\(call.number)", previous: previous))
        }
        try withGateway(upstream) { gateway throws in
            let first = try create(gateway)
            let one = try id(first)
            #expect(first.text == Self.response("resp_up1").replacing("resp_up1", with: one))
            let second = try create(gateway, after: one)
            #expect(
                second.text
                    == Self.response("resp_up2", previous: one).replacing("resp_up2", with: try id(second)))
            #expect(try upstream.call(2).text == #"{"previous_response_id": "resp_up1","model":"m","input":"x"}"#)
        }
    }

    @Test func `each event of a stream has the client's id, however it was split`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.startStream()
            let bytes = Array(Self.stream("resp_up\(call.number)", previous: call.number > 1 ? "resp_up1" : nil).utf8)
            for start in stride(from: 0, to: bytes.count, by: 13) {
                try call.chunk(Array(bytes[start..<min(start + 13, bytes.count)]))
            }
            try call.endStream()
        }
        try withGateway(upstream) { gateway throws in
            let first = try create(gateway, more: #","stream":true"#).text
            let one = String(try #require(first.firstMatch(of: /"id" : "(resp_[^"]+)"/)).1)
            // What the model says is not touched, whatever it looks like.
            #expect(first.contains("id: resp_up1"))
            #expect(
                first.replacing("\"\(one)\"", with: #""resp_up1""#) == Self.stream("resp_up1"), "\(first)")
            let second = try create(gateway, after: one, more: #","stream":true"#).text
            let two = String(try #require(second.firstMatch(of: /"id" : "(resp_[^"]+)"/)).1)
            #expect(
                second.replacing("\"\(two)\"", with: #""resp_up2""#).replacing("\"\(one)\"", with: #""resp_up1""#)
                    == Self.stream("resp_up2", previous: "resp_up1"))
        }
    }

    @Test func `a stream that breaks names the answer as it began`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.startStream()
            try call.chunk(Self.event("response.created", #""response":\#(Self.response("resp_up1"))"#))
            call.reset()
        }
        try withGateway(upstream) { gateway throws in
            let stream = try create(gateway, more: #","stream":true"#).text
            #expect(stream.contains("response.failed") && !stream.contains("resp_up1"))
            let ids = stream.matches(of: /"id" ?: ?"(resp_[^"]+)"/).map { String($0.1) }
            #expect(ids.count == 2 && Set(ids).count == 1)
        }
    }

    @Test func `what isn't stored keeps the provider's id`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.answer(
                Self.response("resp_up\(call.number)", previous: call.request.json["previous_response_id"].string))
        }
        try withGateway(upstream) { gateway throws in
            #expect(try create(gateway, more: #","store":false"#).text == Self.response("resp_up1"))
            let kept = try id(try create(gateway))
            let next = try create(gateway, after: kept, more: #","store":false"#)
            #expect(next.text == Self.response("resp_up3", previous: kept))
            #expect(try create(gateway, after: "resp_up1").status == 404)
        }
    }

    @Test func `a dialogue stays with its provider and credential, wherever the model would go now`() throws {
        let one = try ScriptedUpstream { try $0.answer(Self.response("resp_up\($0.number)")) }
        let other = try ScriptedUpstream { try $0.answer(Self.response("resp_other\($0.number)")) }
        let plan = """
            models:
              m:
                targets: [{ provider: other, model: other-m }, { provider: one, model: one-m }]
            """
        try withGateway(one, other, keys: ["sk-one-a", "sk-one-b"], also: plan) { gateway throws in
            let made = try gateway.ask("POST", "/one/v1/responses", #"{"model":"x","input":"x"}"#)
            let id = try id(made)
            let key = try #require(try one.call(1)["authorization"])
            for number in 2...5 {
                #expect(try create(gateway, after: id).status == 200)
                let call = try one.call(number)
                #expect(call["authorization"] == key && call.json["model"].string == "one-m")
            }
            #expect(try create(gateway, after: id, model: "elsewhere").status == 200)
            #expect(try one.call(6).json["model"].string == "elsewhere")
            #expect(other.calls.isEmpty)
            // Somewhere else there is no such answer.
            let path = "/other/v1/responses"
            let body = #"{"model":"x","input":"x","previous_response_id":"\#(id)"}"#
            #expect(try gateway.ask("POST", path, body).status == 404)
            #expect(try gateway.ask("GET", "\(path)/\(id)").status == 404)
            #expect(other.calls.isEmpty)
        }
    }

    @Test func `an answer is read and deleted where it is, with what the client asks for`() throws {
        let upstream = try ScriptedUpstream { call in
            switch call.request.method {
            case "POST": try call.answer(Self.response("resp_up1"))
            case "GET" where call.request.path.contains("stream=true"):
                try call.startStream()
                try call.chunk(Self.stream("resp_up1", previous: "resp_up0"))
                try call.endStream()
            case "GET": try call.answer(Self.response("resp_up1", previous: "resp_up0"))
            case "DELETE" where call.number < 6:
                try call.answer(#"{"id":"resp_up1","object":"response","deleted":true}"#)
            default:
                try call.answer(
                    #"{"error":{"message":"No resp_up1.","type":"invalid_request_error"}}"#, status: "404 Not Found")
            }
        }
        try withGateway(upstream) { gateway throws in
            let id = try id(try create(gateway))
            let read = try gateway.ask("GET", "/v1/responses/\(id)?include[]=a&key=sk-mine")
            let sent = try upstream.call(2)
            #expect(
                sent.path == "/v1/responses/resp_up1?include[]=a" && sent["authorization"] == "Bearer sk-one-0123456789"
            )
            let before = try #require(read.json["previous_response_id"].string)
            #expect(
                read.text
                    == Self.response("resp_up1", previous: "resp_up0").replacing("resp_up1", with: id)
                    .replacing("resp_up0", with: before))
            #expect(before.hasPrefix("resp_") && before != "resp_up0" && read["x-llm-gateway-provider"] == "one")

            let stream = try gateway.ask("GET", "/v1/responses/\(id)?stream=true")
            #expect(stream["content-type"]?.hasPrefix("text/event-stream") == true)
            #expect(
                stream.text.replacing("\"\(id)\"", with: #""resp_up1""#).replacing(before, with: "resp_up0")
                    == Self.stream("resp_up1", previous: "resp_up0"))

            let deleted = try gateway.ask("DELETE", "/v1/responses/\(id)")
            #expect(deleted.text == #"{"id":"\#(id)","object":"response","deleted":true}"#)
            #expect(try upstream.call(4).startLine == "DELETE /v1/responses/resp_up1 HTTP/1.1")
            _ = try gateway.ask("DELETE", "/v1/responses/\(id)")
            let gone = try gateway.ask("DELETE", "/v1/responses/\(id)")
            #expect(gone.status == 404 && gone.json["error"]["code"].string == "response_not_found")
            #expect(!gone.text.contains("resp_up1"))
            // One call of a model, one attempt: the rest is nobody's bill.
            let samples = try gateway.metrics().all
            for name in ["llm_gateway_requests_total", "llm_gateway_upstream_attempts_total"] {
                #expect(samples.filter { $0.name == name }.reduce(0) { $0 + $1.value } == 1, "\(name)")
            }
        }
    }

    @Test func `a provider that is down is a bad gateway, and its refusal its own`() throws {
        let upstream = try ScriptedUpstream { call in
            if call.number == 1 { return try call.answer(Self.response("resp_up1")) }
            guard call.number == 2 else { return call.wire.close() }
            let body =
                #"{"error":{"message":"Previous response with id 'resp_up1' is busy.","type":"invalid_request_error"}}"#
            try call.answer(body, status: "400 Bad Request")
        }
        try withGateway(upstream) { gateway throws in
            let id = try id(try create(gateway))
            let refused = try create(gateway, after: id)
            #expect(refused.status == 400)
            #expect(refused.json["error"]["message"].string == "Previous response with id '\(id)' is busy.")
            #expect(try gateway.ask("GET", "/v1/responses/\(id)").status == 502)
        }
    }

    @Test func `replicas that share a secret share their ids, without a store between them`() throws {
        let upstream = try ScriptedUpstream { try $0.answer(Self.response("resp_up\($0.number)")) }
        let secret = ["LLM_GATEWAY_STORE_SECRET": "the same for all replicas"]
        try withGateway(upstream, environment: secret) { one throws in
            let id = try id(try create(one))
            try EndToEndTests.withGateway(
                """
                providers:
                  one: { type: openai-compatible, api_formats: [openai-responses], base_url: "http://127.0.0.1:\(upstream.port)/v1", api_keys: [sk-new, sk-one-0123456789] }
                """, environment: secret
            ) { replica throws in
                #expect(try create(replica, after: id).status == 200)
                let sent = try upstream.call(2)
                #expect(sent.json["previous_response_id"].string == "resp_up1")
                #expect(sent["authorization"] == "Bearer sk-one-0123456789", "its place in the list doesn't matter")
            }
            try EndToEndTests.withGateway("providers: { simulated: {} }") { stranger throws in
                #expect(try stranger.ask("GET", "/v1/responses/\(id)").status == 404)
            }
        }
    }

    @Test func `a dialogue that began elsewhere goes on at a provider that keeps answers`() throws {
        let upstream = try ScriptedUpstream { try $0.answer(Self.response("resp_up\($0.number)")) }
        try withGateway(upstream, also: "models: { s: { targets: [{ provider: simulated, model: echo }] } }") {
            gateway throws in
            let first = try create(gateway, model: "s")
            let begun = try #require(first.json["id"].string)
            let second = try create(gateway, after: begun, model: "m")
            #expect(second.status == 200 && second.json["previous_response_id"].string == begun)
            let sent = try upstream.call(1).json
            #expect(sent["previous_response_id"].isNull && sent["input"].list?.count == 3)
            #expect(try create(gateway, after: try id(second)).status == 200)
            #expect(try upstream.call(2).json["previous_response_id"].string == "resp_up1")
        }
    }
}
