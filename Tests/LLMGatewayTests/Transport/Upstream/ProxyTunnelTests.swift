import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import LLMGateway

/// Connections by TLS go through a proxy, where there is one: it is asked for the place, and hears nothing else.
@Suite(.timeLimit(.minutes(1))) struct ProxyTunnelTests {
    private func withProxiedLoop(
        authorization: String? = nil, isDirect: Bool = false, _ body: (Loop, RawServer) async throws -> Void
    ) async throws {
        let proxy = try RawServer()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let place = ForwardProxy(
            host: "127.0.0.1", port: proxy.port, authorization: authorization, isDirect: { _, _ in isDirect })
        let loop = Loop(group.next(), index: 0, poolLimits: UpstreamPool.Limits(), proxy: place)
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(loop, proxy)) } catch { outcome = .failure(error) }
        try await loop.eventLoop.submit { loop.closeAll() }.get()
        try await group.shutdownGracefully()
        try outcome.get()
    }

    private func secure(_ host: String = "provider.test", port: Int = 8443) throws -> Origin {
        Origin(host: host, port: port, tls: try UpstreamTLS(caFile: nil, verifies: false))
    }

    @Test func `the proxy is asked for the place, and once it has agreed TLS begins`() async throws {
        try await withProxiedLoop(authorization: "Basic eA==") { loop, proxy in
            let exchange = loop.beginExchange(try secure())
            let peer = try await proxy.accept()
            let request = "CONNECT provider.test:8443 HTTP/1.1\r\nhost: provider.test:8443\r\n"
            #expect(try await peer.request() == request + "proxy-authorization: Basic eA==\r\n\r\n")
            // In pieces, with an answer ahead of the answer, and with fields that mean nothing here.
            try await peer.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 2")
            // Sent at once, both pieces could be read as one.
            try await Task.sleep(for: .milliseconds(20))
            try await peer.send("00 Connection established\r\ncontent-length: 5\r\n\r\n")
            #expect(try await peer.read(count: 1) == "\u{16}", "a record of TLS: the client's hello")
            peer.close()
            await #expect(throws: UpstreamError.self) { try await exchange.value }
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "the proxy refused the connection with 407"),
        ("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 3\r\n\r\nno!", "the proxy refused the connection with 502"),
        ("SSH-2.0-OpenSSH_9.2\r\n", "the proxy's answer is no HTTP"),
        ("HTTP/1.1 200 OK\r\n\r\nhello", "the proxy's answer goes on behind its end"),
        ("", "the proxy closed the connection"),
    ])
    func `a proxy that refuses is a failure to connect, in words`(answer: String, sentence: String) async throws {
        try await withProxiedLoop { loop, proxy in
            let origin = try secure()
            let exchange = loop.beginExchange(origin)
            let peer = try await proxy.accept()
            let request = "CONNECT provider.test:8443 HTTP/1.1\r\nhost: provider.test:8443\r\n\r\n"
            #expect(try await peer.request() == request)
            if answer.isEmpty { peer.close() } else { try await peer.send(answer) }
            await #expect(throws: UpstreamError.connectFailed(sentence)) { try await exchange.value }
            if !answer.isEmpty { #expect(try await peer.readToEnd() == "") }
            try await loop.reach(idle: 0, active: 0, to: origin)
        }
    }

    @Test func `a proxy that is silent takes no longer than a connection may`() async throws {
        try await withProxiedLoop { loop, proxy in
            var limits = ExchangeLimits()
            limits.connect = .milliseconds(100)
            let exchange = loop.beginExchange(try secure(), limits)
            let peer = try await proxy.accept()
            await #expect(throws: UpstreamError.timedOut(.connect)) { try await exchange.value }
            // Its late agreement is of no use to anybody.
            try await peer.send("HTTP/1.1 200 OK\r\n\r\n")
            _ = try await peer.readToEnd()
        }
    }

    @Test(arguments: [true, false])
    func `what is excepted, and what is no TLS, is connected to directly`(isPlain: Bool) async throws {
        try await withProxiedLoop(isDirect: !isPlain) { loop, proxy in
            let server = try RawServer()
            let origin = isPlain ? server.origin : try secure("127.0.0.1", port: server.port)
            let exchange = loop.beginExchange(origin)
            let peer = try await server.accept()
            #expect(try await peer.read(count: 1) == (isPlain ? "G" : "\u{16}"))
            peer.close()
            await #expect(throws: UpstreamError.self) { try await exchange.value }
            #expect(proxy.accepted == 0)
        }
    }
}
