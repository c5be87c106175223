import Synchronization
import Testing

/// Clients that err, attack or dawdle: each gets a right answer or none, and nobody else notices.
@Suite(.ownThread) struct HostileClientTests {
    private static let simulated = "providers: { simulated: {} }\n"
    private static let impatient =
        simulated + "server: { header_timeout: 600ms, body_timeout: 600ms, keep_alive_timeout: 600ms }"

    private func expectError(
        _ answer: HTTPMessage, _ status: Int, _ code: String, type: String = "invalid_request_error",
        _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let comment = Comment(rawValue: what)
        #expect(answer.status == status, comment, sourceLocation: sourceLocation)
        #expect(answer["content-type"]?.hasPrefix("application/json") == true, comment, sourceLocation: sourceLocation)
        #expect(answer["x-request-id"]?.isEmpty == false, comment, sourceLocation: sourceLocation)
        #expect(answer["x-content-type-options"] == "nosniff", comment, sourceLocation: sourceLocation)
        let error = answer.json["error"]
        #expect(error.keys == ["message", "type", "param", "code"], comment, sourceLocation: sourceLocation)
        #expect(error["message"].string?.isEmpty == false, comment, sourceLocation: sourceLocation)
        #expect(error["type"].string == type, comment, sourceLocation: sourceLocation)
        #expect(error["code"].string == code, comment, sourceLocation: sourceLocation)
    }

    // MARK: Too slow

    @Test func `a head that dribbles is given up`() throws {
        try withGateway(Self.impatient) { gateway throws in
            let wire = try gateway.connect()
            for byte in Array("GET /health HTTP/1.1\r\nhost: a-very-slow-client\r\n".utf8) {
                guard (try? wire.send([byte])) != nil, wire.timeUntilReadable(within: .milliseconds(60)) == nil else {
                    break
                }
            }
            let answer = try wire.takeAnswer()
            expectError(answer, 408, "request_timeout")
            #expect(answer.closes)
            #expect(wire.timeUntilClosed(within: .seconds(2)) != nil)
        }
    }

    @Test func `a body that stops coming is given up`() throws {
        try withGateway(Self.impatient) { gateway throws in
            let wire = try gateway.connect()
            try wire.send("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\n\r\n{\"model\":")
            let answer = try wire.takeAnswer()
            expectError(answer, 408, "request_timeout")
            #expect(wire.timeUntilClosed(within: .seconds(2)) != nil)
        }
    }

    @Test func `a body that comes slowly but steadily is served`() throws {
        try withGateway(Self.impatient) { gateway throws in
            let wire = try gateway.connect()
            let body = Array(chatBody("slow", model: "simulated/echo").utf8)
            try wire.send("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: \(body.count)\r\n\r\n")
            for start in stride(from: 0, to: body.count, by: 8) {
                try wire.send(Array(body[start..<min(start + 8, body.count)]))
                _ = wire.timeUntilReadable(within: .milliseconds(150))
            }
            #expect(try wire.takeAnswer().status == 200)
        }
    }

    @Test func `an idle connection is closed without a word`() throws {
        try withGateway(Self.impatient) { gateway throws in
            let wire = try gateway.connect()
            try wire.send(request("GET", "/health"))
            #expect(try wire.takeAnswer().status == 200)
            let silence = try wire.takeAll(within: .seconds(3))
            #expect(silence.isEmpty)
            let unused = try gateway.connect()
            #expect(unused.timeUntilClosed(within: .seconds(3)) != nil)
        }
    }

    // MARK: Too much

