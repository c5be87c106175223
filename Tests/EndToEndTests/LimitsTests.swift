import Foundation
import Synchronization
import Testing

/// How much of what callers may have.
@Suite(.ownThread) struct LimitsTests {
    private static let key = ["authorization: Bearer sk-a"]

    private func simulated(_ more: String, _ body: (GatewayProcess) throws -> Void) throws {
        try withGateway("providers: { simulated: {} }\n\(more)", body)
    }

    private func limited(_ gateway: GatewayProcess, _ key: String, by limit: String) throws -> Double {
        try gateway.metrics().sum("llm_gateway_rate_limited_total", ["key": key, "limit": limit])
    }

    // MARK: Requests

    @Test(.undisturbed) func `beyond the burst a key is told how long to wait, in every format`() throws {
        try simulated("keys: [{ name: a, key: sk-a, requests_per_minute: 2, burst: 3 }, { name: b, key: sk-b }]") {
            gateway throws in
            for left in [2, 1, 0] {
                let answer = try gateway.chat(headers: Self.key)
                #expect(answer.status == 200)
                #expect(answer["x-ratelimit-limit-requests"] == "2")
                #expect(answer["x-ratelimit-remaining-requests"] == "\(left)")
                #expect(answer["x-ratelimit-limit-tokens"] == nil)
                #expect(answer["retry-after"] == nil)
            }
            let refused = try gateway.chat(headers: Self.key)
            #expect(refused.status == 429)
            #expect(refused.json["error"]["type"].string == "rate_limit_error")
            #expect(refused.json["error"]["code"].string == "rate_limit_exceeded")
            let wait = try #require(refused["retry-after"].flatMap { Int($0) })
            #expect((28...30).contains(wait))
            #expect(refused["x-ratelimit-remaining-requests"] == "0")
            #expect(refused["x-ratelimit-reset-requests"]?.hasPrefix("1m2") == true)
            let line = try gateway.logLine(of: refused["x-request-id"] ?? "")
            #expect(line["outcome"].string == "rejected" && line["key"].string == "a" && line["attempts"].int == 0)

            let body = #"{"model":"echo","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}"#
            let anthropic = try gateway.ask("POST", "/v1/messages", body, headers: Self.key)
            #expect(anthropic.status == 429 && anthropic.json["error"]["type"].string == "rate_limit_error")
            #expect(anthropic["anthropic-ratelimit-requests-limit"] == "2")
            #expect(anthropic["anthropic-ratelimit-requests-remaining"] == "0")
            let reset = anthropic["anthropic-ratelimit-requests-reset"] ?? ""
            let date = try #require(ISO8601DateFormatter().date(from: reset), "\(reset)")
            #expect((80...92).contains(date.timeIntervalSinceNow))
            #expect(anthropic["x-ratelimit-limit-requests"] == nil)
            let gemini = try gateway.ask(
                "POST", "/v1beta/models/echo:generateContent", #"{"contents":[{"parts":[{"text":"Hi"}]}]}"#,
                headers: Self.key)
            #expect(gemini.status == 429 && gemini.json["error"]["status"].string == "RESOURCE_EXHAUSTED")

            // It is refused before its body is read; others are not concerned; lists are no calls.
            #expect(try gateway.ask("POST", "/api/chat", "no JSON", headers: Self.key).status == 429)
            let other = try gateway.chat(headers: ["authorization: Bearer sk-b"])
            #expect(other.status == 200 && other["x-ratelimit-limit-requests"] == nil)
            #expect(try gateway.ask("GET", "/v1/models", headers: Self.key).status == 200)
            #expect(try limited(gateway, "a", by: "requests") == 4)
            let metrics = try gateway.metrics()
            for limit in ["requests", "tokens", "ip", "budget", "concurrency"] {
                for key in ["a", "b", "none"] {
                    #expect(metrics.has("llm_gateway_rate_limited_total", ["key": key, "limit": limit]))
                }
            }
            func requests(_ outcome: String) -> Double {
                metrics.sum("llm_gateway_key_requests_total", ["key": "a", "outcome": outcome])
            }
            #expect(requests("ok") == 3 && requests("rejected") == 4)
            #expect(metrics.sum("llm_gateway_requests_total", ["outcome": "rejected"]) == 4)
        }
    }

    @Test func `callers without a key share the limits of nobody in particular`() throws {
        try simulated("limits: { requests_per_minute: 1, burst: 2 }") { gateway throws in
            let statuses = try (0..<3).map { _ in try gateway.chat().status }
            #expect(statuses == [200, 200, 429])
            #expect(try limited(gateway, "none", by: "requests") == 1)
        }
    }

