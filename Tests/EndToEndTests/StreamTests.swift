import Testing

/// Streams through the gateway: as they come, whole or visibly broken, and never more of them in memory than on the way.
@Suite(.ownThread) struct StreamTests {
    private static let whole = [Wording.delta("Hi"), Wording.delta("é🙂"), Wording.finish, "[DONE]"]
        .map { "data: \($0)\n\n" }.joined()
    private let streamed = chatBody(more: #", "stream": true"#)

    /// Reads a stream to its end, however it ends.
    private func events(_ wire: Wire) -> (events: [String], endedCleanly: Bool) {
        var events: [String] = []
        var rest: [UInt8] = []
        do {
            while let event = try wire.takeEvent(&rest) { events.append(event) }
            return (events, true)
        } catch {
            return (events, false)
        }
    }

    // MARK: As they come

    @Test func `each event is passed on before the next one comes`() throws {
        let seen = Notes<Int>()
        let upstream = try ScriptedUpstream { call in
            try call.startStream()
            for number in 1...5 {
                try call.event(Wording.delta("part \(number)"))
                try eventually("the client to see part \(number)") { seen.all.count >= number }
            }
            try call.event(Wording.finish)
            try call.event("[DONE]")
            try call.endStream()
        }
        try withGateway(before: upstream) { gateway throws in
            let (wire, head) = try gateway.startStream()
            #expect(head.status == 200)
            var rest: [UInt8] = []
            for number in 1...5 {
                let event = try wire.takeEvent(&rest, within: .seconds(2))
                #expect(event?.contains("part \(number)") == true)
                seen.add(number)
            }
            #expect(events(wire).endedCleanly)
        }
    }

    @Test func `a stream that comes byte by byte is passed on whole`() throws {
        let upstream = try ScriptedUpstream { call in
            let chunked = "7\r\ndata: {\r\n" + Self.chunked(String(Self.whole.dropFirst(7))) + "0\r\n\r\n"
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
            for byte in Array((head + chunked).utf8) { try call.wire.send([byte]) }
        }
        try withGateway(before: upstream) { gateway throws in
            #expect(try gateway.ask("POST", "/v1/chat/completions", streamed).text == Self.whole)
        }
    }

    private static func chunked(_ text: String) -> String { "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n" }

    @Test func `a stream split in two at any byte is passed on whole, its usage hidden`() throws {
        let hidden = "data: \(Wording.usage)\n\n"
        let (first, last) = ("data: \(Wording.finish)\n\n", "data: [DONE]\n\n")
        let sent = Array((Self.whole.replacing(first + last, with: "") + first + hidden + last).utf8)
        let upstream = try ScriptedUpstream { call in
            let split = call.number % sent.count
            try call.startStream()
            if split > 0 { try call.chunk(Array(sent[..<split])) }
            try call.chunk(Array(sent[split...]))
            try call.endStream()
        }
        try withGateway(before: upstream, also: "log: { level: warning }") { gateway throws in
            let wire = try gateway.connect()
            for _ in sent.indices {
                try wire.send(request("POST", "/v1/chat/completions", streamed))
                let answer = try wire.takeAnswer()
                try #require(answer.text == Self.whole, "split at byte \(upstream.calls.count % sent.count)")
            }
        }
    }

    @Test func `a client of HTTP 1.0 gets a stream that ends with its connection`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.startStream()
            try call.chunk(Self.whole)
            try call.endStream()
        }
        try withGateway(before: upstream) { gateway throws in
            let wire = try gateway.connect()
            try wire.send(
                "POST /v1/chat/completions HTTP/1.0\r\nhost: x\r\ncontent-type: application/json\r\n"
                    + "content-length: \(streamed.utf8.count)\r\n\r\n\(streamed)")
            let answer = try wire.takeAnswer()
            #expect(answer["transfer-encoding"] == nil)
            #expect(answer.text == Self.whole)
        }
    }

    // MARK: Clients that go

    @Test(.undisturbed) func `a client that leaves its stream takes the upstream's connection with it`() throws {
        let clock = ContinuousClock()
        let closed = Notes<ContinuousClock.Instant>()
        let upstream = try ScriptedUpstream { call in
            try call.startStream()
            try call.event(Wording.delta("Hi"))
            if call.wire.timeUntilClosed(within: .seconds(5)) != nil { closed.add(clock.now) }
            call.close()
        }
        try withGateway(before: upstream) { gateway throws in
            let (wire, _) = try gateway.startStream()
            var rest: [UInt8] = []
            _ = try wire.takeEvent(&rest)
            wire.close()
            let left = clock.now
            #expect(try closed.first("the upstream's connection to be closed") - left < .milliseconds(500))
            let line = try gateway.logLine { $0["status"].int == 499 }
            #expect(line["outcome"].string == "client_cancelled")
            try eventually("the ending to be counted") {
                try gateway.metrics().sum("llm_gateway_stream_endings_total", ["ending": "client_gone"]) == 1
            }
        }
    }

    @Test(.undisturbed) func `a client that leaves before the answer takes the upstream's connection with it`() throws {
        let clock = ContinuousClock()
        let closed = Notes<ContinuousClock.Instant>()
        let upstream = try ScriptedUpstream { call in
            if call.wire.timeUntilClosed(within: .seconds(5)) != nil { closed.add(clock.now) }
            call.close()
        }
        try withGateway(before: upstream) { gateway throws in
            let wire = try gateway.connect()
            try wire.send(request("POST", "/v1/chat/completions", chatBody()))
            _ = try upstream.call(1)
            wire.close()
            let left = clock.now
            #expect(try closed.first("the upstream's connection to be closed") - left < .milliseconds(500))
        }
    }

    @Test func `a slow client slows the upstream, and then gets everything`() throws {
        let total = 100 << 20
        let piece = Array("data: \(Wording.delta(String(repeating: "x", count: 60_000)))\n\n".utf8)
        let sentWhileNobodyRead = Notes<Int>()
        let upstream = try ScriptedUpstream { call in
            try call.startStream()
            let chunk = Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + Array("\r\n".utf8)
            var sent = 0
            while sent < total {
                let taken = try call.wire.sendSome(chunk, within: .seconds(1))
                sent += taken
                if taken < chunk.count {
                    sentWhileNobodyRead.add(sent)
                    try call.wire.send(Array(chunk[taken...]), within: .seconds(30))
                    sent += chunk.count - taken
                }
            }
            try call.event(Wording.finish)
            try call.event("[DONE]")
            try call.endStream()
        }
        try withGateway(before: upstream) { gateway throws in
            let before = gateway.program.residentBytes
            let (wire, _) = try gateway.startStream(receiveBuffer: 32 << 10)
            let held = try sentWhileNobodyRead.first("the upstream to be held up", within: .seconds(20))
            #expect(held < 24 << 20, "the kernel's buffers and a little more")
            #expect(gateway.program.residentBytes - before < 32 << 20)

            var received = 0
            var tail: [UInt8] = []
            while let chunk = try wire.takeChunk(within: .seconds(20)) {
                received += chunk.count
                tail = (tail + chunk).suffix(20)
            }
            #expect(received >= total)
            #expect(String(decoding: tail, as: UTF8.self).hasSuffix("data: [DONE]\n\n"))
            #expect(gateway.program.peakResidentBytes - before < 48 << 20)
        }
    }

    // MARK: Upstreams that fail

    /// Streams one event, lets the upstream fail, and returns what else the client saw.
    private func afterOneEvent(
        ending: String, provider settings: String = "api_key: k-0123456789", also: String = "",
        headers: [String] = [], _ fail: @escaping @Sendable (Call) throws -> Void
    ) throws -> [String] {
        let upstream = try ScriptedUpstream { call in
            try call.startStream()
            try call.event(Wording.delta("Hi"))
            try fail(call)
        }
        var seen: [String] = []
        try withGateway(before: upstream, provider: settings, also: also) { gateway throws in
            let wire = try gateway.connect()
            try wire.send(request("POST", "/v1/chat/completions", streamed, headers: headers))
            #expect(try wire.takeHead().status == 200)
            seen = events(wire).events
            #expect(seen.first?.contains("Hi") == true)
            try eventually("the ending \(ending) to be counted") {
                try gateway.metrics().sum("llm_gateway_stream_endings_total", ["ending": ending]) == 1
            }
        }
        return seen
    }

    /// The error of the stream's last event; a stream that ended well has none.
    private func error(of events: [String]) throws -> JSON {
        #expect(!events.contains { $0.contains("[DONE]") })
        let last = try #require(events.last)
        try #require(last.hasPrefix("data: {"), "\(last)")
        return JSON(String(last.dropFirst(6)))["error"]
    }

    @Test func `a stream that is cut off ends with an error event`() throws {
        let error = try error(of: afterOneEvent(ending: "upstream_cut") { $0.close() })
        #expect(error["type"].string == "api_error")
        #expect(error["code"].string == "provider_unreachable")
        #expect(error.keys.isSuperset(of: ["message", "type", "param", "code"]))
    }

    @Test func `a stream that is reset ends with an error event`() throws {
        let error = try error(of: afterOneEvent(ending: "upstream_cut") { $0.reset() })
        #expect(error["code"].string == "provider_unreachable")
    }

    @Test func `a stream that is cut off inside an event shows no half event`() throws {
        let events = try afterOneEvent(ending: "upstream_cut") { call in
            try call.chunk("data: {\"half\":")
            call.close()
        }
        let error = try error(of: events)
        #expect(error["code"].string == "provider_unreachable")
    }

    @Test func `a stream that ends in good order but without a finish reason is cut off all the same`() throws {
        let error = try error(of: afterOneEvent(ending: "upstream_cut") { try $0.endStream() })
        #expect(error["type"].string == "api_error")
    }

    @Test func `a stream whose framing turns into nonsense ends with an error event`() throws {
        let events = try afterOneEvent(ending: "untranslatable") { call in
            try call.wire.send("zzzz\r\nnonsense\r\n")
            _ = call.wire.timeUntilClosed(within: .seconds(5))
            call.close()
        }
        #expect(try error(of: events)["type"].string == "api_error")
    }

    @Test func `an upstream's own error event is passed on redacted and counted`() throws {
        let events = try afterOneEvent(ending: "upstream_error", provider: "api_key: sk-upstream-secret-1") { call in
            try call.event(
                #"{"error":{"message":"Overloaded, sk-upstream-secret-1","type":"server_error","code":null}}"#)
            try call.endStream()
        }
        let error = try error(of: events)
        #expect(error["message"].string?.contains("Overloaded") == true)
        #expect(error["message"].string?.contains("sk-upstream-secret-1") == false)
    }

    @Test func `a silent upstream is given up after the idle timeout`() throws {
        let events = try afterOneEvent(ending: "idle_timeout", provider: "timeouts: { idle: 500ms }") { call in
            _ = call.wire.timeUntilClosed(within: .seconds(5))
            call.close()
        }
        let error = try error(of: events)
        #expect(error["type"].string == "timeout_error")
        #expect(error["code"].string == "provider_timeout")
    }

    @Test(arguments: [("timeouts: { total: 1s }", [String]()), ("api_key: k-0123456789", ["x-llm-gateway-timeout: 1"])])
    func `a stream that never ends is ended after the total timeout`(settings: String, headers: [String]) throws {
        let events = try afterOneEvent(ending: "total_timeout", provider: settings, headers: headers) { call in
            for _ in 0..<80 {
                try call.event(Wording.delta("more"))
                _ = call.wire.timeUntilClosed(within: .milliseconds(50))
            }
        }
        #expect(events.count > 5)
        #expect(try error(of: events)["code"].string == "provider_timeout")
    }

    @Test(arguments: [true, false])
    func `a stream that gave its finish reason is complete without its terminator`(inGoodOrder: Bool) throws {
        let upstream = try ScriptedUpstream { call in
            try call.startStream()
            try call.event(Wording.delta("Hi"))
            try call.event(Wording.finish)
            if inGoodOrder { try call.endStream() } else { call.close() }
        }
        try withGateway(before: upstream) { gateway throws in
            let (wire, _) = try gateway.startStream()
            let (events, endedCleanly) = events(wire)
            #expect(endedCleanly)
            #expect(!events.contains { $0.contains(#""error""#) })
            try eventually("the ending to be counted") {
                try gateway.metrics().sum("llm_gateway_stream_endings_total", ["ending": "completed"]) == 1
            }
        }
    }

    @Test func `a line of 100 MB does no harm`() throws {
        let upstream = try ScriptedUpstream { call in
            try call.startStream()
            try call.event(Wording.delta("Hi"))
            try call.chunk(#"data: {"choices":[{"delta":{"content":""#)
            let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
            for _ in 0..<100 { try call.chunk(piece) }
            try call.chunk("\"},\"finish_reason\":\"stop\"}]}\n\n")
            try call.event("[DONE]")
            try call.endStream()
        }
        try withGateway(before: upstream) { gateway throws in
            let before = gateway.program.residentBytes
            let (wire, _) = try gateway.startStream()
            do {
                while try wire.takeChunk() != nil {}
            } catch Wire.Failure.cutOff, Wire.Failure.reset {
                // Giving such an upstream up is as good as passing it on.
            }
            #expect(gateway.program.peakResidentBytes - before < 64 << 20)
            #expect(try gateway.ask("GET", "/health").status == 200)
        }
    }
}