    @Test func `a body over the limit is refused, announced or not`() throws {
        try withGateway(Self.simulated) { gateway throws in
            let announced = try gateway.connect()
            try announced.send(
                "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: \(33 << 20)\r\n\r\n{\"model\":\"m\"")
            let refused = try announced.takeAnswer()
            expectError(refused, 413, "request_too_large", "announced")
            #expect(refused.closes)

            let chunked = try gateway.connect()
            try chunked.send("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
            let chunk = Array("100000\r\n".utf8) + [UInt8](repeating: 32, count: 1 << 20) + Array("\r\n".utf8)
            for _ in 0..<33 { guard (try? chunked.send(chunk)) != nil else { break } }
            expectError(try chunked.takeAnswer(), 413, "request_too_large", "chunked")
        }
    }

    @Test func `a body of exactly the limit is served, one byte more is not`() throws {
        try withGateway(Self.simulated + "server: { max_body_bytes: 1KiB }") { gateway throws in
            let body = chatBody(model: "simulated/echo")
            let padded = body + String(repeating: " ", count: 1024 - body.utf8.count)
            #expect(try gateway.ask("POST", "/v1/chat/completions", padded).status == 200)
            expectError(try gateway.ask("POST", "/v1/chat/completions", padded + " "), 413, "request_too_large")
        }
    }

    @Test func `a head over 32 KiB is refused`() throws {
        try withGateway(Self.simulated) { gateway throws in
            let long = "x: " + String(repeating: "a", count: 33 << 10)
            let answer = try gateway.ask("GET", "/v1/models", headers: [long])
            expectError(answer, 431, "headers_too_large")
            #expect(answer.closes)
            let many = (0..<4000).map { "x-\($0): 1" }
            #expect(try gateway.ask("GET", "/v1/models", headers: many).status == 431)
        }
    }

    @Test func `connections beyond the limit wait until others have gone`() throws {
        try withGateway(Self.simulated + "server: { max_connections: 4 }") { gateway throws in
            let first = try (0..<4).map { _ in try gateway.connect() }
            for wire in first {
                try wire.send(request("GET", "/health"))
                _ = try wire.takeAnswer()
            }
            let late = try gateway.connect()
            try late.send(request("GET", "/health"))
            #expect(late.timeUntilReadable(within: .milliseconds(400)) == nil)
            first.forEach { $0.close() }
            #expect(try late.takeAnswer().status == 200)
        }
    }

    @Test func `when open files are few, as many are served as there are files for, and the program lives`() throws {
        let goOn = Atomic(false)
        let upstream = try ScriptedUpstream { call in
            try eventually("the word to go on", within: .seconds(30)) { goOn.load(ordering: .relaxed) }
            try call.answer(Wording.completion())
        }
        // Of 200 files 64 are for other things, 25 for the metrics port; 74 of the rest for clients, 37 for upstreams.
        try withGateway(before: upstream, openFiles: 200) { gateway throws in
            let warning = try eventually("a warning") { gateway.logLines.first { $0["connections"].string == "74" } }
            #expect(warning["level"].string == "warning" && warning["open_files"].string == "200")
            let inside = try (0..<74).map { _ in try gateway.connect() }
            for wire in inside {
                try wire.send(request("GET", "/health"))
                #expect(try wire.takeAnswer().status == 200)
            }
            let outside = try (0..<20).map { _ in try gateway.connect() }
            for wire in outside { try wire.send(request("GET", "/health")) }
            for wire in inside { try wire.send(request("POST", "/v1/chat/completions", chatBody())) }
            try eventually("the refusals", within: .seconds(20)) {
                // A connection to the upstream may be a probe's.
                try gateway.metrics().sum("llm_gateway_requests_total", ["outcome": "rejected"]) >= 37
            }
            #expect(try gateway.askMetricsPort("/ready").status == 200)
            #expect(outside.allSatisfy { $0.timeUntilReadable(within: .milliseconds(20)) == nil })
            goOn.store(true, ordering: .relaxed)
            let answers = try inside.map { try $0.takeAnswer(within: .seconds(20)) }
            #expect((35...37).contains(answers.filter { $0.status == 200 }.count))
            for refused in answers where refused.status != 200 {
                expectError(refused, 503, "gateway_overloaded", type: "overloaded_error")
            }
            for wire in inside { wire.close() }
            for wire in outside { #expect(try wire.takeAnswer().status == 200) }
        }
    }

    // MARK: Nonsense

    @Test func `a body that is no proper JSON is refused, and why is said`() throws {
        let nested = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
        let cases: [(String, [UInt8], String, String?)] = [
            ("empty", [], "invalid_json", nil),
            ("no JSON", Array("hello".utf8), "invalid_json", nil),
            ("cut off", Array(#"{"model":"m","messages":["#.utf8), "invalid_json", nil),
            ("more after the end", Array((chatBody() + "x").utf8), "invalid_json", nil),
            ("200 levels deep", Array(#"{"model":"m","messages":[],"x":\#(nested)}"#.utf8), "invalid_json", nil),
            (
                "invalid UTF-8", Array(#"{"model":"m","messages":[],"x":""#.utf8) + [0xff, 0xc0] + Array("\"}".utf8),
                "invalid_json", nil
            ),
            (
                "a raw control character", Array("{\"model\":\"m\",\"messages\":[],\"x\":\"\u{1}\"}".utf8),
                "invalid_json", nil
            ),
            ("a list", Array("[]".utf8), "invalid_value", nil),
            ("no model", Array(#"{"messages":[{"role":"user","content":"x"}]}"#.utf8), "missing_field", "model"),
            ("no messages", Array(#"{"model":"simulated/echo"}"#.utf8), "missing_field", "messages"),
            (
                "a number for a model", Array(#"{"model":7,"messages":[{"role":"user","content":"x"}]}"#.utf8),
                "invalid_value", "model"
            ),
            (
                "an empty model", Array(#"{"model":"","messages":[{"role":"user","content":"x"}]}"#.utf8),
                "invalid_value", "model"
            ),
            (
                "two models", Array(#"{"model":"a","model":"b","messages":[{"role":"user","content":"x"}]}"#.utf8),
                "invalid_value", "model"
            ),
            (
                "a word for stream", Array(chatBody(model: "simulated/echo", more: #","stream":"yes""#).utf8),
                "invalid_value", "stream"
            ),
        ]
        try withGateway(Self.simulated) { gateway throws in
            let wire = try gateway.connect()
            for (name, body, code, param) in cases {
                let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: \(body.count)\r\n\r\n"
                try wire.send(Array(head.utf8) + body)
                let answer = try wire.takeAnswer()
                expectError(answer, 400, code, name)
                #expect(answer.json["error"]["param"].string == param, "\(name)")
                #expect(!answer.closes, "\(name): the framing was right, the connection goes on")
            }
        }
    }

    @Test func `an unknown path is not found, a wrong method is not allowed`() throws {
        try withGateway(Self.simulated) { gateway throws in
            for path in [
                "/nope", "/v1", "/v1/", "/v1/chat", "/v1/chat/completions/x", "/%2e%2e/etc", "/unknown/v1/models",
            ] {
                expectError(try gateway.ask("GET", path), 404, "resource_not_found", path)
            }
            expectError(try gateway.ask("GET", "/metrics"), 404, "resource_not_found")

            let chat = try gateway.ask("GET", "/v1/chat/completions")
            expectError(chat, 405, "method_not_allowed")
            #expect(chat["allow"] == "POST")
            let models = try gateway.ask("POST", "/v1/models", "{}")
            expectError(models, 405, "method_not_allowed")
            #expect(models["allow"]?.contains("GET") == true)
            #expect(try gateway.ask("BREW", "/v1/models").status == 405)
        }
    }

    // MARK: Unusual, and right

    @Test func `pipelined requests are answered in their order`() throws {
        try withGateway(Self.simulated) { gateway throws in
            let wire = try gateway.connect()
            let models = ["simulated/echo?first_token=300ms", "simulated/echo", "simulated/echo?first_token=50ms"]
            let all = models.enumerated().map { index, model in
                request(
                    "POST", "/v1/chat/completions", chatBody("text \(index)", model: model),
                    headers: ["x-request-id: id-\(index)"])
            }
            try wire.send(all.joined() + request("GET", "/health"))
            for index in models.indices {
                let answer = try wire.takeAnswer()
                #expect(answer["x-request-id"] == "id-\(index)")
                #expect(answer.json["choices"][0]["message"]["content"].string == "text \(index)")
            }
            #expect(try wire.takeAnswer().json["status"].string == "ok")
        }
    }

    @Test func `a request behind a stream is answered after it`() throws {
        try withGateway(Self.simulated) { gateway throws in
            let wire = try gateway.connect()
            let body = chatBody("a b c", model: "simulated/echo?tokens_per_second=20", more: #","stream":true"#)
            try wire.send(request("POST", "/v1/chat/completions", body) + request("GET", "/health"))
            #expect(try wire.takeAnswer().text.hasSuffix("data: [DONE]\n\n"))
            #expect(try wire.takeAnswer().json["status"].string == "ok")
        }
    }

    @Test func `a client that asks first is told to go on`() throws {
        try withGateway(Self.simulated) { gateway throws in
            let wire = try gateway.connect()
            let body = chatBody(model: "simulated/echo")
            try wire.send(
                "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n"
                    + "content-length: \(body.utf8.count)\r\n\r\n")
            #expect(try wire.takeHead().status == 100)
            try wire.send(body)
            #expect(try wire.takeAnswer().status == 200)

            try wire.send(
                "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 99999999\r\n\r\n"
            )
            #expect(try wire.takeAnswer().status == 413, "instead of being told to go on")
        }
    }

    @Test func `HEAD is GET without a body`() throws {
        try withGateway(Self.simulated) { gateway throws in
            let wire = try gateway.connect()
            for path in ["/health", "/v1/models"] {
                try wire.send(request("HEAD", path))
                let head = try wire.takeAnswer(toHead: true)
                #expect(head.status == 200)
                #expect((head["content-length"].flatMap { Int($0) } ?? 0) > 0)
            }
            try wire.send(request("GET", "/health"))
            #expect(try wire.takeAnswer().json["status"].string == "ok")
        }
    }

    @Test func `HTTP 1.0 is served, and its connection closed unless it asks otherwise`() throws {
        try withGateway(Self.simulated) { gateway throws in
            let once = try gateway.connect()
            try once.send("GET /health HTTP/1.0\r\n\r\n")
            #expect(try once.takeAnswer().json["status"].string == "ok")
            #expect(once.timeUntilClosed(within: .seconds(2)) != nil)

            let kept = try gateway.connect()
            for _ in 0..<2 {
                try kept.send("GET /health HTTP/1.0\r\nconnection: keep-alive\r\n\r\n")
                #expect(try kept.takeAnswer().status == 200)
            }
        }
    }

    @Test func `a chunked request with extensions and trailers is read as it is meant`() throws {
        try withGateway(Self.simulated) { gateway throws in
            let wire = try gateway.connect()
            let body = chatBody("chunks", model: "simulated/echo")
            var text = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: Chunked\r\n\r\n"
            for byte in body.utf8.prefix(40) { text += "1;a=b\r\n\(Character(UnicodeScalar(byte)))\r\n" }
            let rest = String(decoding: body.utf8.dropFirst(40), as: UTF8.self)
            text += "00\(String(rest.utf8.count, radix: 16).uppercased())\r\n\(rest)\r\n0\r\nx-trailer: 1\r\n\r\n"
            try wire.send(text + request("GET", "/health"))
            #expect(try wire.takeAnswer().json["choices"][0]["message"]["content"].string == "chunks")
            #expect(try wire.takeAnswer().json["status"].string == "ok")
        }
    }

    @Test func `a browser's origin is let in only when it is configured`() throws {
        try withGateway(Self.simulated + "server: { cors: { origins: ['https://app.example'] } }") { gateway throws in
            let preflight = [
                "origin: https://app.example", "access-control-request-method: POST",
                "access-control-request-headers: authorization,content-type",
            ]
            let allowed = try gateway.ask("OPTIONS", "/v1/chat/completions", headers: preflight)
            #expect((200..<300).contains(allowed.status))
            #expect(allowed["access-control-allow-origin"] == "https://app.example")
            #expect(allowed["access-control-allow-methods"]?.contains("POST") == true)
            #expect(allowed["access-control-allow-headers"]?.lowercased().contains("authorization") == true)
            let answer = try gateway.chat(model: "simulated/echo", headers: ["origin: https://app.example"])
            #expect(answer["access-control-allow-origin"] == "https://app.example")
            let stranger = try gateway.chat(model: "simulated/echo", headers: ["origin: https://evil.example"])
            #expect(stranger["access-control-allow-origin"] == nil)
        }
    }

    @Test func `clients that vanish at any point leave nothing behind`() throws {
        try withGateway(Self.simulated) { gateway throws in
            let whole = Array(
                request(
                    "POST", "/v1/chat/completions",
                    chatBody(model: "simulated/lorem?tokens_per_second=50", more: #","stream":true,"max_tokens":500"#)
                ).utf8)
            for end in stride(from: 1, through: whole.count, by: 5) {
                let wire = try gateway.connect()
                try wire.send(Array(whole[..<end]))
                if end % 2 == 0 { wire.reset() } else { wire.close() }
            }
            try eventually("all connections to be gone") {
                try gateway.metrics().sum("llm_gateway_client_connections") == 0
            }
            try eventually("all requests to be over") {
                try gateway.metrics().sum("llm_gateway_requests_in_flight") == 0
            }
            #expect(try gateway.ask("GET", "/health").status == 200)
        }
    }
}
