import Foundation
import Testing

/// Requests explained after their end: `GET /admin/requests/{id}`.
@Suite(.ownThread) struct RequestExplanationTests {
    /// What nobody may find in an explanation.
    private static let (prompt, answer) = ("canary-prompt-7Q", "canary-answer-9Z")

    /// Asks why a request went as it did; waits until it has ended.
    private func explain(_ gateway: GatewayProcess, _ id: String, key: String? = nil) throws -> JSON {
        let headers = key.map { ["authorization: Bearer \($0)"] } ?? []
        let text = try eventually("the end of \(id)") { () throws -> String? in
            let answer = try gateway.ask("GET", "/admin/requests/\(id)", headers: headers)
            return answer.status == 200 ? answer.text : nil
        }
        #expect(!text.contains(Self.prompt) && !text.contains(Self.answer) && !text.contains("sk-"), "\(text)")
        return JSON(text)
    }

    /// Two providers, `first` and `second`, and a model `m` that goes to `first/a`, then to `second/b`.
    private func withTwo(
        _ first: ScriptedUpstream, _ second: ScriptedUpstream, model: String = "", provider: String = "",
        also: String = "", _ body: (GatewayProcess) throws -> Void
    ) throws {
        defer {
            first.stop()
            second.stop()
        }
        func entry(_ upstream: ScriptedUpstream) -> String {
            #"{ type: openai-compatible, api_key: sk-upstream-0123, base_url: "http://127.0.0.1:\#(upstream.port)/v1", \#(provider) }"#
        }
        let configuration = """
            providers: { first: \(entry(first)), second: \(entry(second)) }
            resilience: { retry: { base_delay: 1ms, max_attempts: 2 } }
            models:
              m: { \(model) targets: [{ provider: first, model: a }, { provider: second, model: b }] }
              other: { targets: [{ provider: second, model: c }] }
            model_info:
              b: { usd_per_million: { input: 1000, output: 500 } }
            \(also)
            """
        try withGateway(configuration, body)
    }

    private func answering(_ status: String = "200 OK") throws -> ScriptedUpstream {
        try ScriptedUpstream { call in
            let body = status.hasPrefix("200") ? Wording.completion(Self.answer) : #"{"error":{"message":"no"}}"#
            try call.answer(body, status: status, headers: ["x-request-id: up-\(call.number)"])
        }
    }

