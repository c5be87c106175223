import Foundation
import Testing

/// Keys that are made, used, listed and revoked while the gateway runs.
@Suite(.ownThread) struct RunTimeKeysTests {
    private static let simulated = "providers: { simulated: {} }"

    private func bearer(_ key: String) -> [String] { ["authorization: Bearer \(key)"] }

    private func make(_ gateway: GatewayProcess, _ entry: String, by key: String? = nil) throws -> HTTPMessage {
        try gateway.ask("POST", "/admin/keys", entry, headers: key.map(bearer) ?? [])
    }

    /// Makes the first key of a gateway.
    private func makeRoot(_ gateway: GatewayProcess) throws -> String {
        let made = try make(gateway, #"{"name":"root","admin":true}"#)
        try #require(made.status == 201, "\(made.text)")
        return try #require(made.json["key"].string)
    }

    private func chat(_ gateway: GatewayProcess, _ key: String? = nil) throws -> Int {
        try gateway.chat(model: "echo", headers: key.map(bearer) ?? []).status
    }

    @Test func `the first key closes the gateway, and must be an administrator's`() throws {
        try withGateway(Self.simulated) { gateway throws in
            #expect(try chat(gateway) == 200)
            let refused = try make(gateway, #"{"name":"plain"}"#)
            #expect(refused.status == 400 && refused.json["error"]["param"].string == "admin")
            #expect(try chat(gateway) == 200)

            let made = try make(gateway, #"{"name":"root","admin":true,"models":["echo"]}"#)
            #expect(made.status == 201 && made["cache-control"] == "no-store")
            let key = try #require(made.json["key"].string)
            #expect(key.wholeMatch(of: /sk-gw-[A-Za-z0-9_-]{43,}/) != nil)
            #expect(made.json["name"].string == "root" && made.json["admin"].bool == true)
            #expect(made.json["models"][0].string == "echo")

            #expect(try chat(gateway) == 401)
            #expect(try chat(gateway, "sk-gw-guess") == 401)
            #expect(try chat(gateway, key) == 200)
            #expect(try gateway.ask("GET", "/admin/keys").status == 401)
            #expect(!gateway.program.standardOutput.contains(key))
            _ = try eventually("who made it, in the log") {
                gateway.logLines.first {
                    $0["msg"].string == "a key was made" && $0["key"].string == "root" && $0["by"].string == "loopback"
                }
            }
        }
    }

    @Test func `keys are made by an administrator, listed with what they used, and gone when revoked`() throws {
        try withGateway(Self.simulated) { gateway throws in
            let root = try makeRoot(gateway)
            let made = try make(
                gateway,
                #"{"name":"team b","requests_per_minute":600,"budget":{"usd":5,"period":"day"},"expires_at":"2099-01-31T18:00:00Z"}"#,
                by: root)
            #expect(made.status == 201 && made.json["requests_per_minute"].int == 600)
            #expect(made.json["budget"]["usd"].double == 5 && made.json["budget"]["period"].string == "day")
            #expect(made.json["expires_at"].string == "2099-01-31T18:00:00Z" && made.json["admin"].bool == false)
            let key = try #require(made.json["key"].string)
            for _ in 0..<3 { #expect(try chat(gateway, key) == 200) }

            let (list, entry) = try eventually("all three calls in the list") { () throws -> (HTTPMessage, JSON)? in
                let list = try gateway.ask("GET", "/admin/keys", headers: bearer(root))
                let entry = list.json["keys"].list?.first { $0["name"].string == "team b" }
                return entry.flatMap { $0["usage"]["requests"].int == 3 ? (list, $0) : nil }
            }
            #expect(list.status == 200 && !list.text.contains(key) && !list.text.contains(root))
            #expect(!list.text.contains("digest") && !list.text.contains("sha256"))
            // "Hello there", said back.
            #expect(entry["usage"]["input_tokens"].int == 6 && entry["usage"]["output_tokens"].int == 6)
            #expect(entry["usage"]["cost_usd"].double == 0 && entry["requests_per_minute"].int == 600)

            let plain = try gateway.ask("GET", "/admin/keys", headers: bearer(key))
            #expect(plain.status == 403 && plain.json["error"]["type"].string == "permission_error")
            #expect(try gateway.ask("DELETE", "/admin/keys/root", headers: bearer(key)).status == 403)

            #expect(try gateway.ask("DELETE", "/admin/keys/team%20b", headers: bearer(root)).status == 204)
            #expect(try chat(gateway, key) == 401)
            let again = try gateway.ask("DELETE", "/admin/keys/team%20b", headers: bearer(root))
            #expect(again.status == 404 && again.json["error"]["message"].string?.contains("team b") == true)
            _ = try eventually("who revoked it, in the log") {
                gateway.logLines.first { $0["msg"].string == "a key was revoked" && $0["by"].string == "root" }
            }
        }
    }

    @Test func `what can't be is refused by its name`() throws {
        let configuration = """
            \(Self.simulated)
            keys:
              - { name: ops, key: sk-operations-key, admin: true }
            """
        try withGateway(configuration) { gateway throws in
            let ops = "sk-operations-key"
            func refusal(_ entry: String) throws -> (Int, String?) {
                let answer = try make(gateway, entry, by: ops)
                return (answer.status, answer.json["error"]["param"].string)
            }
            #expect(try refusal(#"{"name":"a","requests_per_minut":5}"#) == (400, "requests_per_minut"))
            #expect(try refusal(#"{"name":"a","key":"sk-mine"}"#) == (400, "key"))
            #expect(try refusal(#"{"name":"a","expires_at":"tomorrow"}"#) == (400, "expires_at"))
            #expect(try refusal(#"{"name":"a","budget":{"usd":-1}}"#) == (400, "budget.usd"))
            #expect(try refusal("{}") == (400, "name"))
            #expect(try refusal("[1]").0 == 400 && refusal("nonsense").0 == 400)
            #expect(try refusal(#"{"name":"ops"}"#) == (409, "name"))
            #expect(try make(gateway, #"{"name":"a"}"#, by: ops).status == 201)
            #expect(try refusal(#"{"name":"a"}"#) == (409, "name"))
            #expect(try gateway.ask("DELETE", "/admin/keys/ops", headers: bearer(ops)).status == 404)
            #expect(try gateway.ask("PUT", "/admin/keys", "{}", headers: bearer(ops)).status == 405)
            let large = #"{"name":"\#(String(repeating: "x", count: 70_000))"}"#
            #expect(try make(gateway, large, by: ops).status == 413)
            #expect(try gateway.ask("GET", "/admin/nothing", headers: bearer(ops)).status == 404)

            let list = try gateway.ask("GET", "/admin/keys", headers: bearer(ops)).json["keys"]
            #expect(list.list?.map { $0["name"].string } == ["ops", "a"])
            #expect(list[0]["source"].string == "configuration" && list[1]["source"].string == "run_time")
        }
    }

    @Test func `while the gateway is open, pages of others get nowhere`() throws {
        try withGateway(Self.simulated) { gateway throws in
            func ask(_ headers: String...) throws -> HTTPMessage {
                let wire = try gateway.connect()
                defer { wire.close() }
                let body = #"{"name":"evil","admin":true}"#
                let lines = ["POST /admin/keys HTTP/1.1", "content-length: \(body.utf8.count)"] + headers
                try wire.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
                return try wire.takeAnswer()
            }
            let rebound = try ask("host: evil.example:\(gateway.port)")
            #expect(rebound.status == 403 && rebound.json["error"]["type"].string == "permission_error")
            #expect(try ask("host: localhost", "origin: http://evil.example").status == 403)
            #expect(try ask("host: localhost", "origin: null").status == 403)
            let forwarded = try ask(
                "host: evil.example", "x-forwarded-for: 127.0.0.1", "x-forwarded-host: localhost", "x-real-ip: ::1")
            #expect(forwarded.status == 403)
            #expect(try chat(gateway) == 200, "no key was made")
            #expect(try ask("host: localhost", "origin: http://localhost").status == 201)
        }
    }

    @Test func `a key's time ends`() throws {
        try withGateway(Self.simulated) { gateway throws in
            let root = try makeRoot(gateway)
            let end = Date(timeIntervalSince1970: (Date().timeIntervalSince1970 + 3).rounded(.up))
            let made = try make(gateway, #"{"name":"short","expires_at":"\#(end.ISO8601Format())"}"#, by: root)
            let key = try #require(made.json["key"].string)
            #expect(try chat(gateway, key) == 200)
            try eventually("its end", within: .seconds(10)) { try chat(gateway, key) == 401 }
            #expect(Date() >= end)
            #expect(try chat(gateway, root) == 200)
        }
    }

    @Test(.undisturbed)
    func `processes that share a store know each other's keys within a second, also after a restart`() throws {
        let folder = try ScratchFolder()
        let store = ["LLM_GATEWAY_STORE_PATH": "\(folder.path)/shared/store.sqlite"]
        let one = try GatewayProcess(Self.simulated, environment: store)
        defer { one.program.signal(SIGKILL) }
        let other = try GatewayProcess(Self.simulated, environment: store)
        defer { other.program.signal(SIGKILL) }

        let root = try makeRoot(one)
        let made = ContinuousClock.now
        try eventually("the other process asks for a key", within: .seconds(10)) { try chat(other) == 401 }
        #expect(.now - made < .seconds(2), "half a second, on a machine at rest")
        #expect(try chat(other, root) == 200)
        let key = try #require(try make(other, #"{"name":"b"}"#, by: root).json["key"].string)
        try eventually("the first process knows the second one's key") { try chat(one, key) == 200 }
        #expect(try one.ask("DELETE", "/admin/keys/b", headers: bearer(root)).status == 204)
        try eventually("the second process has forgotten its own key") { try chat(other, key) == 401 }

        one.program.signal(SIGKILL)
        try withGateway(Self.simulated, environment: store) { later throws in
            #expect(try chat(later) == 401 && chat(later, root) == 200)
        }
    }

    @Test func `a store that can't be read keeps the gateway from opening itself to everyone`() throws {
        let folder = try ScratchFolder()
        let garbage = Data("SQLite format 3\0".utf8) + Data(repeating: 0x5a, count: 8000)
        try garbage.write(to: URL(fileURLWithPath: "\(folder.path)/store.sqlite"))
        let store = ["LLM_GATEWAY_STORE_PATH": "\(folder.path)/store.sqlite"]
        try withGateway(Self.simulated, environment: store) { gateway throws in
            #expect(try chat(gateway) == 401 && gateway.ask("GET", "/admin/keys").status == 401)
            _ = try eventually("a word in the log") {
                gateway.logLines.first {
                    $0["level"].string == "error"
                        && $0["msg"].string?.contains("keys made at run time can't be read") == true
                }
            }
        }
        let keys = "keys: [{ name: a, key: sk-a }]\n\(Self.simulated)"
        try withGateway(keys, environment: store) { gateway throws in
            #expect(try chat(gateway) == 401 && chat(gateway, "sk-a") == 200)
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/store.sqlite")) == garbage)
    }
}
