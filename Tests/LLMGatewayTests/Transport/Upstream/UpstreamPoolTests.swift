import NIOCore
import Testing

@testable import LLMGateway

@Suite(.timeLimit(.minutes(1))) struct UpstreamPoolTests {
    /// Has two exchanges under way at once, so that two connections are kept afterwards; in the order of their release.
    private func keepTwo(_ loop: Loop, _ server: RawServer) async throws -> [RawSocket] {
        let first = loop.beginExchange(server.origin)
        let peer1 = try await server.accept()
        let second = loop.beginExchange(server.origin)
        let peer2 = try await server.accept()
        try await peer1.serve("1")
        _ = try await first.value
        try await peer2.serve("2")
        _ = try await second.value
        return [peer1, peer2]
    }

    @Test func `of the kept connections the one used last is used next`() async throws {
        try await withLoop { loop in
            let server = try RawServer()
            let peers = try await keepTwo(loop, server)
            try await loop.reach(idle: 2, active: 0, to: server.origin)
            for _ in 0..<3 {
                let exchange = loop.beginExchange(server.origin)
                try await peers[1].serve("again")
                #expect(try await exchange.value == Exchanged(status: 200, body: "again", isReused: true))
            }
            #expect(server.accepted == 2)
        }
    }

    @Test func `a fresh lease is a new connection, even when others are kept`() async throws {
        try await withLoop { loop in
            let server = try RawServer()
            _ = try await keepTwo(loop, server)
            let exchange = loop.beginExchange(server.origin, fresh: true)
            try await server.accept().serve("fresh")
            #expect(try await exchange.value == Exchanged(status: 200, body: "fresh", isReused: false))
        }
    }

    @Test func `a kept connection that turns out to be dead is a reset before the first byte`() async throws {
        try await withLoop { loop in
            let server = try RawServer()
            let first = loop.beginExchange(server.origin)
            let peer = try await server.accept()
            try await peer.serve("1")
            _ = try await first.value
            let second = loop.start { loop in
                let connection = try await loop.leased(server.origin)
                defer { connection.release() }
                connection.send(
                    ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n"), nil, isHead: false, firstByteWithin: .seconds(30),
                    allBy: .distantFuture)
                do throws(UpstreamError) {
                    try await connection.receiveHead()
                    return "an answer"
                } catch {
                    guard case .reset = error else { return "\(error)" }
                    return "reset, reused \(connection.isReused), heard \(connection.hasHeard)"
                }
            }
            _ = try await peer.request()
            peer.reset()
            #expect(try await second.value == "reset, reused true, heard false")
            try await loop.reach(idle: 0, active: 0, to: server.origin)
        }
    }

    @Test(arguments: ["bytes", "end", "reset"])
    func `a kept connection on which anything comes is closed and not used again`(event: String) async throws {
        try await withLoop { loop in
            let server = try RawServer()
            let first = loop.beginExchange(server.origin)
            let peer = try await server.accept()
            try await peer.serve("1")
            _ = try await first.value
            switch event {
            case "bytes":
                try await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil")
                #expect(try await peer.readToEnd() == "")
            case "end": peer.close()
            default: peer.reset()
            }
            try await loop.reach(idle: 0, active: 0, to: server.origin)
            let second = loop.beginExchange(server.origin)
            try await server.accept().serve("2")
            #expect(try await second.value == Exchanged(status: 200, body: "2", isReused: false))
        }
    }

    @Test func `an answer that closes its connection leaves none behind`() async throws {
        try await withLoop { loop in
            let server = try RawServer()
            let exchange = loop.beginExchange(server.origin)
            let peer = try await server.accept()
            _ = try await peer.request()
            try await peer.send("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok")
            #expect(try await exchange.value.body == "ok")
            #expect(try await peer.readToEnd() == "")
            try await loop.reach(idle: 0, active: 0, to: server.origin)
        }
    }

    @Test func `beyond the limit callers wait, and are served in order`() async throws {
        try await withLoop(UpstreamPool.Limits(connections: 1, queue: 10, queueWait: .seconds(30))) { loop in
            let server = try RawServer()
            let exchanges = (0..<4).map { index in
                loop.start { try await $0.exchange(server.origin, "GET /\(index) HTTP/1.1\r\n\r\n") }
            }
            let peer = try await server.accept()
            for index in 0..<4 {
                let request = try await peer.request()
                #expect(request.hasPrefix("GET /\(index) "))
                try await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n\(index)")
            }
            for (index, exchange) in exchanges.enumerated() { #expect(try await exchange.value.body == "\(index)") }
            #expect(server.acceptIfThere() == nil)
            try await loop.reach(idle: 1, active: 0, to: server.origin)
        }
    }

    @Test func `who finds the process without a connection to spare is refused, until one is closed`() async throws {
        let allowance = ConnectionAllowance(openFiles: 0)
        #expect(allowance.most == 2)
        allowance.add()
        try await withLoop(UpstreamPool.Limits(allowance: allowance)) { loop in
            let server = try RawServer()
            let first = loop.beginExchange(server.origin)
            let peer = try await server.accept()
            _ = try await peer.request()
            await #expect(throws: UpstreamError.overloaded) { try await loop.beginExchange(server.origin).value }
            try await peer.send("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 1\r\n\r\n1")
            #expect(try await first.value.body == "1")
            try await eventually("the file to be free") { !allowance.isSpent }
            let third = loop.beginExchange(server.origin)
            let other = try await server.accept()
            _ = try await other.request()
            try await other.send("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n3")
            #expect(try await third.value.body == "3")
        }
    }

    @Test func `who waits gets a connection of its own when another one's is lost`() async throws {
        try await withLoop(UpstreamPool.Limits(connections: 1, queue: 10, queueWait: .seconds(30))) { loop in
            let server = try RawServer()
            let first = loop.beginExchange(server.origin)
            let peer = try await server.accept()
            _ = try await peer.request()
            let second = loop.beginExchange(server.origin)
            try await loop.run { _ in }
            peer.reset()
            await #expect(throws: UpstreamError.self) { try await first.value }
            let peer2 = try await server.accept()
            try await peer2.serve("2")
            #expect(try await second.value.body == "2")
            try await loop.reach(idle: 1, active: 0, to: server.origin)
        }
    }

    @Test func `waiting too long is an overload, and leaves no place taken`() async throws {
        try await withLoop(UpstreamPool.Limits(connections: 1, queue: 1, queueWait: .milliseconds(100))) { loop in
            let server = try RawServer()
            let first = loop.beginExchange(server.origin)
            let peer = try await server.accept()
            for _ in 0..<2 {
                let waiting = loop.beginExchange(server.origin)
                await #expect(throws: UpstreamError.overloaded) { try await waiting.value }
            }
            try await peer.serve("1")
            #expect(try await first.value.body == "1")
            let third = loop.beginExchange(server.origin)
            try await peer.serve("3")
            #expect(try await third.value.body == "3")
        }
    }

    @Test func `a full queue refuses at once`() async throws {
        try await withLoop(UpstreamPool.Limits(connections: 1, queue: 1, queueWait: .seconds(30))) { loop in
            let server = try RawServer()
            let exchanges = [loop.beginExchange(server.origin), loop.beginExchange(server.origin)]
            try await loop.run { _ in }
            let start = Instant.now
            let refused = loop.beginExchange(server.origin)
            await #expect(throws: UpstreamError.overloaded) { try await refused.value }
            #expect(Instant.now - start < .seconds(10))
            let peer = try await server.accept()
            for (index, exchange) in exchanges.enumerated() {
                try await peer.serve("\(index)")
                #expect(try await exchange.value.body == "\(index)")
            }
        }
    }

    @Test func `each origin has a limit of its own`() async throws {
        try await withLoop(UpstreamPool.Limits(connections: 1, queue: 0)) { loop in
            let servers = [try RawServer(), try RawServer()]
            let exchanges = servers.map { loop.beginExchange($0.origin) }
            for (server, exchange) in zip(servers, exchanges) {
                try await server.accept().serve("ok")
                #expect(try await exchange.value.body == "ok")
            }
        }
    }

    @Test func `a connection that nobody answers for fails to connect`() async throws {
        try await withLoop { loop in
            let port = try RawServer().port
            let origin = Origin(host: "127.0.0.1", port: port, tls: nil)
            let exchange = loop.beginExchange(origin)
            let error = await #expect(throws: UpstreamError.self) { try await exchange.value }
            guard case .connectFailed? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            try await loop.reach(idle: 0, active: 0, to: origin)
        }
    }

    @Test func `a connection that is called off while it opens leaves nothing behind`() async throws {
        try await withLoop { loop in
            let server = try RawServer()
            let opening = loop.start { loop in
                guard case .opening(let connection) = loop.upstreams.lease(server.origin) else { return "no new one" }
                connection.cancel(.clientGone)
                do throws(UpstreamError) {
                    try await connection.connected(within: .seconds(30), allBy: .distantFuture)
                    return "connected"
                } catch {
                    return "\(error)"
                }
            }
            #expect(try await opening.value == "clientGone")
            try await loop.reach(idle: 0, active: 0, to: server.origin)
            // Had it been connected already, it is closed without a word.
            #expect(try await server.accept().readToEnd() == "")
        }
    }

    @Test func `a handshake that does not come to its end runs into the limit for connecting`() async throws {
        try await withLoop { loop in
            let server = try RawServer()
            let origin = Origin(
                host: "127.0.0.1", port: server.port, tls: try UpstreamTLS(caFile: nil, verifies: false))
            let exchange = loop.beginExchange(origin, ExchangeLimits(connect: .milliseconds(200)))
            let peer = try await server.accept()
            await #expect(throws: UpstreamError.timedOut(.connect)) { try await exchange.value }
            _ = try await peer.readToEnd()
            try await loop.reach(idle: 0, active: 0, to: origin)
        }
    }

    @Test func `a server that speaks no TLS fails to connect`() async throws {
        try await withLoop { loop in
            let server = try RawServer()
            let origin = Origin(
                host: "127.0.0.1", port: server.port, tls: try UpstreamTLS(caFile: nil, verifies: false))
            let exchange = loop.beginExchange(origin)
            let peer = try await server.accept()
            try await peer.send("HTTP/1.1 400 Bad Request\r\n\r\n")
            let error = await #expect(throws: UpstreamError.self) { try await exchange.value }
            guard case .connectFailed? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test func `a call that is called off ends its exchange and its connection`() async throws {
        try await withLoop { loop in
            let server = try RawServer()
            let work = loop.start { loop -> Bool in
                let connection = try await loop.leased(server.origin)
                defer { connection.release() }
                connection.send(
                    ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n"), nil, isHead: false, firstByteWithin: .seconds(30),
                    allBy: .distantFuture)
                loop.eventLoop.scheduleTask(in: .milliseconds(30)) { connection.cancel(.clientGone) }
                do throws(UpstreamError) { try await connection.receiveHead() } catch { return error == .clientGone }
                return false
            }
            let peer = try await server.accept()
            _ = try await peer.request()
            #expect(try await peer.readToEnd() == "")
            #expect(try await work.value)
            try await loop.reach(idle: 0, active: 0, to: server.origin)
        }
    }

    @Test func `at the end kept connections are closed`() async throws {
        try await withLoop { loop in
            let server = try RawServer()
            let peers = try await keepTwo(loop, server)
            try await loop.run { $0.upstreams.closeIdle() }
            for peer in peers { #expect(try await peer.readToEnd() == "") }
        }
    }
}