    @Test func `a retry shows both attempts, in their order, with what they came to, took and cost`() throws {
        let (first, second) = (try answering("503 Service Unavailable"), try answering())
        try withTwo(first, second) { gateway throws in
            let answer = try gateway.chat(Self.prompt, model: "m")
            #expect(answer.status == 200)
            let id = try #require(answer["x-request-id"])
            let explained = try explain(gateway, id)
            #expect(explained["request_id"].string == id && explained["earlier_with_this_id"].int == 0)
            #expect(explained["outcome"].string == "ok" && explained["status"].int == 200)
            #expect(explained["client_ip"].string == "127.0.0.1" && explained["path"].string == "/v1/chat/completions")
            #expect(explained["api_format"].string == "openai-chat" && explained["model"].string == "m")
            #expect(explained["provider"].string == "second" && explained["upstream_model"].string == "b")
            #expect(explained["key"].isNull && explained["limits"].isNull && explained["error_code"].isNull)

            let route = explained["routes"][0]
            #expect(explained["routes"].list?.count == 1 && route["fallback_to"].isNull)
            #expect(route["decided_by"].string == "models" && route["strategy"].string == "priority")
            #expect(
                route["targets"].list?.map { $0["model"].string } == ["a", "b"] && route["usable_targets"].int == 2)

            let attempts = try #require(explained["attempts"].list)
            #expect(attempts.map { $0["provider"].string } == ["first", "second"])
            #expect(attempts.map { $0["cause"].string } == ["first", "retry"])
            #expect(attempts.map { $0["because"].string } == [nil, "503"])
            #expect(attempts.map { $0["result"].string } == ["503", "200"])
            #expect(attempts.map { $0["upstream_request_id"].string } == ["up-1", "up-1"])
            let times = attempts.flatMap { [$0["sent_ms"].double, $0["ended_ms"].double] }.compactMap { $0 }
            #expect(times.count == 4 && times == times.sorted() && times[0] > 0)
            let duration = try #require(explained["duration_ms"].double)
            #expect(times[3] <= duration)

            let phases = explained["phases_ms"]
            #expect(phases["upstream_first_byte"].double ?? 0 > 0)
            #expect(phases.keys.reduce(0) { $0 + (phases[$1].double ?? 0) } <= duration * 1.01)
            #expect(explained["tokens"]["input"].int == 9 && explained["tokens"]["output"].int == 2)
            #expect(explained["tokens"]["source"].string == "provider")
            #expect(abs((explained["cost_usd"].double ?? 0) - 0.01) < 1e-9)
            let billed = explained["billed"][0]
            #expect(billed["model"].string == "b" && billed["usd_per_million"]["input"].double == 1000)
            let (start, end) = (explained["started_at"].string ?? "", explained["ended_at"].string ?? "")
            #expect(start < end && start.hasSuffix("Z"))
        }
    }

    @Test func `a fallback shows the model that was left, and why`() throws {
        let second = try ScriptedUpstream { call in
            let isFallback = call.request.json["model"].string == "c"
            try call.answer(
                isFallback ? Wording.completion(Self.answer) : "{}",
                status: isFallback ? "200 OK" : "500 Internal Server Error")
        }
        try withTwo(try answering("429 Too Many Requests"), second, model: "fallbacks: [other],") { gateway throws in
            #expect(try gateway.chat(Self.prompt, model: "m", headers: ["x-request-id: fallen"]).status == 200)
            let explained = try explain(gateway, "fallen")
            #expect(explained["routes"].list?.map { $0["fallback_to"].string } == [nil, "other"])
            let attempts = try #require(explained["attempts"].list)
            #expect(attempts.map { $0["model"].string }.suffix(2) == ["b", "c"] && attempts[0]["model"].string == "a")
            let fallback = try #require(attempts.last)
            #expect(fallback["cause"].string == "fallback" && fallback["because"].string == "error")
            #expect(fallback["result"].string == "200" && explained["upstream_model"].string == "c")
        }
    }

    @Test func `a failure has its reason for the operator`() throws {
        let (first, second) = (try answering("500 Internal Server Error"), try answering("503 Service Unavailable"))
        try withTwo(first, second) { gateway throws in
            #expect(try gateway.chat(Self.prompt, model: "m", headers: ["x-request-id: failed"]).status == 502)
            let explained = try explain(gateway, "failed")
            #expect(explained["outcome"].string == "provider_error" && explained["status"].int == 502)
            #expect(explained["error_code"].string == "provider_error")
            #expect(explained["error_detail"].string?.contains("503") == true)
            #expect(explained["tokens"]["source"].string == "none" && explained["billed"].list?.isEmpty == true)
        }
    }

    @Test func `a target that is passed over is named with the reason`() throws {
        let (first, second) = (try answering("500 Internal Server Error"), try answering())
        let rules = "circuit_breaker: { min_requests: 3, open_for: 60s }"
        let also = "  a: { images: false }"
        try withTwo(first, second, provider: rules, also: also) { gateway throws in
            for _ in 0..<3 { #expect(try gateway.chat(Self.prompt, model: "m").status == 200) }
            #expect(try gateway.chat(Self.prompt, model: "m", headers: ["x-request-id: skipped"]).status == 200)
            #expect(first.calls.count == 3)
            let explained = try explain(gateway, "skipped")
            #expect(explained["passed_over"][0]["provider"].string == "first")
            #expect(explained["passed_over"][0]["why"].string == "breaker_open")
            #expect(explained["routes"][0]["targets"].list?.map { $0["model"].string } == ["b", "a"])
            #expect(explained["routes"][0]["usable_targets"].int == 1 && explained["attempts"].list?.count == 1)
            let health = try gateway.ask("GET", "/debug/health").json["providers"]["first"]["targets"][0]
            #expect(health["breaker"].string == "open" && health["retry_after_seconds"].double ?? 0 > 30)

            let parts = #"[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]"#
            let body = #"{"model":"m","messages":[{"role":"user","content":\#(parts)}]}"#
            let seen = try gateway.ask(
                "POST", "/v1/chat/completions", body, headers: ["x-request-id: with-picture"])
            #expect(seen.status == 200)
            let picture = try explain(gateway, "with-picture")
            #expect(picture["passed_over"].list?.contains { $0["why"].string == "incapable" } == true)
            #expect(picture["routes"][0]["targets"].list?.map { $0["model"].string } == ["b"])
        }
    }

    @Test(.undisturbed) func `a second try beside a slow one is told from a retry`() throws {
        let slow = try ScriptedUpstream { call in
            _ = call.wire.timeUntilClosed(within: .seconds(8))
            call.close()
        }
        try withTwo(slow, try answering(), model: "hedge_after: 100ms,") { gateway throws in
            #expect(try gateway.chat(Self.prompt, model: "m", headers: ["x-request-id: hedged"]).status == 200)
            let attempts = try #require(try explain(gateway, "hedged")["attempts"].list)
            #expect(attempts.map { $0["cause"].string } == ["first", "hedge"])
            #expect(attempts[1]["result"].string == "200" && attempts[1]["provider"].string == "second")
        }
    }

    @Test func `streams are explained, also those whose client left`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.startStream()
            try call.event(Wording.delta(Self.answer))
            if call.request.text.contains("leave") {
                _ = call.wire.timeUntilClosed(within: .seconds(8))
                return call.close()
            }
            try call.event(Wording.finish)
            try call.event(Wording.usage)
            try call.event("[DONE]")
            try call.endStream()
        }
        try withGateway(before: upstream) { gateway throws in
            let id = "x-request-id: streamed"
            let whole = try gateway.chat(Self.prompt, more: #", "stream": true"#, headers: [id])
            #expect(whole.text.contains(Self.answer))
            let explained = try explain(gateway, "streamed")
            #expect(explained["stream"].bool == true && explained["stream_ending"].string == "completed")
            #expect(explained["ttft_ms"].double ?? 0 > 0 && explained["tokens"]["output"].int == 2)

            let wire = try gateway.connect()
            let body = chatBody("leave \(Self.prompt)", more: #", "stream": true"#)
            try wire.send(request("POST", "/v1/chat/completions", body, headers: ["x-request-id: left"]))
            _ = try wire.take(through: Self.answer)
            #expect(try gateway.ask("GET", "/admin/requests/left").status == 404, "it has not ended")
            wire.close()
            let left = try explain(gateway, "left")
            #expect(left["outcome"].string == "client_cancelled" && left["stream_ending"].string == "client_gone")
            #expect(left["tokens"]["source"].string == "estimated")
        }
    }

    @Test func `requests that got no further than the door are explained too`() throws {
        let configuration = """
            providers: { simulated: { models: [echo] } }
            routing: { default_provider: simulated }
            keys:
              - { name: ops, key: sk-operations-key, admin: true }
              - { name: small, key: sk-small-key, models: ["echo"], requests_per_minute: 1, burst: 2, tokens_per_minute: 5000 }
            """
        try withGateway(configuration) { gateway throws in
            func ask(_ id: String, _ key: String?, model: String = "echo", more: String = "") throws -> Int {
                let headers = ["x-request-id: \(id)"] + (key.map { ["x-api-key: \($0)"] } ?? [])
                return try gateway.chat(Self.prompt, model: model, more: more, headers: headers).status
            }
            func explained(_ id: String) throws -> JSON { try explain(gateway, id, key: "sk-operations-key") }

            #expect(try ask("stranger", nil) == 401)
            let stranger = try explained("stranger")
            #expect(stranger["status"].int == 401 && stranger["error_code"].string == "invalid_api_key")
            #expect(stranger["outcome"].string == "client_error" && stranger["routes"].list?.isEmpty == true)

            #expect(try ask("one", "sk-small-key", more: #", "max_tokens": 100"#) == 200)
            let one = try explained("one")
            #expect(one["key"].string == "small" && one["limits"]["refused_by"].isNull)
            #expect(one["limits"]["requests"]["limit"].int == 1 && one["limits"]["requests"]["remaining"].int == 1)
            let reserved = try #require(one["limits"]["reserved_tokens"].int)
            let used = try #require(one["limits"]["used_tokens"].int)
            #expect(reserved > 100 && used < reserved && used > 0)

            #expect(try ask("forbidden", "sk-small-key", model: "lorem") == 403)
            #expect(try explained("forbidden")["error_code"].string == "model_not_allowed")
            #expect(try ask("too-many", "sk-small-key") == 429)
            let refused = try explained("too-many")
            #expect(refused["outcome"].string == "rejected" && refused["limits"]["refused_by"].string == "requests")
            #expect(refused["limits"]["requests"]["remaining"].int == 0 && refused["attempts"].list?.isEmpty == true)
            #expect(try ask("greedy", "sk-operations-key", more: #", "stream": 5"#) == 400)
            #expect(try explained("greedy")["status"].int == 400)
        }
    }

    @Test func `an id that clients use again leads to the newest request, and one that nobody knows to what is kept`()
        throws
    {
        try withGateway("providers: { simulated: {} }") { gateway throws in
            for model in ["echo", "lorem"] {
                #expect(try gateway.chat(Self.prompt, model: model, headers: ["x-request-id: twice"]).status == 200)
            }
            let explained = try explain(gateway, "twice")
            #expect(explained["model"].string == "lorem" && explained["earlier_with_this_id"].int == 1)
            let unknown = try gateway.ask("GET", "/admin/requests/nobody%20knows")
            #expect(unknown.status == 404 && unknown.json["error"]["code"].string == "request_not_found")
            let message = try #require(unknown.json["error"]["message"].string)
            #expect(message.contains("'nobody knows'") && message.contains("there are 2, since 20"))
            #expect(try gateway.ask("GET", "/admin/requests/").status == 404)
        }
    }

    @Test func `what was said is in no answer to operators`() throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion(Self.answer))
        try withGateway(before: upstream) { gateway throws in
            for number in 0..<3 {
                let tool = #"{"type":"function","function":{"name":"f","description":"\#(Self.prompt)"}}"#
                let more = #", "user": "\#(Self.prompt)", "tools": [\#(tool)]"#
                let answer = try gateway.chat(Self.prompt, more: more, headers: ["x-request-id: said-\(number)"])
                #expect(answer.text.contains(Self.answer))
                _ = try explain(gateway, "said-\(number)")
            }
            for path in ["/debug/health", "/debug/logs?limit=1000", "/debug/stats", "/debug/models", "/admin/keys"] {
                let answer = try gateway.ask("GET", path)
                #expect(
                    answer.status == 200 && !answer.text.contains(Self.prompt) && !answer.text.contains(Self.answer))
                #expect(!answer.text.contains("sk-upstream-"))
            }
        }
    }
}
