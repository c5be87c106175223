import Glibc
import NIOCore
import Synchronization
import Testing
import WireFormats

@testable import LLMGateway

@Suite(.timeLimit(.minutes(1))) struct PictureFetcherTests {
    /// A fetcher that finds every host at 127.0.0.1, and may connect there.
    private func fetcher(_ lookups: Lookups = Lookups(), allowing: [String] = ["127.0.0.1"]) -> PictureFetcher {
        var fetcher = PictureFetcher(tls: nil)
        fetcher.lookup = { host, port in
            lookups.add(host)
            let number = host.split(separator: ".").allSatisfy { UInt8($0) != nil } ? host : "127.0.0.1"
            return [try SocketAddress(ipAddress: number, port: port)]
        }
        fetcher.check = { (address) throws(RefusedAddress) in
            guard allowing.contains(address.ipAddress ?? "") else { throw RefusedAddress(sentence: "not allowed") }
        }
        return fetcher
    }

    /// The hosts that were looked up.
    private final class Lookups: Sendable {
        private let hosts = Mutex<[String]>([])
        func add(_ host: String) { hosts.withLock { $0.append(host) } }
        var all: [String] { hosts.withLock { $0 } }
    }

    private func begin(
        _ fetcher: PictureFetcher, _ address: String, on loop: Loop, by deadline: NIODeadline = .distantFuture
    ) -> Task<Result<Media, UnfetchablePicture>, any Error> {
        loop.start { loop in
            do throws(UnfetchablePicture) {
                return .success(try await fetcher.fetch(address, on: loop, by: deadline))
            } catch {
                return .failure(error)
            }
        }
    }

    /// Why nothing was fetched; nil: something was.
    private func reason(_ fetch: Task<Result<Media, UnfetchablePicture>, any Error>) async throws -> String? {
        if case .failure(let failure) = try await fetch.value { failure.reason } else { nil }
    }

    private let picture: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3]

    private func answer(_ head: String, _ body: [UInt8]) -> [UInt8] {
        Array("HTTP/1.1 \(head)\r\ncontent-length: \(body.count)\r\n\r\n".utf8) + body
    }

    @Test func `a picture is fetched from the address that was checked, without anything of the client's`() async throws
    {
        try await withLoop { loop in
            let (server, lookups) = (try RawServer(), Lookups())
            let fetch = begin(fetcher(lookups), "https://pictures.test:\(server.port)/1.png?x#y", on: loop)
            let peer = try await server.accept()
            let request = try await peer.request()
            #expect(request.hasPrefix("GET /1.png?x HTTP/1.1\r\nhost: pictures.test:\(server.port)\r\n"))
            #expect(request.contains("\r\nconnection: close\r\n") && !request.contains("authorization"))
            // What the server calls it doesn't count.
            try await peer.send(answer("200 OK\r\ncontent-type: text/html", picture))
            #expect(try await fetch.value == .success(Media(.base64("iVBORw0KGgoBAgM="), mediaType: "image/png")))
            #expect(try await peer.readToEnd() == "", "the connection is not kept")
            #expect(lookups.all == ["pictures.test"], "the name is asked for once")
        }
    }

    @Test func `a host with an address that isn't allowed is never connected to`() async throws {
        try await withLoop { loop in
            let server = try RawServer()
            let fetch = begin(fetcher(allowing: []), "https://127.0.0.1:\(server.port)/1.png", on: loop)
            guard case .failure(let failure) = try await fetch.value else {
                Issue.record("nothing was fetched")
                return
            }
            #expect(failure.reason == "its host can't be reached at a public address")
            #expect(failure.detail == "not allowed" && server.accepted == 0)
        }
    }

    @Test func `one address that isn't allowed rules out the host's others`() async throws {
        try await withLoop { loop in
            let server = try RawServer()
            var fetcher = fetcher()
            fetcher.lookup = { _, port in
                [
                    try SocketAddress(ipAddress: "127.0.0.1", port: port),
                    try SocketAddress(ipAddress: "::1", port: port),
                ]
            }
            let outcome = try await begin(fetcher, "https://two.test:\(server.port)/1.png", on: loop).value
            #expect(throws: UnfetchablePicture.self) { _ = try outcome.get() }
            #expect(server.accepted == 0)
        }
    }

    @Test(arguments: [
        "localhost", "127.0.0.1", "127.1", "0x7f.1", "2130706433", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "169.254.169.254", "10.0.0.1", "[fe80::1]", "[64:ff9b::7f00:1]", "no-such-host.invalid",
    ])
    func `as shipped, it goes nowhere but out, and says the same of all that is not there`(host: String) async throws {
        try await withLoop { loop in
            let server = try RawServer()
            let fetch = begin(PictureFetcher(tls: nil), "https://\(host):\(server.port)/1.png", on: loop)
            #expect(try await reason(fetch) == "its host can't be reached at a public address")
            #expect(server.accepted == 0)
        }
    }

    @Test func `redirects are followed, each host looked up and checked anew`() async throws {
        try await withLoop { loop in
            let (server, lookups) = (try RawServer(), Lookups())
            let fetch = begin(fetcher(lookups), "https://a.test:\(server.port)/1", on: loop)
            let place = "//b.test:\(server.port)/2"
            for (location, status) in [("/x", 301), ("https:" + place, 302), ("?y", 307)] {
                let peer = try await server.accept()
                _ = try await peer.request()
                try await peer.send(answer("\(status) Moved\r\nlocation: \(location)", Array("moved".utf8)))
            }
            let peer = try await server.accept()
            #expect(try await peer.request().hasPrefix("GET /2?y HTTP/1.1\r\nhost: b.test:"))
            try await peer.send(answer("200 OK", picture))
            #expect(try await fetch.value.get().mediaType == "image/png")
            #expect(lookups.all == ["a.test", "a.test", "b.test", "b.test"])
        }
    }

    @Test(arguments: [
        ("https://127.0.0.2/", "its host can't be reached at a public address"),
        ("http://a.test/", "only https addresses are fetched"), ("//a.test:25/", "the port in its address"),
    ])
    func `a redirect to where nothing may be fetched from is not followed`(location: String, reason: String)
        async throws
    {
        try await withLoop { loop in
            let server = try RawServer()
            let fetch = begin(fetcher(), "https://a.test:\(server.port)/1", on: loop)
            let peer = try await server.accept()
            _ = try await peer.request()
            try await peer.send(answer("302 Found\r\nlocation: \(location)", []))
            #expect(try await self.reason(fetch)?.hasPrefix(reason) == true && server.accepted == 1)
        }
    }

    @Test func `there is an end to redirects`() async throws {
        try await withLoop { loop in
            let server = try RawServer()
            let fetch = begin(fetcher(), "https://a.test:\(server.port)/1", on: loop)
            for _ in 0..<4 {
                let peer = try await server.accept()
                _ = try await peer.request()
                try await peer.send(answer("302 Found\r\nlocation: /again", []))
            }
            #expect(try await fetch.value == .failure(UnfetchablePicture("it is redirected more than 3 times")))
        }
    }

    @Test(arguments: ["length", "chunks", "close"])
    func `a picture that is too large is not read to its end`(framing: String) async throws {
        try await withLoop { loop in
            let server = try RawServer()
            var fetcher = fetcher()
            fetcher.limits.size = 1 << 20
            let fetch = begin(fetcher, "https://a.test:\(server.port)/1", on: loop)
            let peer = try await server.accept()
            _ = try await peer.request()
            switch framing {
            case "length": try await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 1048577\r\n\r\n")
            case "chunks":
                try await peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n100001\r\n")
                try await peer.send([UInt8](repeating: 1, count: 0x100001))
            default:
                try await peer.send("HTTP/1.1 200 OK\r\n\r\n")
                try await peer.send([UInt8](repeating: 1, count: 0x100001))
            }
            #expect(try await fetch.value == .failure(UnfetchablePicture("it is larger than 1 MiB")))
        }
    }

    @Test(arguments: ["connects", "head", "body"])
    func `all of it has to happen in time`(until: String) async throws {
        try await withLoop { loop in
            let server = try RawServer()
            var fetcher = fetcher()
            fetcher.limits.time = .milliseconds(300)
            let fetch = begin(fetcher, "https://a.test:\(server.port)/1", on: loop)
            let peer = try await server.accept()
            if until != "connects" { _ = try await peer.request() }
            if until == "body" {
                try await peer.send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n")
                // Each byte comes soon enough; all of them together don't.
                let drip = Task {
                    while true { try await peer.send("x"); try await Task.sleep(for: .milliseconds(20)) }
                }
                defer { drip.cancel() }
                #expect(try await reason(fetch)?.hasPrefix("it takes more than") == true)
                return
            }
            #expect(try await reason(fetch)?.hasPrefix("it takes more than") == true)
        }
    }

    @Test func `a name that isn't found in time is given up`() async throws {
        try await withLoop { loop async throws in
            var fetcher = fetcher()
            fetcher.limits.time = .milliseconds(200)
            let told = Tally()
            fetcher.lookup = { _, _ in
                // Blocks its thread, as the system's own look-up does.
                while told["enough"] == 0 { usleep(1000) }
                return []
            }
            let fetch = begin(fetcher, "https://slow.test/1", on: loop)
            #expect(try await reason(fetch)?.hasPrefix("it takes more than") == true)
            told.add("enough")
        }
    }

    @Test(arguments: [
        ("404 Not Found", "its host answers with the status 404"),
        ("204 No Content", "its host answers with the status 204"),
        ("302 Found", "it is redirected to no address"), ("200 OK", "what is there is no PNG, JPEG, GIF or WebP"),
    ])
    func `what is no picture is refused`(status: String, reason: String) async throws {
        try await withLoop { loop in
            let server = try RawServer()
            let fetch = begin(fetcher(), "https://a.test:\(server.port)/1", on: loop)
            let peer = try await server.accept()
            _ = try await peer.request()
            let body = status.hasPrefix("204") ? [] : Array("<html>root:x:0:0</html>".utf8)
            try await peer.send(
                body.isEmpty
                    ? Array("HTTP/1.1 \(status)\r\n\r\n".utf8) : answer("\(status)\r\ncontent-type: image/png", body))
            #expect(try await fetch.value == .failure(UnfetchablePicture(reason)))
        }
    }

    @Test func `a host that breaks off in the middle gives no picture`() async throws {
        try await withLoop { loop in
            let server = try RawServer()
            let fetch = begin(fetcher(), "https://a.test:\(server.port)/1", on: loop)
            let peer = try await server.accept()
            _ = try await peer.request()
            try await peer.send(Array(answer("200 OK", picture).dropLast()))
            peer.close()
            #expect(try await reason(fetch) == "its host broke off, or doesn't speak HTTP")
        }
    }

    @Test func `fetching ends with the task that asked for it`() async throws {
        try await withLoop { loop in
            let server = try RawServer()
            let fetch = begin(fetcher(), "https://a.test:\(server.port)/1", on: loop)
            let peer = try await server.accept()
            _ = try await peer.request()
            try await loop.eventLoop.submit { fetch.cancel() }.get()
            #expect(try await fetch.value == .failure(UnfetchablePicture("the call is over")))
            #expect(try await peer.readToEnd() == "")
        }
    }
}
