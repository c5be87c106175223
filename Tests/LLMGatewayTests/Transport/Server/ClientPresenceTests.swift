import NIOCore
import Testing

@testable import LLMGateway

@Suite(.timeLimit(.minutes(1))) struct ClientPresenceTests {
    private let get = "GET / HTTP/1.1\r\nhost: h\r\n\r\n"

    /// Waits, for each request, until its dependent is told something.
    private func waiting(_ told: Tally) -> StubResponder {
        StubResponder { connection in
            let dependent = StubDependent(told)
            connection.dependent = dependent
            told.add("asked")
            await dependent.wait()
            if !connection.isClosed { connection.say(503, "stopped") }
            told.add("ended")
        }
    }

    @Test(arguments: [false, true])
    func `who works for a client learns at once, and once, that it is gone`(byReset: Bool) async throws {
        let told = Tally()
        try await withServer(ServerLimits(), waiting(told)) { port, loop in
            let client = try RawSocket(to: port)
            try await client.send(get)
            try await eventually("the request") { told["asked"] == 1 }
            let left = Instant.now
            if byReset { client.reset() } else { client.close() }
            try await eventually("the news") { told["ended"] == 1 }
            #expect(Instant.now - left < .seconds(5))
            #expect(told["gone"] == 1)
            try await eventually("the end") { try await loop.run { $0.clients.isEmpty } }
            #expect(told["caught up"] == 0)
        }
    }

    @Test func `a client that leaves during its body ends the request`() async throws {
        let told = Tally()
        let responder = StubResponder { connection in
            do throws(RequestBodyError) {
                _ = try await connection.readBody()
                told.add("body")
            } catch {
                told.add("\(error)")
            }
        }
        try await withServer(ServerLimits(), responder) { port, _ in
            let client = try RawSocket(to: port)
            try await client.send("POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 10\r\n\r\nhello")
            try await Task.sleep(for: .milliseconds(20))
            client.close()
            try await eventually("the end") { told["clientGone"] == 1 }
            #expect(told["body"] == 0)
        }
    }

    @Test func `a body that is asked for after the client has left is not waited for`() async throws {
        let told = Tally()
        let responder = StubResponder { connection in
            let dependent = StubDependent(told)
            connection.dependent = dependent
            told.add("asked")
            await dependent.wait()
            do throws(RequestBodyError) { _ = try await connection.readBody() } catch { told.add("\(error)") }
        }
        try await withServer(ServerLimits(), responder) { port, _ in
            let client = try RawSocket(to: port)
            try await client.send("POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 10\r\n\r\nhello")
            try await eventually("the request") { told["asked"] == 1 }
            client.close()
            try await eventually("the end", within: .seconds(10)) { told["clientGone"] == 1 }
        }
    }

    @Test func `a client that reads slowly is not writable, and its catching up is told`() async throws {
        let told = Tally()
        let responder = StubResponder { connection in
            let dependent = StubDependent(told)
            connection.dependent = dependent
            connection.begin(status: 200)
            connection.beginStream()
            var sent = 0
            while sent < 40_000_000 {
                let piece = ByteBuffer(repeating: UInt8(ascii: "x"), count: 100_000)
                connection.write(piece: piece)
                connection.flush()
                sent += piece.readableBytes
                told.add("piece")
                if !connection.isWritable {
                    told.add("full")
                    await dependent.wait()
                }
            }
            connection.endStream()
        }
        try await withServer(ServerLimits(), responder) { port, _ in
            let client = try RawSocket(to: port, receiveBuffer: 16_384)
            try await client.send(get)
            try await eventually("a full socket") { told["full"] >= 1 }
            // What the kernel takes is taken; the rest waits here.
            try await Task.sleep(for: .milliseconds(300))
            #expect(told["piece"] < 400)
            let answer = try await client.answer()
            #expect(answer.body.utf8.count == 40_000_000)
            #expect(told["caught up"] >= 1)
        }
    }

    @Test func `at the end of a shutdown what is under way is told, and idle connections are closed`() async throws {
        let told = Tally()
        try await withServer(ServerLimits(), waiting(told)) { port, loop in
            let idle = try RawSocket(to: port)
            let busy = try RawSocket(to: port)
            try await busy.send(get)
            try await eventually("both clients") {
                let isThere = try await loop.run { $0.clients.count == 2 && $0.busyClients == 1 }
                return isThere && told["asked"] == 1
            }
            try await loop.run { loop in
                loop.isDraining = true
                loop.stopClients()
            }
            #expect(try await idle.readToEnd() == "")
            #expect(try await busy.answer().status == 503)
            #expect(try await busy.readToEnd() == "")
            #expect(told["stops"] == 1)
        }
    }

    @Test func `clients are counted as they come and go`() async throws {
        let told = Tally()
        try await withServer { port, loop in
            try await loop.run { $0.onClientCount = { told.add($0 > 0 ? "came" : "went") } }
            let clients = try (0..<5).map { _ in try RawSocket(to: port) }
            try await eventually("five clients") { told["came"] == 5 }
            for client in clients { client.close() }
            try await eventually("no clients") { told["went"] == 5 }
            #expect(try await loop.run { $0.clients.isEmpty })
        }
    }

    @Test func `beyond the limit a connection waits until another one ends`() async throws {
        try await withServer(ServerLimits(), maxConnections: 2) { port, loop in
            var clients: [RawSocket] = []
            for _ in 0..<2 {
                let client = try RawSocket(to: port)
                try await client.send(get)
                #expect(try await client.answer().status == 200)
                clients.append(client)
            }
            let third = try RawSocket(to: port)
            try await third.send(get)
            #expect(try await third.readWhatComes(within: .milliseconds(200)) == "")
            #expect(try await loop.run { $0.clients.count } == 2)
            clients.removeFirst().close()
            #expect(try await third.answer().status == 200)
        }
    }
}
