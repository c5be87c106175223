import Testing

/// Upstreams that err, break or lie: the client gets an error in its own format, and the gateway goes on.
@Suite(.ownThread) struct HostileUpstreamTests {
    /// What a client gets when every call is treated like this.
    private func answer(
        provider settings: String = "timeouts: { first_byte: 2s }",
        from script: @escaping @Sendable (Call) throws -> Void
    ) throws -> HTTPMessage {
        let upstream = try ScriptedUpstream(script)
        var answer = HTTPMessage(head: "")
        try withGateway(before: upstream, provider: settings) { gateway throws in
            answer = try gateway.chat(within: .seconds(30))
            #expect(try gateway.ask("GET", "/health").status == 200)
        }
        return answer
    }

    private func expect(
        _ answer: HTTPMessage, _ status: Int, _ code: String, type: String = "api_error", _ what: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let comment = Comment(rawValue: what)
        #expect(answer.status == status, comment, sourceLocation: sourceLocation)
        #expect(answer.json["error"]["type"].string == type, comment, sourceLocation: sourceLocation)
        #expect(answer.json["error"]["code"].string == code, comment, sourceLocation: sourceLocation)
        #expect(answer["x-request-id"]?.isEmpty == false, comment, sourceLocation: sourceLocation)
    }

    // MARK: Not HTTP, or not quite

