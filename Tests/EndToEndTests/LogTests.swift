import Foundation
import Testing

/// The log beside the lines of usual calls: what is left out, and what is said of other requests.
@Suite(.ownThread) struct LogTests {
    @Test func `lines of what went well are limited by the second, and no others`() throws {
        let configuration = """
            providers: { simulated: {} }
            log: { max_success_per_second: 3 }
            resilience: { retry: { max_attempts: 1 } }
            """
        try withGateway(configuration) { gateway throws in
            let start = ContinuousClock.now
            for number in 0..<60 {
                #expect(try gateway.chat(model: "simulated/echo").status == 200)
                if number % 3 == 0 { #expect(try gateway.chat(model: "simulated/error-500").status == 502) }
                if number % 5 == 0 { #expect(try gateway.ask("POST", "/v1/chat/completions", "{").status == 400) }
            }
            let seconds = (ContinuousClock.now - start).components.seconds + 2
            func lines(_ outcome: String) -> Int { gateway.logLines.count { $0["outcome"].string == outcome } }
            try eventually("the failures' lines") { lines("provider_error") == 20 && lines("client_error") == 12 }
            #expect(lines("ok") >= 3 && lines("ok") <= 3 * Int(seconds))
            #expect(try gateway.metrics().sum("llm_gateway_requests_total", ["outcome": "ok"]) == 60)
        }
    }

    @Test func `tags that a client sends are in its line, few and short`() throws {
        try withGateway("providers: { simulated: {} }") { gateway throws in
            let tags = "team=search, run=42,no-value," + (0..<20).map { "n\($0)=1" }.joined(separator: ",")
            _ = try gateway.chat(
                model: "simulated/echo", headers: ["x-request-id: tagged", "x-llm-gateway-tags: \(tags)"])
            _ = try gateway.chat(model: "simulated/echo", headers: ["x-request-id: bare"])
            let tagged = try gateway.logLine(of: "tagged")["tags"].list?.compactMap(\.string) ?? []
            #expect(tagged.prefix(3) == ["team=search", "run=42", "n0=1"] && tagged.count == 8)
            #expect(!(try gateway.logLine(of: "bare").keys.contains("tags")))
            #expect(!(try gateway.askMetricsPort("/metrics").text.contains("search")))
        }
    }

    @Test func `what operators ask and looks at stored answers have lines of their own, and count as no requests`()
        throws
    {
        let configuration = """
            providers: { simulated: {} }
            keys: [{ name: boss, key: sk-boss, admin: true }, { name: app, key: sk-app }]
            """
        try withGateway(configuration) { gateway throws in
            func line(_ id: String, _ message: String) throws -> JSON {
                try eventually("a line \(message) of \(id)") {
                    gateway.logLines.first { $0["msg"].string == message && $0["request_id"].string == id }
                }
            }
            func ask(_ method: String, _ path: String, key: String, id: String) throws -> Int {
                try gateway.ask(method, path, headers: ["authorization: Bearer \(key)", "x-request-id: \(id)"]).status
            }
            #expect(try ask("GET", "/admin/keys", key: "sk-boss", id: "list") == 200)
            #expect(try ask("DELETE", "/admin/keys/nobody", key: "sk-app", id: "denied") == 403)
            let list = try line("list", "admin")
            #expect(list["status"].int == 200 && list["outcome"].string == "ok" && list["key"].string == "boss")
            #expect(list["method"].string == "GET" && list["path"].string == "/admin/keys")
            #expect((list["duration_ms"].double ?? 0) > 0 && (list["bytes_out"].int ?? 0) > 0)
            let denied = try line("denied", "admin")
            #expect(denied["status"].int == 403 && denied["outcome"].string == "client_error")
            #expect(denied["key"].string == "app")

            let body = #"{"model":"simulated/echo","input":"Hello"}"#
            let key = ["authorization: Bearer sk-app"]
            let id = try gateway.ask("POST", "/v1/responses", body, headers: key).json["id"].string ?? ""
            #expect(try ask("GET", "/v1/responses/\(id)", key: "sk-app", id: "read") == 200)
            #expect(try ask("GET", "/v1/responses/resp_none", key: "sk-app", id: "none") == 404)
            #expect(try line("read", "stored_response")["status"].int == 200)
            let none = try line("none", "stored_response")
            #expect(none["status"].int == 404 && none["outcome"].string == "client_error")
            #expect(none["key"].string == "app" && none["attempts"].int == 0)

            let samples = try gateway.metrics()
            #expect(
                samples.sum("llm_gateway_requests_total") == 1 && samples.sum("llm_gateway_key_requests_total") == 1)
            #expect(gateway.logLines.count { $0["msg"].string == "request" } == 1)
        }
    }
}
