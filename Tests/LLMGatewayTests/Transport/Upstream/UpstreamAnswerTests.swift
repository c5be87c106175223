import Glibc
import NIOCore
import Testing

@testable import LLMGateway

@Suite(.timeLimit(.minutes(1))) struct UpstreamAnswerTests {
    /// Has one request answered by `script`, over a connection of its own.
    private func exchange(
        isHead: Bool = false, _ limits: ExchangeLimits = ExchangeLimits(),
        _ script: (RawSocket) async throws -> Void
    ) async throws -> Result<Exchanged, UpstreamError> {
        var outcome: Result<Exchanged, UpstreamError>?
        try await withLoop { loop in
            let server = try RawServer()
            let exchange = loop.beginExchange(server.origin, isHead: isHead, limits)
            let peer = try await server.accept()
            _ = try await peer.request()
            try await script(peer)
            do {
                outcome = .success(try await exchange.value)
            } catch let error as UpstreamError {
                outcome = .failure(error)
                // Nothing is left of a connection that failed.
                try await loop.reach(idle: 0, active: 0, to: server.origin)
                _ = try await peer.readToEnd()
            }
        }
        return try #require(outcome)
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nhello world",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\nhello \r\n5;x=y\r\nworld\r\n0\r\na: b\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nhello world",
    ])
    func `an answer may be split at every byte, and the connection carries the next`(answer: String) async throws {
        try await withLoop { loop in
            let server = try RawServer()
            var peer: RawSocket?
            for position in 1..<answer.utf8.count {
                let exchange = loop.beginExchange(server.origin)
                if peer == nil { peer = try await server.accept() }
                _ = try await peer?.request()
                try await peer?.send(answer, splitAt: position)
                #expect(
                    try await exchange.value == Exchanged(status: 200, body: "hello world", isReused: position > 1),
                    "split at \(position)")
            }
            #expect(server.acceptIfThere() == nil)
        }
    }

    @Test func `an answer without a length lasts until the connection ends`() async throws {
        let outcome = try await exchange { peer in
            try await peer.send("HTTP/1.1 200 OK\r\n\r\nhello ")
            try await Task.sleep(for: .milliseconds(5))
            try await peer.send("world")
            peer.close()
        }
        #expect(outcome == .success(Exchanged(status: 200, body: "hello world")))
    }

    @Test(arguments: [
        (204, "HTTP/1.1 204 No Content\r\n\r\n"), (304, "HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n"),
    ])
    func `a status without a body has none`(status: Int, answer: String) async throws {
        let outcome = try await exchange { peer in try await peer.send(answer) }
        #expect(outcome == .success(Exchanged(status: status)))
    }

    @Test func `the answer to a HEAD has no body, whatever its length says`() async throws {
        let outcome = try await exchange(isHead: true) { peer in
            try await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n")
        }
        #expect(outcome == .success(Exchanged(status: 200)))
    }

    @Test func `interim answers are skipped, however many`() async throws {
        let outcome = try await exchange { peer in
            for _ in 0..<3 { try await peer.send("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n") }
            try await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        }
        #expect(outcome == .success(Exchanged(status: 200, body: "ok")))
    }

    @Test(arguments: [
        "nonsense\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nmore",
    ])
    func `what is no answer is malformed, and ends the connection`(answer: String) async throws {
        let outcome = try await exchange { peer in try await peer.send(answer) }
        guard case .failure(.malformed) = outcome else {
            Issue.record("\(outcome)")
            return
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n",
        "HTTP/1.1 200 OK\r\n\r\nhello world",
    ])
    func `an answer over the limit is not collected`(answer: String) async throws {
        let outcome = try await exchange(ExchangeLimits(body: 10)) { peer in try await peer.send(answer) }
        #expect(outcome == .failure(.tooLarge))
    }

    @Test(arguments: [
        "H", "HTTP/1.1 200 OK\r\ncontent-le", "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\nhello \r\n0\r\n",
    ])
    func `an answer that begins and does not end is broken off`(answer: String) async throws {
        let outcome = try await exchange { peer in
            try await peer.send(answer)
            try await Task.sleep(for: .milliseconds(20))
            peer.close()
        }
        guard case .failure(.brokenOff) = outcome else {
            Issue.record("\(outcome)")
            return
        }
    }

    @Test(arguments: ["content-length: 5\r\n\r\nhel", "content-length: 5\r\n\r\n", "connection: close\r\n\r\nhel"])
    func `an answer that ends together with its connection is whole`(beginning: String) async throws {
        try await withLoop { loop in
            let server = try RawServer()
            let exchange = loop.beginExchange(server.origin)
            let peer = try await server.accept()
            _ = try await peer.request()
            try await peer.send("HTTP/1.1 200 OK\r\n" + beginning)
            // Time for the beginning to be read by itself; then the loop is busy until the rest and the end are both there.
            try await Task.sleep(for: .milliseconds(50))
            let isBusy = loop.eventLoop.submit { usleep(100_000) }
            try await peer.send(beginning.hasSuffix("hel") ? "lo" : "hello")
            peer.close()
            _ = try await isBusy.get()
            #expect(try await exchange.value.body == "hello")
        }
    }

    /// The loop finds both at once, since it is busy until both are there.
    @Test(arguments: [("content-length: 5", true), ("content-length: 5", false), ("content-length: 9", true)])
    func `what came is read before what became of the connection`(length: String, byReset: Bool) async throws {
        try await withLoop { loop in
            let server = try RawServer()
            let exchange = loop.beginExchange(server.origin)
            let peer = try await server.accept()
            _ = try await peer.request()
            let isBusy = loop.eventLoop.submit { usleep(100_000) }
            try await peer.send("HTTP/1.1 200 OK\r\n\(length)\r\n\r\nhello")
            if byReset { peer.reset() } else { peer.close() }
            _ = try await isBusy.get()
            switch await exchange.result {
            case .success(let answer): #expect(answer.body == "hello" && length.hasSuffix("5"))
            case .failure(UpstreamError.brokenOff): #expect(length.hasSuffix("9"), "it had begun")
            case .failure(let error): Issue.record(error)
            }
        }
    }

    @Test(arguments: [false, true])
    func `a connection that ends before a word is a reset`(byReset: Bool) async throws {
        let outcome = try await exchange { peer in
            if byReset { peer.reset() } else { peer.close() }
        }
        guard case .failure(.reset) = outcome else {
            Issue.record("\(outcome)")
            return
        }
    }

    @Test func `an upstream that says nothing runs into the limit for its first byte`() async throws {
        let outcome = try await exchange(ExchangeLimits(firstByte: .milliseconds(100))) { _ in }
        #expect(outcome == .failure(.timedOut(.firstByte)))
    }

    @Test func `an upstream that falls silent runs into the idle limit`() async throws {
        let outcome = try await exchange(ExchangeLimits(idle: .milliseconds(100))) { peer in
            try await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nhello")
        }
        #expect(outcome == .failure(.timedOut(.idle)))
    }

    @Test func `an upstream that goes on for ever runs into the limit of the whole`() async throws {
        let outcome = try await exchange(ExchangeLimits(total: .milliseconds(300))) { peer in
            try await peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            for _ in 0..<40 {
                try await Task.sleep(for: .milliseconds(20))
                do { try await peer.send("1\r\nx\r\n") } catch is SocketFailure { break }
            }
        }
        #expect(outcome == .failure(.timedOut(.total)))
    }

    @Test func `a body of five megabytes arrives whole`() async throws {
        let outcome = try await exchange { peer in
            try await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 5000000\r\n\r\n")
            try await peer.send([UInt8](repeating: 120, count: 5_000_000))
        }
        #expect(try outcome.get().body.utf8.count == 5_000_000)
    }
}
