import Foundation
import Testing

/// What operators are shown under `/debug`, and who is shown it.
@Suite(.ownThread) struct DebugTests {
    private static let paths = ["/debug/health", "/debug/logs", "/debug/stats", "/debug/models", "/admin/requests/x"]
    private static let ops = "authorization: Bearer sk-operations-key"

    // MARK: Who may ask

    @Test func `with keys an administrator's is asked for, wherever the request comes from`() throws {
        let configuration = """
            providers: { simulated: {} }
            server: { trusted_proxies: ["127.0.0.0/8"] }
            keys:
              - { name: ops, key: sk-operations-key, admin: true }
              - { name: plain, key: sk-plain-key }
            """
        try withGateway(configuration) { gateway throws in
            for path in Self.paths {
                let stranger = try gateway.ask("GET", path)
                #expect(stranger.status == 401 && stranger.json["error"]["code"].string == "invalid_api_key", "\(path)")
                #expect(stranger["cache-control"] == "no-store" && stranger["x-request-id"] != nil)
                let plain = try gateway.ask("GET", path, headers: ["x-api-key: sk-plain-key"])
                #expect(plain.status == 403 && plain.json["error"]["type"].string == "permission_error", "\(path)")
                #expect(plain["cache-control"] == "no-store")
                let forged = try gateway.ask(
                    "GET", path, headers: ["x-forwarded-for: 127.0.0.1", "origin: http://localhost"])
                #expect(forged.status == 401, "\(path)")
                let wrong = try gateway.ask("POST", path, "{}", headers: [Self.ops])
                #expect(wrong.status == 405 && wrong["allow"] == "GET, HEAD", "\(path)")
                #expect(wrong.json["error"]["code"].string == "method_not_allowed")
                let admitted = try gateway.ask("GET", path, headers: [Self.ops])
                #expect(admitted.status == (path.hasSuffix("/x") ? 404 : 200), "\(path)")
                #expect(admitted["cache-control"] == "no-store" && admitted["content-type"] == "application/json")
                // From elsewhere is fine for who has the key.
                let elsewhere = try gateway.ask("GET", path, headers: [Self.ops, "origin: https://ops.example"])
                #expect(elsewhere.status == admitted.status)
            }
            #expect(try gateway.ask("GET", "/debug", headers: [Self.ops]).status == 404)
            #expect(try gateway.ask("GET", "/debug/nothing", headers: [Self.ops]).status == 404)
            #expect(try gateway.askMetricsPort("/debug/health", headers: [Self.ops]).status == 404)
        }
    }

    @Test func `a HEAD has the head of a GET and no body`() throws {
        try withGateway("providers: { simulated: {} }") { gateway throws in
            for path in Self.paths {
                let head = try gateway.ask("HEAD", path)
                let whole = try gateway.ask("GET", path)
                #expect(head.status == whole.status && head.body.isEmpty && !whole.body.isEmpty, "\(path)")
                #expect(head["cache-control"] == "no-store" && head["content-type"] == "application/json")
            }
        }
    }