    private static let nonsense: [String: String] = [
        "no HTTP": "hello\r\n\r\n",
        "a greeting of SSH": "SSH-2.0-OpenSSH_9.2\r\n",
        "a status that is no number": "HTTP/1.1 abc OK\r\ncontent-length: 2\r\n\r\n{}",
        "a status of two digits": "HTTP/1.1 20 OK\r\ncontent-length: 2\r\n\r\n{}",
        "another protocol": "RTSP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n{}",
        "both framings":
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "two lengths": "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{} ",
        "a length that is no number": "HTTP/1.1 200 OK\r\ncontent-length: two\r\n\r\n{}",
        "an unknown coding": "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n{}",
        "a NUL in a value": "HTTP/1.1 200 OK\r\nx: a\0b\r\ncontent-length: 2\r\n\r\n{}",
        "a folded line": "HTTP/1.1 200 OK\r\nx: a\r\n b\r\ncontent-length: 2\r\n\r\n{}",
        "a name with a space": "HTTP/1.1 200 OK\r\nx y: a\r\ncontent-length: 2\r\n\r\n{}",
        "a chunk size that is none": "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    ]

    @Test func `an answer that is no proper HTTP can't be understood`() throws {
        let all = Self.nonsense.sorted { $0.key < $1.key }
        let upstream = try ScriptedUpstream { call in
            let name = call.request.json["model"].string ?? ""
            try call.wire.send(Self.nonsense[name] ?? "")
            _ = call.wire.timeUntilClosed(within: .seconds(1))
            call.close()
        }
        try withGateway(before: upstream) { gateway throws in
            for (name, _) in all {
                expect(try gateway.chat(model: name), 502, "provider_bad_response", name)
            }
        }
    }

    @Test func `a header line of 100 MB is given up early`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.wire.send("HTTP/1.1 200 OK\r\nx: ")
            let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
            for _ in 0..<100 { try call.wire.send(piece) }
            call.close()
        }
        try withGateway(before: upstream) { gateway throws in
            let before = gateway.program.residentBytes
            expect(try gateway.chat(), 502, "provider_bad_response")
            #expect(gateway.program.peakResidentBytes - before < 16 << 20)
        }
    }

    @Test func `interim answers are passed over`() throws {
        let answer = try answer { call in
            try call.wire.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n")
            try call.answer(Wording.completion())
        }
        #expect(answer.status == 200)
        #expect(answer.text == Wording.completion())
    }

    @Test func `interim answers without end are no answer`() throws {
        let answer = try answer { call in
            while true { try call.wire.send(String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 1000)) }
        }
        #expect(answer.status == 502 || answer.status == 504)
    }

    // MARK: Broken off

    @Test func `an upstream that closes without a word is unreachable`() throws {
        expect(try answer { $0.close() }, 502, "provider_unreachable")
    }

    @Test func `an upstream that resets is unreachable`() throws {
        expect(try answer { $0.reset() }, 502, "provider_unreachable")
    }

    @Test func `an upstream that closes inside its head is unreachable`() throws {
        let answer = try answer { call in
            try call.wire.send("HTTP/1.1 200 OK\r\ncontent-le")
            call.close()
        }
        expect(answer, 502, "provider_unreachable")
    }

    @Test func `half an answer never looks like a whole one`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.wire.send(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"choices\":")
            call.close()
        }
        try withGateway(before: upstream) { gateway throws in
            do {
                expect(try gateway.chat(), 502, "provider_unreachable")
            } catch is Wire.Failure {
                // The head had gone out already: then the connection breaks off before the length that was announced.
            }
            let line = try gateway.logLine { _ in true }
            #expect(line["outcome"].string == "provider_error")
        }
    }

    @Test func `an upstream that never answers times out`() throws {
        let answer = try answer(provider: "timeouts: { first_byte: 500ms }") { call in
            _ = call.wire.timeUntilClosed(within: .seconds(20))
            call.close()
        }
        expect(answer, 504, "provider_timeout", type: "timeout_error")
    }

    @Test func `an answer that dribbles on is ended by the total timeout`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.wire.send("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{")
            while call.wire.timeUntilClosed(within: .milliseconds(50)) == nil { try call.wire.send(" ") }
            call.close()
        }
        try withGateway(before: upstream, provider: "timeouts: { total: 1s }") { gateway throws in
            do {
                expect(try gateway.chat(), 504, "provider_timeout", type: "timeout_error")
            } catch is Wire.Failure {
                // Its head had gone out already.
            }
            #expect(try gateway.logLine { _ in true }["outcome"].string == "timeout")
        }
    }

    @Test func `a kept connection that has died is replaced without anybody noticing`() throws {
        let upstream = try ScriptedUpstream { call in
            if call.number == 2 { call.close() } else { try call.answer(Wording.completion()) }
        }
        try withGateway(before: upstream, also: "server: { threads: 1 }") { gateway throws in
            #expect(try gateway.chat().status == 200)
            let second = try gateway.chat()
            #expect(second.status == 200)
            #expect(try upstream.call(3).text == chatBody())
            #expect(try gateway.chat().status == 200)
        }
    }

    @Test func `a kept connection that closed while idle is not used again`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.answer(Wording.completion())
            call.close()
        }
        try withGateway(before: upstream) { gateway throws in
            for number in 1...10 {
                #expect(try gateway.chat().status == 200)
                #expect(upstream.calls.count == number)
            }
        }
    }

    @Test func `what an upstream says after its answer is not taken for the next one`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.wire.send(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: \(Wording.completion().utf8.count)\r\n\r\n"
                    + Wording.completion() + "HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\npoisoned")
        }
        try withGateway(before: upstream) { gateway throws in
            for _ in 0..<5 {
                let answer = try gateway.chat()
                #expect(!answer.text.contains("poisoned"))
                #expect(answer.text == Wording.completion() || answer.status == 502)
            }
        }
    }

    @Test func `an upstream of HTTP 1.0 that ends its answer with the connection is understood`() throws {
        let answer = try answer { call in
            try call.wire.send("HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n" + Wording.completion())
            call.close()
        }
        #expect(answer.status == 200)
        #expect(answer.text == Wording.completion())
    }

    @Test func `a chunked answer with extensions and trailers is understood`() throws {
        let answer = try answer { call in
            let text = Wording.completion()
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
            let size = String(text.utf8.count, radix: 16)
            try call.wire.send(head + size + ";x=\"y\"\r\n" + text + "\r\n0\r\nx-trailer: 1\r\n\r\n")
        }
        #expect(answer.status == 200)
        #expect(answer.text == Wording.completion())
    }

    // MARK: Not what was asked for

    private static let wrongAnswers: [String: String] = [
        "a web page": "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 13\r\n\r\n<html></html>",
        "broken JSON": "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 12\r\n\r\n{\"choices\":[",
        "JSON of another kind":
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n{\"hello\": 1} ",
        "nothing": "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 0\r\n\r\n",
        "no content": "HTTP/1.1 204 No Content\r\n\r\n",
        "a redirection": "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
    ]

    @Test func `an answer in another format can't be understood`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.wire.send(Self.wrongAnswers[call.request.json["model"].string ?? ""] ?? "")
        }
        try withGateway(before: upstream) { gateway throws in
            for (name, _) in Self.wrongAnswers.sorted(by: { $0.key < $1.key }) {
                expect(try gateway.chat(model: name), 502, "provider_bad_response", name)
            }
        }
    }

    @Test func `a stream that is none can't be understood`() throws {
        let answer = try answer { $0.wire.endSending() }
        #expect(answer.status == 502)
        let upstream = try ScriptedUpstream { call in
            try call.wire.send(
                "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 13\r\n\r\n<html></html>")
        }
        try withGateway(before: upstream) { gateway throws in
            let answer = try gateway.ask("POST", "/v1/chat/completions", chatBody(more: #","stream":true"#))
            expect(answer, 502, "provider_bad_response")
        }
    }

    // MARK: Not there

    @Test func `a provider that nobody can reach is unreachable`() throws {
        let nobody = try FreePorts.take()
        let configuration = """
            providers:
              refused: { type: openai-compatible, base_url: "http://127.0.0.1:\(nobody)/v1" }
              unknown: { type: openai-compatible, base_url: "http://does-not-exist.invalid/v1" }
            """
        try withGateway(configuration) { gateway throws in
            expect(try gateway.chat(model: "refused/m"), 502, "provider_unreachable", "refused")
            expect(try gateway.chat(model: "unknown/m"), 502, "provider_unreachable", "unknown")
            let samples = try gateway.metrics()
            #expect(
                samples.sum("llm_gateway_upstream_attempts_total", ["provider": "refused", "result": "connect_error"])
                    >= 1)
        }
    }

    @Test func `of a name's several addresses one that answers is enough`() throws {
        // localhost is ::1 too, where nobody listens.
        let upstream = try ScriptedUpstream(answering: Wording.completion())
        defer { upstream.stop() }
        let configuration = """
            providers:
              up: { type: openai-compatible, base_url: "http://localhost:\(upstream.port)/v1" }
            """
        try withGateway(configuration) { gateway throws in
            for _ in 0..<3 { #expect(try gateway.chat(model: "up/m").status == 200) }
        }
    }
}