    @Test func `an address has its own limit, as far as proxies are believed`() throws {
        let limits = "limits: { per_ip_requests_per_minute: 1, burst: 1 }\nkeys: [{ name: a, key: sk-a }]"
        try simulated(limits + "\nserver: { trusted_proxies: [127.0.0.1] }") { gateway throws in
            func status(_ client: String, _ more: String...) throws -> Int {
                try gateway.chat(headers: Self.key + ["x-forwarded-for: \(client)"] + more).status
            }
            #expect(try status("203.0.113.1") == 200 && status("203.0.113.1") == 429)
            #expect(try status("203.0.113.2") == 200)
            // Half of an IPv6 address is its network.
            #expect(try status("2001:db8::1") == 200 && status("2001:db8::2") == 429 && status("2001:db8:1::1") == 200)
            // What the client says itself counts for nothing, on a line of its own or not.
            #expect(try status("203.0.113.9, 203.0.113.1") == 429)
            #expect(try status("203.0.113.9", "x-forwarded-for: 203.0.113.1") == 429)
            #expect(try limited(gateway, "a", by: "ip") == 4)
        }
        try withGateway("providers: { simulated: {} }", environment: ["GATEWAY_RATE_LIMIT_MAX": "2"]) {
            gateway throws in
            let answers = try ["203.0.113.1", "203.0.113.2", "203.0.113.3"].map {
                try gateway.chat(headers: ["x-forwarded-for: \($0)"])
            }
            #expect(answers.map(\.status) == [200, 200, 429], "nobody is believed")
            #expect(answers[0]["x-ratelimit-limit-requests"] == "2" && answers[2]["retry-after"] == "30")
        }
    }

    @Test func `a refusal by the key costs the address nothing`() throws {
        let limits = """
            limits: { per_ip_requests_per_minute: 1, burst: 2 }
            keys: [{ name: a, key: sk-a, requests_per_minute: 1, burst: 1 }, { name: b, key: sk-b }]
            """
        try simulated(limits) { gateway throws in
            #expect(try gateway.chat(headers: Self.key).status == 200)
            for _ in 0..<3 { #expect(try gateway.chat(headers: Self.key).status == 429) }
            #expect(try gateway.chat(headers: ["api-key: sk-b"]).status == 200)
            #expect(try gateway.chat(headers: ["api-key: sk-b"]).status == 429)
            #expect(try limited(gateway, "a", by: "requests") == 3)
            #expect(try limited(gateway, "b", by: "ip") == 1)
        }
    }

    // MARK: Tokens

    @Test func `tokens are taken by estimate, and settled with what was used`() throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion())
        let keys = "keys: [{ name: a, key: sk-a, tokens_per_minute: 1200 }]"
        try withGateway(before: upstream, also: keys) { gateway throws in
            // 1,024 of the answer are taken, 11 are used in all: then there is room for the next.
            for number in 1...5 {
                let answer = try gateway.chat(headers: Self.key)
                #expect(answer.status == 200, "call \(number)")
                #expect(answer["x-ratelimit-limit-tokens"] == "1200")
                #expect((100...180).contains(Int(answer["x-ratelimit-remaining-tokens"] ?? "") ?? 0))
                #expect(answer["x-ratelimit-limit-requests"] == nil)
            }
            #expect(try gateway.metrics().sum("llm_gateway_key_tokens_total", ["key": "a"]) == 55)
            let answer = try gateway.chat(more: #", "max_tokens": 10"#, headers: Self.key)
            #expect((1100...1190).contains(Int(answer["x-ratelimit-remaining-tokens"] ?? "") ?? 0))
        }
    }

