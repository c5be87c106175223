import NIOCore
import Testing
import WireFormats

@testable import LLMGateway

/// Calls with pictures by address before a target that takes only bytes.
@Suite(.timeLimit(.minutes(1))) struct PictureFetchingTests {
    /// Finds every host here.
    private static let fetcher: PictureFetcher = {
        var fetcher = PictureFetcher(tls: nil)
        fetcher.lookup = { _, port in [try SocketAddress(ipAddress: "127.0.0.1", port: port)] }
        fetcher.check = { _ in }
        return fetcher
    }()

    private static let answer = #"{"model":"m","message":{"role":"assistant","content":"I see."},"done":true}"#

    private func answer(_ body: [UInt8], _ status: String = "200 OK") -> [UInt8] {
        Array("HTTP/1.1 \(status)\r\ncontent-type: application/json\r\ncontent-length: \(body.count)\r\n\r\n".utf8)
            + body
    }

    private let picture: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

    private func provider(_ upstream: RawServer) -> String {
        #"providers: { up: { type: ollama, base_url: "http://127.0.0.1:\#(upstream.port)" } }"#
    }

    private func call(
        _ addresses: [String], on port: Int, headers: String = "", model: String = "m"
    ) async throws -> RawSocket {
        let parts = addresses.map { #"{"type":"image_url","image_url":{"url":"\#($0)"}}"# }
        let body = """
            {"model":"\(model)","messages":[{"role":"system","content":"Look."},{"role":"user","content":\
            [{"type":"text","text":"What is it?"},\(parts.joined(separator: ","))]}]}
            """
        let client = try RawSocket(to: port)
        try await client.send(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n\(headers)content-length: \(body.utf8.count)\r\n\r\n\(body)"
        )
        return client
    }

    /// Takes a request with its body.
    private func body(_ peer: RawSocket) async throws -> String {
        let head = try await peer.request()
        let length = try #require(head.firstRange(of: "content-length: "))
        return try await peer.read(count: Int(head[length.upperBound...].prefix { $0.isNumber }) ?? 0)
    }

    @Test func `pictures are fetched, each once, and sent on as bytes`() async throws {
        let (upstream, host) = (try RawServer(), try RawServer())
        try await withPipeline(provider(upstream), pictures: Self.fetcher) { port in
            let (one, two) = ("https://a.test:\(host.port)/1", "https://a.test:\(host.port)/2")
            let client = try await call([one, two, "data:image/gif;base64,R0lGODlh", one], on: port)
            for _ in 0..<2 {
                let peer = try await host.accept()
                let isFirst = try await peer.request().hasPrefix("GET /1 ")
                try await peer.send(answer(picture + (isFirst ? [1] : [2])))
            }
            let peer = try await upstream.accept()
            let sent = try await body(peer)
            #expect(
                sent.contains(#""images":["iVBORw0KGgoB","iVBORw0KGgoC","R0lGODlh","iVBORw0KGgoB"]"#), "\(sent)")
            try await peer.send(answer(Array(Self.answer.utf8)))
            let answer = try await client.answer()
            #expect(answer.status == 200 && answer.body.contains("I see."))
            #expect(host.accepted == 2)
        }
    }

    @Test func `a picture that can't be had is a 400 that names its place, and nothing is sent`() async throws {
        let (upstream, host) = (try RawServer(), try RawServer())
        try await withPipeline(provider(upstream), pictures: Self.fetcher) { port in
            let client = try await call(
                ["https://a.test:\(host.port)/1", "https://a.test:\(host.port)/2"], on: port)
            // Kept open: one that is never answered doesn't break off.
            var peers: [RawSocket] = []
            for _ in 0..<2 {
                let peer = try await host.accept()
                peers.append(peer)
                // The other one may be over before it is asked for.
                let request = try? await peer.request()
                if request?.hasPrefix("GET /2 ") == true { try await peer.send(answer([], "404 Not Found")) }
            }
            let answer = try await client.answer()
            #expect(answer.status == 400 && answer.body.contains(#""code":"invalid_value""#))
            #expect(answer.body.contains(#""param":"messages[1].content[2].image_url.url""#))
            #expect(answer.body.contains("its host answers with the status 404"))
            #expect(upstream.accepted == 0)
        }
    }

    @Test func `a client that goes away ends the fetching`() async throws {
        let (upstream, host) = (try RawServer(), try RawServer())
        try await withPipeline(provider(upstream), pictures: Self.fetcher) { port in
            let client = try await call(["https://a.test:\(host.port)/1"], on: port)
            let peer = try await host.accept()
            _ = try await peer.request()
            client.close()
            #expect(try await peer.readToEnd() == "")
            #expect(upstream.accepted == 0)
        }
    }

    @Test func `the call's own deadline holds for pictures too`() async throws {
        let (upstream, host) = (try RawServer(), try RawServer())
        try await withPipeline(provider(upstream), pictures: Self.fetcher) { port in
            let client = try await call(
                ["https://a.test:\(host.port)/1"], on: port, headers: "x-llm-gateway-timeout: 0.2\r\n")
            let peer = try await host.accept()
            let answer = try await client.answer()
            #expect(answer.status == 504 && answer.body.contains("provider_timeout"))
            #expect(try await peer.readToEnd().hasPrefix("GET /1 "))
        }
    }

    @Test func `all pictures of a call together are bounded`() async throws {
        let (upstream, host) = (try RawServer(), try RawServer())
        let configuration = provider(upstream) + "\nserver: { max_body_bytes: 4KiB }"
        try await withPipeline(configuration, pictures: Self.fetcher) { port in
            let client = try await call((1...3).map { "https://a.test:\(host.port)/\($0)" }, on: port)
            for _ in 1...3 {
                let peer = try await host.accept()
                _ = try await peer.request()
                try? await peer.send(answer(picture + [UInt8](repeating: 0, count: 1600)))
            }
            let answer = try await client.answer()
            #expect(answer.status == 400 && answer.body.contains("larger than a request may be"))
        }
    }

    @Test func `there is an end to the pictures that are fetched for one call`() async throws {
        let (upstream, host) = (try RawServer(), try RawServer())
        try await withPipeline(provider(upstream), pictures: Self.fetcher) { port in
            let client = try await call((0...100).map { "https://a.test:\(host.port)/\($0)" }, on: port)
            let answer = try await client.answer()
            #expect(answer.status == 400 && answer.body.contains("no more than 100 are fetched"))
            #expect(answer.body.contains(#""param":"messages[1].content[101].image_url.url""#))
            #expect(host.accepted == 0 && host.acceptIfThere() == nil)
        }
    }

    @Test func `a target that reads addresses takes over where a picture can't be had`() async throws {
        let (bytes, addresses) = (try RawServer(), try RawServer())
        let configuration = """
            providers:
              bytes: { type: ollama, base_url: "http://127.0.0.1:\(bytes.port)" }
              addresses: { type: anthropic, api_key: k, base_url: "http://127.0.0.1:\(addresses.port)" }
            models:
              m: { targets: [{ provider: bytes, model: a }, { provider: addresses, model: b }] }
            """
        var fetcher = Self.fetcher
        fetcher.check = { (_) throws(RefusedAddress) in throw RefusedAddress(sentence: "no") }
        try await withPipeline(configuration, pictures: fetcher) { port in
            let client = try await call(["https://a.test/1"], on: port)
            let peer = try await addresses.accept()
            #expect(try await body(peer).contains(#"{"type":"url","url":"https://a.test/1"}"#))
            try await peer.send(
                answer(
                    Array(
                        #"{"id":"1","type":"message","role":"assistant","model":"b","content":[{"type":"text","text":"ok"}],"stop_reason":"end_turn"}"#
                            .utf8)))
            #expect(try await client.answer().status == 200)
            #expect(bytes.accepted == 0)
        }
    }
}
