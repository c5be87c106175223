import Foundation
import NIOSSL
import Testing

@testable import LLMGateway

@Suite(.enabled(if: RedisServer.isInstalled)) struct RedisLinkTests {
    private static let ping = RedisCommand("PING")
    private static let pong = RedisReply.text(Array("PONG".utf8))

    private func isThere(_ link: RedisLink) async throws {
        try await eventually("the link is there") { await link.ask(Self.ping) == Self.pong }
    }

    // MARK: Asking

    @Test func `replies come to whoever asked, from many tasks at once`() async throws {
        let server = try await RedisServer()
        try await withLink(to: server.address) { link, news async throws in
            await withTaskGroup(of: Bool.self) { group in
                for number in 0..<2000 {
                    group.addTask {
                        let text = "\(number)"
                        let replies = await link.ask([RedisCommand("ECHO", text), RedisCommand("ECHO", text + "!")])
                        return replies?.map(\.text) == [text, text + "!"]
                    }
                }
                for await isRight in group { #expect(isRight) }
            }
            #expect(news.all == [.back])
        }
    }

    @Test func `a refusal is a reply, and harms no other`() async throws {
        let server = try await RedisServer()
        try await withLink(to: server.address) { link, news async throws in
            let replies = await link.ask([RedisCommand("NOSUCH"), Self.ping])
            #expect(replies?.first?.error?.hasPrefix("ERR") == true && replies?.last == Self.pong)
            #expect(news.all == [.back])
        }
    }

    @Test func `large values pass, and what is told and not awaited is done in order`() async throws {
        let server = try await RedisServer()
        var limits = RedisConnection.Limits.forTests
        limits.reply = 8 << 20
        try await withLink(to: server.address, limits: limits) { link, _ async throws in
            let large = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            link.tell(RedisCommand([Array("SET".utf8), Array("k".utf8), large]))
            #expect(await link.ask(RedisCommand("GET", "k")) == .text(large))
            for number in 0..<1000 { link.tell(RedisCommand("SET", "n", "\(number)")) }
            #expect(await link.ask(RedisCommand("GET", "n"))?.text == "999")
        }
    }

    @Test func `what is more than may wait is refused at once, and the rest goes on`() async throws {
        let server = try await RedisServer()
        var limits = RedisConnection.Limits.forTests
        limits.batches = 10
        try await withLink(to: server.address, limits: limits) { link, news async throws in
            server.pause()
            let outcomes = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<50 { group.addTask { await link.ask(Self.ping) == Self.pong } }
                try? await Task.sleep(for: .milliseconds(200))
                server.resume()
                return await group.reduce(into: [Bool]()) { $0.append($1) }
            }
            #expect(outcomes.count { $0 } <= 11 && outcomes.contains(true), "\(outcomes.count { $0 }) were answered")
            #expect(news.all == [.back])
        }
    }

    // MARK: Getting in

    @Test func `a password, a user and a database are what the address says`() async throws {
        let server = try await RedisServer([
            "--requirepass", "s3cret", "--user", "app", "on", ">pw", "~llm-gateway:*", "+@all", "--databases", "4",
        ])
        var address = server.address
        (address.password, address.database) = (Secret("s3cret"), 3)
        try await withLink(to: address) { link, _ async throws in
            #expect(await link.ask(RedisCommand("SET", "k", "3"))?.text == "OK")
        }
        (address.user, address.password) = ("app", Secret("pw"))
        try await withLink(to: address) { link, _ async throws in
            #expect(await link.ask(RedisCommand("ACL", "WHOAMI"))?.text == "app")
        }
        (address.user, address.password) = (nil, Secret("wrong"))
        try await withLink(to: address) { link, news async throws in
            #expect(link.isAway && news.reasons.first?.hasPrefix("WRONGPASS") == true, "\(news.reasons)")
        }
        address.password = nil
        try await withLink(to: address) { link, news async throws in
            #expect(link.isAway && news.reasons.first?.hasPrefix("NOAUTH") == true, "\(news.reasons)")
        }
    }

    @Test func `a socket in the file system is a place too`() async throws {
        let path = TemporaryFiles.directory() + "/redis.sock"
        let server = try await RedisServer(["--unixsocket", path])
        try await withLink(to: RedisAddress(place: .socket(path: path))) { link, _ async throws in
            try await isThere(link)
        }
        withExtendedLifetime(server) {}
    }

    @Test func `with TLS the server must be one that is trusted`() async throws {
        let folder = TemporaryFiles.directory()
        let (certificate, key) = ("\(folder)/cert.pem", "\(folder)/key.pem")
        let openssl = Process()
        openssl.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        openssl.standardError = FileHandle.nullDevice
        openssl.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key,
            "-out", certificate,
        ]
        try openssl.run()
        openssl.waitUntilExit()
        let port = try RedisServer.freePort()
        let server = try await RedisServer(
            [
                "--tls-port", "\(port)", "--port", "0", "--tls-cert-file", certificate, "--tls-key-file", key,
                "--tls-auth-clients", "no",
            ], port: port)
        var trusting = TLSConfiguration.makeClientConfiguration()
        trusting.trustRoots = .file(certificate)
        for name in ["localhost", "127.0.0.1"] {
            let address = RedisAddress(place: .host(name, port: port))
            try await withLink(to: address, tls: NIOSSLContext(configuration: trusting)) { link, _ async throws in
                try await isThere(link)
            }
        }
        let strict = try NIOSSLContext(configuration: .makeClientConfiguration())
        try await withLink(to: server.address, tls: strict) { link, news async throws in
            #expect(link.isAway && news.reasons.first?.contains("TLS") == true, "\(news.reasons)")
        }
        try await withLink(to: server.address) { link, _ async throws in #expect(link.isAway, "it speaks TLS only") }
    }

    // MARK: Trouble

    @Test func `a Redis that hangs is noticed in time, nobody waits for it from then on, and it comes back`()
        async throws
    {
        let server = try await RedisServer()
        try await withLink(to: server.address, limits: .init()) { link, news async throws in
            try await isThere(link)
            server.pause()
            let clock = ContinuousClock()
            let first = await clock.measure { #expect(await link.ask(Self.ping) == nil) }
            #expect(first < .seconds(1))
            try await eventually("it is away") { link.isAway }
            // The connections that it makes meanwhile are accepted by the kernel, and prove nothing.
            let others = await clock.measure {
                for _ in 0..<1000 { #expect(await link.ask(Self.ping) == nil) }
            }
            #expect(others < .milliseconds(500), "\(others)")
            try await Task.sleep(for: .milliseconds(1500))
            #expect(link.isAway)
            server.resume()
            try await isThere(link)
            #expect(news.all.last == .back)
        }
    }

    @Test func `a Redis that dies and starts again under load is used again, and every question is answered once`()
        async throws
    {
        let server = try await RedisServer()
        try await withLink(to: server.address) { link, news async throws in
            let load = Task {
                var (answered, refused) = (0, 0)
                while !Task.isCancelled {
                    await withTaskGroup(of: Bool.self) { group in
                        for _ in 0..<20 { group.addTask { await link.ask(Self.ping) != nil } }
                        for await isAnswered in group { if isAnswered { answered += 1 } else { refused += 1 } }
                    }
                    try? await Task.sleep(for: .milliseconds(1))
                }
                return (answered, refused)
            }
            for _ in 0..<3 {
                try await Task.sleep(for: .milliseconds(100))
                server.kill()
                try await eventually("the loss is noticed") { link.isAway }
                try await server.start()
                try await isThere(link)
            }
            load.cancel()
            let (answered, refused) = await load.value
            #expect(answered > 0 && refused > 0 && (answered + refused) % 20 == 0)
            #expect(news.reasons.count >= 3)
        }
    }

    @Test func `one that may only be read is of no use`() async throws {
        let server = try await RedisServer(["--replicaof", "127.0.0.1 1", "--replica-serve-stale-data", "yes"])
        try await withLink(to: server.address) { link, news async throws in
            #expect(link.isAway && news.reasons.first?.hasPrefix("READONLY") == true, "\(news.reasons)")
        }
    }

    @Test(arguments: ["HTTP/1.1 200 OK\r\n\r\n", "+OK\r\n+OK\r\n", "*99999999\r\n", "-LOADING soon\r\n", ""])
    func `a server that talks nonsense, too much or nothing is away, and is left after a while`(says: String)
        async throws
    {
        let server = try RawServer()
        let serving = Task {
            while !Task.isCancelled {
                let peer = try await server.accept()
                do {
                    _ = try await peer.read(through: "PX\r\n$4\r\n1000\r\n")
                    try await peer.send(says)
                    _ = try await peer.readToEnd()
                } catch is WaitedTooLong {}  // given up before it had asked
            }
        }
        defer { serving.cancel() }
        try await withLink(to: RedisAddress(place: .host("127.0.0.1", port: server.port))) { link, news async throws in
            try await eventually("two connections are given up") { news.reasons.count > 1 }
            #expect(server.accepted > 1)
            try await eventually("it is away") { link.isAway }
        }
    }

    @Test(arguments: [
        "-ERR unknown command 'AUTH', with args beginning with: 's3cret-of-ours' \r\n", "-ERR no 's3cret-of-ours'\r\n",
    ])
    func `a refusal that repeats the password is told without it`(refusal: String) async throws {
        let server = try RawServer()
        let serving = Task {
            while !Task.isCancelled {
                let peer = try await server.accept()
                _ = try await peer.read(through: "PX\r\n$4\r\n1000\r\n")
                try await peer.send(refusal + "+OK\r\n")
                _ = try await peer.readToEnd()
            }
        }
        defer { serving.cancel() }
        var address = RedisAddress(place: .host("127.0.0.1", port: server.port))
        address.password = Secret("s3cret-of-ours")
        try await withLink(to: address) { link, news async throws in
            try await eventually("it is refused") { !news.reasons.isEmpty }
            #expect(news.reasons.first?.hasPrefix("ERR ") == true && link.isAway)
            #expect(!"\(news.all)".contains("s3cret"), "\(news.reasons)")
        }
    }

    @Test func `a reply that nobody asked for ends the connection`() async throws {
        let server = try RawServer()
        let serving = Task {
            while !Task.isCancelled {
                let peer = try await server.accept()
                do {
                    _ = try await peer.read(through: "PX\r\n$4\r\n1000\r\n")
                    // Both at once: a moment later the second might answer something that was asked meanwhile.
                    try await peer.send("+OK\r\n:7\r\n")
                    _ = try await peer.readToEnd()
                } catch is WaitedTooLong {}  // given up before it had asked
            }
        }
        defer { serving.cancel() }
        try await withLink(to: RedisAddress(place: .host("127.0.0.1", port: server.port))) { _, news async throws in
            try await eventually("the connection is given up") {
                news.reasons.contains("a reply came that nobody asked for")
            }
        }
    }
}