    @Test func `who has used up the tokens waits for them`() throws {
        let upstream = try ScriptedUpstream(
            answering: Wording.completion().replacingOccurrences(
                of: #""completion_tokens":2"#, with: #""completion_tokens":5000"#))
        let keys = "keys: [{ name: a, key: sk-a, tokens_per_minute: 1000 }]"
        try withGateway(before: upstream, also: keys) { gateway throws in
            #expect(try gateway.chat(more: #", "max_tokens": 10"#, headers: Self.key).status == 200)
            let refused = try gateway.chat(more: #", "max_tokens": 10"#, headers: Self.key)
            #expect(refused.status == 429 && refused.json["error"]["code"].string == "rate_limit_exceeded")
            // 4,009 tokens of debt, and what the call needs, at 1,000 a minute.
            #expect((235...250).contains(refused["retry-after"].flatMap { Int($0) } ?? 0))
            #expect(refused["x-ratelimit-remaining-tokens"] == "0")
            #expect(try limited(gateway, "a", by: "tokens") == 1)
            #expect(upstream.calls.count == 1)
        }
    }

    // MARK: Money

    /// Every token of output costs a dollar; the first call uses 95 of them, all others two.
    private static let dollars = "model_info: { m: { usd_per_million: { input: 0, output: 1000000 } } }\n"

    private static func expensive(_ hold: @escaping @Sendable (Int) throws -> Void = { _ in }) throws
        -> ScriptedUpstream
    {
        try ScriptedUpstream { call in
            try hold(call.number)
            let used = call.number == 1 ? #""completion_tokens":95"# : #""completion_tokens":2"#
            try call.answer(
                Wording.completion().replacingOccurrences(of: #""completion_tokens":2"#, with: used))
        }
    }

    @Test(arguments: [("day", 429, true), ("total", 402, false)])
    func `a spent budget refuses what costs something, and says when it is renewed`(
        period: String, status: Int, isRenewed: Bool
    ) throws {
        let keys = """
            keys: [{ name: a, key: sk-a, budget: { usd: 95, period: \(period) } }]
            limits: { budget_status: \(status) }
            """
        try withGateway(before: try Self.expensive(), also: Self.dollars + keys) { gateway throws in
            let more = #", "max_tokens": 2"#
            #expect(try gateway.chat(more: more, headers: Self.key).status == 200)
            let refused = try gateway.chat(more: more, headers: Self.key)
            #expect(refused.status == status)
            #expect(refused.json["error"]["type"].string == "insufficient_quota")
            #expect(refused.json["error"]["code"].string == "budget_exceeded")
            #expect(
                refused["retry-after"].flatMap { Int($0) }.map { (1...86_400).contains($0) } == (isRenewed ? true : nil)
            )
            let body = #"{"model":"m","max_tokens":2,"messages":[{"role":"user","content":"Hi"}]}"#
            let anthropic = try gateway.ask("POST", "/v1/messages", body, headers: Self.key)
            #expect(anthropic.status == status && anthropic.json["error"]["type"].string == "rate_limit_error")
            // What has no known price is let through.
            #expect(try gateway.chat(model: "unpriced", more: more, headers: Self.key).status == 200)
            #expect(try limited(gateway, "a", by: "budget") == 2)
            #expect(try gateway.metrics().sum("llm_gateway_key_cost_usd_total", ["key": "a"]) == 95)
        }
    }

    @Test func `two hundred calls at once at 95 percent of a budget overspend by one reservation at most`() throws {
        let goOn = Atomic(false)
        let upstream = try Self.expensive { number in
            guard number > 1 else { return }
            try eventually("the word to go on", within: .seconds(30)) { goOn.load(ordering: .relaxed) }
        }
        let keys = "keys: [{ name: a, key: sk-a, budget: { usd: 100, period: total } }]"
        try withGateway(before: upstream, also: Self.dollars + keys) { gateway throws in
            let more = #", "max_tokens": 2"#
            #expect(try gateway.chat(more: more, headers: Self.key).status == 200)
            let wires = try (0..<200).map { _ in try gateway.connect() }
            defer { for wire in wires { wire.close() } }
            for wire in wires {
                try wire.send(request("POST", "/v1/chat/completions", chatBody(more: more), headers: Self.key))
            }
            // All but those that are let through are refused at once; 95, 97 and 99 dollars are less than 100.
            try eventually("the refusals", within: .seconds(20)) { try limited(gateway, "a", by: "budget") == 197 }
            goOn.store(true, ordering: .relaxed)
            let statuses = try wires.map { try $0.takeAnswer(within: .seconds(20)).status }
            #expect(statuses.filter { $0 == 200 }.count == 3 && statuses.filter { $0 == 429 }.count == 197)
            let spent = try gateway.metrics().sum("llm_gateway_key_cost_usd_total", ["key": "a"])
            #expect(spent == 101, "at most one reservation of two dollars beyond the budget")
        }
    }

    // MARK: Calls at once

    @Test func `a thousand clients that vanish leave nothing behind`() throws {
        let keys = "keys: [{ name: a, key: sk-a, max_in_flight: 400, requests_per_minute: 1000000, burst: 100000 }]"
        try simulated(keys) { gateway throws in
            func wave() throws -> [Wire] {
                // Some more than there are places: who asks below whether all are taken may have one for a moment.
                let wires = try (0..<440).map { _ in try gateway.connect() }
                for (index, wire) in wires.enumerated() {
                    // Some are left in the middle of their bodies, the others while they wait for an answer.
                    let whole = request(
                        "POST", "/v1/chat/completions", chatBody(model: "simulated/error-timeout"), headers: Self.key)
                    try wire.send(index % 5 == 0 ? String(whole.dropLast(9)) : whole)
                }
                try eventually("all places to be taken", within: .seconds(20)) {
                    let answer = try gateway.chat(headers: Self.key)
                    return answer.status == 429 && answer["retry-after"] == "1"
                }
                return wires
            }
            func vanish(_ wires: [Wire]) throws {
                for wire in wires { wire.reset() }
                // The next ones come when all are gone: else places that are still held would refuse them.
                try eventually("the end of all calls", within: .seconds(30)) {
                    try gateway.metrics().sum("llm_gateway_requests_in_flight") == 0
                }
            }
            for _ in 0..<2 { try vanish(wave()) }
            // Not one place is missing.
            let third = try wave()
            let refused = try limited(gateway, "a", by: "concurrency")
            #expect(refused >= 3)
            try vanish(third)
            #expect(try gateway.chat(headers: Self.key).status == 200)
            let counted = try gateway.metrics().sum(
                "llm_gateway_key_requests_total", ["key": "a", "outcome": "client_cancelled"])
            // A client beyond the places may get in between two that leave.
            #expect((1200...1320).contains(counted), "\(counted)")
        }
    }

    @Test func `however a call ends, it leaves its place to the next one`() throws {
        let file = """
            keys: [{ name: a, key: sk-a, max_in_flight: 1, models: ["m", "error-*", "echo", "nobody"] }]
            server: { max_body_bytes: 2000 }
            resilience: { retry: { max_attempts: 1 }, timeouts: { first_byte: 300ms, total: 1s } }
            """
        try simulated(file) { gateway throws in
            let chats: [(body: String, status: Int)] = [
                (chatBody(), 200), (chatBody(more: #", "stream": true"#), 200), ("no JSON", 400),
                (chatBody(model: ""), 400),
                (chatBody(model: "lorem"), 403), (chatBody(more: #", "tools": 5"#), 400),
                (chatBody(model: "simulated/error-429"), 429), (chatBody(model: "simulated/error-500"), 502),
                (chatBody(model: "simulated/error-reset"), 502), (chatBody(model: "simulated/error-timeout"), 504),
                (chatBody(model: "simulated/error-midstream", more: #", "stream": true"#), 200),
                (chatBody(String(repeating: "long ", count: 500)), 413),
            ]
            for (body, status) in chats {
                let answer = try gateway.ask("POST", "/v1/chat/completions", body, headers: Self.key)
                #expect(answer.status == status, "\(body.prefix(90)): \(answer.text.prefix(200))")
                _ = try gateway.logLine(of: answer["x-request-id"] ?? "")
            }
            #expect(try limited(gateway, "a", by: "concurrency") == 0)
            #expect(try gateway.chat(headers: Self.key).status == 200)
        }
    }

    @Test func `a reload under load gives nobody a new bucket`() throws {
        func file(_ level: String) -> String {
            """
            providers: { simulated: {} }
            keys: [{ name: a, key: sk-a, requests_per_minute: 1, burst: 20 }]
            log: { level: \(level) }
            """
        }
        try withGateway(file("info")) { gateway throws in
            let isOver = Atomic(false)
            let admitted = Notes<Int>()
            let threads = (0..<4).map { _ in
                Thread {
                    while !isOver.load(ordering: .relaxed) {
                        guard let status = try? gateway.chat(headers: Self.key).status else { continue }
                        if status == 200 { admitted.add(status) }
                        usleep(2000)  // a steady load, which leaves room for the reloads
                    }
                }
            }
            for thread in threads { thread.start() }
            for round in 1...6 {
                try gateway.folder.write(file(round.isMultiple(of: 2) ? "info" : "warning"), to: "config.yaml")
                gateway.program.signal(SIGHUP)
                try eventually("reload \(round)", within: .seconds(10)) {
                    try gateway.metrics().sum("llm_gateway_config_reloads_total", ["result": "success"])
                        >= Double(round)
                }
            }
            isOver.store(true, ordering: .relaxed)
            try eventually("the threads' end", within: .seconds(10)) { threads.allSatisfy(\.isFinished) }
            #expect((20...21).contains(admitted.all.count), "\(admitted.all.count)")
        }
    }

    // MARK: The official SDKs

    @Test(arguments: ["openai_client.py", "anthropic_client.py"])
    func `the official SDKs wait for as long as they are told, and then get their answer`(script: String) throws {
        let keys = "keys: [{ name: a, key: sk-client-key-that-stays-here, requests_per_minute: 30, burst: 1 }]"
        try simulated(keys) { gateway throws in
            let base = "http://127.0.0.1:\(gateway.port)" + (script == "openai_client.py" ? "/v1" : "")
            let told = try PythonScript.run(script, [base, "limited"])
            #expect(told["first"].string == "one two three" && told["second"].string == "one two three")
            #expect((1.5...6).contains(told["waited"].double ?? 0))
            #expect(told["refused"]["class"].string == "RateLimitError")
            #expect(told["refused"]["retry_after"].string == "2")
            #expect(told["remaining"].string == "0" && told["limit"].string == "30")
            #expect(try limited(gateway, "a", by: "requests") == 2)
        }
    }
}