    @Test func `without keys it answers its own machine only, and no page of others there`() throws {
        try withGateway("providers: { simulated: {} }") { gateway throws in
            func ask(_ path: String, _ headers: String...) throws -> Int {
                let wire = try gateway.connect()
                defer { wire.close() }
                try wire.send((["GET \(path) HTTP/1.1"] + headers).joined(separator: "\r\n") + "\r\n\r\n")
                return try wire.takeAnswer().status
            }
            for path in Self.paths {
                let answered = path.hasSuffix("/x") ? 404 : 200
                #expect(try ask(path, "host: localhost:\(gateway.port)") == answered)
                #expect(try ask(path, "host: 127.0.0.1") == answered && ask(path, "host: [::1]:80") == answered)
                #expect(try ask(path, "host: localhost", "origin: http://localhost") == answered)
                // A page that has given its own name to this address, and pages that ask from elsewhere.
                #expect(try ask(path, "host: evil.example:\(gateway.port)") == 403)
                #expect(try ask(path, "host: localhost.evil.example") == 403)
                #expect(try ask(path, "host: localhost", "origin: http://evil.example") == 403)
                #expect(try ask(path, "host: localhost", "origin: http://localhost:1234") == 403)
                #expect(try ask(path, "host: localhost", "origin: null") == 403)
                #expect(
                    try ask(
                        path, "host: evil.example", "x-forwarded-for: 127.0.0.1", "x-forwarded-host: localhost",
                        "forwarded: for=127.0.0.1;host=localhost", "x-real-ip: ::1") == 403)
            }
        }
    }

    @Test(.enabled(if: ownAddress() != nil))
    func `from another address nobody is answered while there are no keys`() throws {
        let address = try #require(Self.ownAddress())
        try withGateway("providers: { simulated: {} }\nserver: { host: 0.0.0.0 }") { gateway throws in
            let wire = try Wire(to: gateway.port, at: address)
            defer { wire.close() }
            for headers in [[], ["x-forwarded-for: 127.0.0.1"]] {
                try wire.send(request("GET", "/debug/health", headers: headers))
                let answer = try wire.takeAnswer()
                #expect(answer.status == 403 && answer.json["error"]["code"].string == "admin_only")
            }
        }
    }

    /// An address of this machine that isn't loopback; nil: it has none.
    private static func ownAddress() -> String? {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return nil }
        defer { freeifaddrs(first) }
        var next = first
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard let address = entry.ifa_addr, address.pointee.sa_family == sa_family_t(AF_INET) else { continue }
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let size = socklen_t(MemoryLayout<sockaddr_in>.size)
            guard getnameinfo(address, size, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 else {
                continue
            }
            let written = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if !written.hasPrefix("127.") { return written }
        }
        return nil
    }

    // MARK: What it shows

    @Test func `health shows providers, their breakers and keys, connections, configuration and stores`() throws {
        let upstream = try ScriptedUpstream { call in
            guard call.request["authorization"] == "Bearer sk-second-key" else {
                return try call.answer("{}", status: "401 Unauthorized")
            }
            try call.answer(Wording.completion())
        }
        let settings = "api_keys: [sk-first-key, sk-second-key], models: [m]"
        try withGateway(before: upstream, provider: settings) { gateway throws in
            #expect(try gateway.chat().status == 200)
            let answer = try eventually("connections counted") { () throws -> HTTPMessage? in
                let answer = try gateway.ask("GET", "/debug/health")
                return answer.json["providers"]["up"]["connections"]["idle"].int ?? 0 > 0 ? answer : nil
            }
            let health = answer.json
            #expect(health["status"].string == "ready" && health["open"].bool == true)
            #expect(health["version"].string?.isEmpty == false && health["uptime_seconds"].double ?? -1 > 0)
            #expect(health["configuration"]["generation"].int == 1)
            #expect(health["configuration"]["path"].string == gateway.configurationFile)
            #expect(health["loops"].int ?? 0 > 0 && health["redis"].isNull)
            #expect(health["store"]["path"].string?.hasSuffix("store.sqlite") == true)
            let provider = health["providers"]["up"]
            #expect(provider["status"].string == "up" && provider["breaker"].string == "closed")
            #expect(provider["api_keys"]["count"].int == 2 && provider["api_keys"]["resting"].int == 1)
            #expect(provider["in_flight"].int == 0 && provider["queue_depth"].int == 0)
            #expect(provider["targets"][0]["model"].string == "m")
            #expect(provider["targets"][0]["breaker"].string == "closed")
            #expect(health["providers"]["openai"]["status"].string == "disabled")
            #expect(!answer.text.contains("sk-first") && !answer.text.contains("sk-second"))

            let before = try #require(health["configuration"]["read_at"].string)
            gateway.program.signal(SIGHUP)
            let after = try eventually("another configuration") { () throws -> String? in
                let configuration = try gateway.ask("GET", "/debug/health").json["configuration"]
                return configuration["generation"].int == 2 ? configuration["read_at"].string : nil
            }
            #expect(after > before)
        }
    }

    @Test func `the log's last lines come as they were written, the newest last`() throws {
        try withGateway("providers: { simulated: {} }") { gateway throws in
            for number in 1...5 { _ = try gateway.chat(model: "echo", headers: ["x-request-id: call-\(number)"]) }
            let answer = try gateway.ask("GET", "/debug/logs?limit=3").json
            let lines = try #require(answer["lines"].list)
            #expect(lines.map { $0["request_id"].string } == ["call-3", "call-4", "call-5"])
            #expect(lines.allSatisfy { $0["msg"].string == "request" && $0["outcome"].string == "ok" })
            #expect(answer["format"].string == "json" && answer["dropped"].int == 0)
            let all = try #require(try gateway.ask("GET", "/debug/logs").json["lines"].list)
            #expect(all.contains { $0["msg"].string == "listening" } && all.count > 5)

            for wrong in ["0", "1001", "-1", "x", "", "1.5", "3&limit=4", "99999999999999999999"] {
                let refused = try gateway.ask("GET", "/debug/logs?limit=\(wrong)")
                #expect(refused.status == 400 && refused.json["error"]["param"].string == "limit", "\(wrong)")
                #expect(refused.json["error"]["message"].string?.contains("1 to 1000") == true)
            }
            #expect(try gateway.ask("GET", "/debug/logs?limit=1000&other=x").status == 200)
        }
        try withGateway("providers: { simulated: {} }\nlog: { format: text }") { gateway throws in
            _ = try gateway.chat(model: "echo", headers: ["x-request-id: call-1"])
            let answer = try gateway.ask("GET", "/debug/logs?limit=1").json
            #expect(answer["format"].string == "text" && answer["lines"][0].string?.contains("call-1") == true)
        }
    }

    @Test func `statistics tell what was called, by whom, how it went and how long it took`() throws {
        let upstream = try ScriptedUpstream { call in
            guard call.request.text.contains("fail") else { return try call.answer(Wording.completion()) }
            try call.answer("{}", status: "500 Internal Server Error")
        }
        let configuration = """
            model_info: { m: { usd_per_million: { input: 1000, output: 0 } } }
            keys: [{ name: ops, key: sk-operations-key, admin: true }, { name: team, key: sk-team-key }]
            """
        let settings = "models: [m], retry: { max_attempts: 1 }"
        try withGateway(before: upstream, provider: settings, also: configuration) { gateway throws in
            let team = ["x-api-key: sk-team-key"]
            for _ in 0..<4 { #expect(try gateway.chat(headers: team).status == 200) }
            #expect(try gateway.chat("fail", headers: team).status == 502)
            #expect(try gateway.chat().status == 401)
            let stats = try eventually("all of them counted") { () throws -> JSON? in
                let stats = try gateway.ask("GET", "/debug/stats", headers: [Self.ops]).json
                return stats["totals"]["requests"].int == 6 ? stats : nil
            }
            for part in ["totals", "last_minute", "last_5_minutes"] {
                let totals = stats[part]
                #expect(totals["requests"].int == 6 && totals["errors"].int == 1, "\(part)")
                #expect(totals["outcomes"]["ok"].int == 4 && totals["outcomes"]["client_error"].int == 1)
                #expect(
                    totals["attempts"].int == 5 && totals["input_tokens"].int == 36 && totals["output_tokens"].int == 8)
                #expect(abs((totals["cost_usd"].double ?? 0) - 0.036) < 1e-9)
                let duration = totals["duration_ms"]
                let percentiles = ["p50", "p90", "p99"].compactMap { duration[$0].double }
                #expect(percentiles.count == 3 && percentiles == percentiles.sorted() && percentiles[0] > 0)
                #expect(totals["time_to_first_token_ms"]["p50"].isNull)
            }
            #expect(stats["last_minute"]["requests_per_second"].double ?? 0 > 0)
            #expect(abs((stats["last_minute"]["error_rate"].double ?? 0) - 1.0 / 6) < 1e-9)
            let target = try #require(stats["targets"].list?.first { $0["model"].string == "m" })
            #expect(target["provider"].string == "up" && target["requests"].int == 5 && target["attempts"].int == 5)
            #expect(target["last_minute"]["errors"].int == 1 && target["duration_ms"]["p50"].double ?? 0 > 0)
            let key = try #require(stats["keys"].list?.first { $0["key"].string == "team" })
            #expect(key["requests"].int == 5 && key["tokens"].int == 44 && key["refused"]["requests"].int == 0)
            #expect(key["last_minute"]["outcomes"]["ok"].int == 4)
        }
    }

    @Test func `models tell where each name leads, and who says what is known of it`() throws {
        let configuration = """
            providers:
              openai: { api_key: sk-a, models: [gpt-4o], model_map: { mapped: gpt-4o-mini } }
              simulated: {}
              anthropic: { enabled: false }
            models:
              plan:
                strategy: weighted
                targets:
                  - { provider: openai, model: gpt-4o, weight: 3 }
                  - { provider: simulated, model: echo }
                fallbacks: [mapped]
                hedge_after: 2s
              dead: { targets: [{ provider: anthropic, model: claude-sonnet-4-5 }] }
            model_info: { "gpt-4o": { context_window: 5000 } }
            routing: { patterns: { "my-*": simulated, "claude-*": anthropic } }
            """
        try withGateway(configuration) { gateway throws in
            let answer = try gateway.ask("GET", "/debug/models")
            let models = try #require(answer.json["models"].list)
            func model(_ name: String) throws -> JSON { try #require(models.first { $0["name"].string == name }) }
            let plan = try model("plan")
            #expect(plan["decided_by"].string == "models" && plan["strategy"].string == "weighted")
            #expect(plan["fallbacks"][0].string == "mapped" && plan["fallbacks_on"][0].string == "error")
            #expect(plan["hedge_after_seconds"].double == 2 && plan["callable"].bool == true)
            let target = plan["targets"][0]
            #expect(
                target["provider"].string == "openai" && target["model"].string == "gpt-4o" && target["weight"].int == 3
            )
            #expect(target["context_window"].int == 5000 && target["capabilities"]["tools"].bool == true)
            #expect(target["known_from"]["context_window"].string == "model_info")
            #expect(target["known_from"]["usd_per_million"].string == "built_in_table")
            #expect(target["usd_per_million"]["input"].double == 2.5)
            let echo = plan["targets"][1]
            #expect(echo["model"].string == "echo" && echo["known_from"]["usd_per_million"].string == "free_provider")
            #expect(echo["context_window"].isNull && echo["capabilities"]["images"].isNull)
            #expect(try model("gpt-4o")["decided_by"].string == "provider_models")
            #expect(try model("mapped")["decided_by"].string == "provider_model_map")
            #expect(try model("mapped")["targets"][0]["model"].string == "gpt-4o-mini")
            let dead = try model("dead")
            #expect(dead["callable"].bool == false && dead["error"].string?.contains("anthropic") == true)

            let patterns = try #require(answer.json["patterns"].list).map { row in
                [row["pattern"].string, row["provider"].string, row["source"].string]
            }
            #expect(patterns.first == ["my-*", "simulated", "routing.patterns"])
            #expect(patterns.contains(["gpt-*", "openai", "built_in"]))
            #expect(!patterns.contains { $0[1] == "anthropic" }, "which is switched off")
            #expect(answer.json["default_provider"].isNull && answer.json["only_provider"].isNull)
            #expect(!answer.text.contains("sk-a"))
        }
    }
}
