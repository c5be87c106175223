import Foundation
import Testing

/// Images by address before a server that takes only bytes: what the program as it is shipped won't fetch.
@Suite(.ownThread) struct ImageFetchingTests {
    private func withGateway(
        _ more: String = "", _ body: (GatewayProcess, ScriptedUpstream) throws -> Void
    ) throws {
        let upstream = try ScriptedUpstream(
            answering: #"{"model":"m","message":{"role":"assistant","content":"I see."},"done":true}"#)
        defer { upstream.stop() }
        let configuration = """
            providers: { up: { type: ollama, base_url: "http://127.0.0.1:\(upstream.port)" } }
            \(more)
            """
        try EndToEndTests.withGateway(configuration) { gateway throws in try body(gateway, upstream) }
    }

    private func ask(_ gateway: GatewayProcess, _ address: String) throws -> HTTPMessage {
        try gateway.ask(
            "POST", "/v1/chat/completions",
            """
            {"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"What is it?"},\
            {"type":"image_url","image_url":{"url":"\(address)"}}]}]}
            """)
    }

    @Test func `nothing inside is asked for, however its address is spelled`() throws {
        let inside = try ScriptedUpstream(answering: "secret")
        defer { inside.stop() }
        try withGateway { gateway, upstream throws in
            var sentences: Set<String> = []
            for host in [
                "127.0.0.1", "localhost", "[::1]", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]", "0.0.0.0",
                "169.254.169.254", "no-such-host.invalid",
            ] {
                let answer = try ask(gateway, "https://\(host):\(inside.port)/latest/meta-data")
                let error = answer.json["error"]
                #expect(answer.status == 400 && error["code"].string == "invalid_value", "\(host)")
                #expect(error["param"].string == "messages[0].content[1].image_url.url")
                sentences.insert(error["message"].string ?? "")
            }
            #expect(sentences.count == 1, "whoever asks doesn't learn which of them is there")
            #expect(sentences.first?.contains("can't be reached at a public address") == true)
            #expect(inside.calls.isEmpty && upstream.calls.isEmpty)
            let log = try gateway.logLine { $0["error_detail"].string?.contains("loopback") == true }
            #expect(log["outcome"].string == "client_error" && log["attempts"].int == 0)
        }
    }

    @Test func `plain HTTP is not fetched`() throws {
        try withGateway { gateway, upstream throws in
            let answer = try ask(gateway, "http://127.0.0.1/1.png")
            #expect(answer.status == 400)
            #expect(answer.json["error"]["message"].string?.contains("only https addresses are fetched") == true)
            #expect(upstream.calls.isEmpty)
        }
    }

    @Test func `told to fetch none, the gateway says so`() throws {
        try withGateway("routing: { fetch_images: off }") { gateway, upstream throws in
            let answer = try ask(gateway, "https://example.com/1.png")
            #expect(answer.status == 400)
            #expect(answer.json["error"]["message"].string?.contains("routing.fetch_images: off") == true)
            let inline = try ask(gateway, "data:image/png;base64,iVBORw0KGgo=")
            #expect(inline.status == 200 && upstream.calls.count == 1)
            #expect(try upstream.call(1).json["messages"][0]["images"][0].string == "iVBORw0KGgo=")
        }
    }
}
