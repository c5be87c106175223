import Foundation
import Testing

/// Gemini's streams for clients who don't ask for events: one JSON array, whatever happens.
@Suite(.ownThread) struct GeminiArrayTests {
    private let path = "/v1beta/models/gemini-2.5-flash:streamGenerateContent"
    private let first = #"{"candidates":[{"content":{"parts":[{"text":"Hé"}]}}],"modelVersion":"g","new":[1.50]}"#
    private let last = #"{"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"candidatesTokenCount":2}}"#

    private func withGateway(
        _ script: @escaping @Sendable (Call) throws -> Void, also more: String = "",
        _ body: (GatewayProcess, ScriptedUpstream) throws -> Void
    ) throws {
        let upstream = try ScriptedUpstream(script)
        defer { upstream.stop() }
        try EndToEndTests.withGateway(
            """
            providers: { gemini: { base_url: "http://127.0.0.1:\(upstream.port)/v1beta", api_key: k } }
            \(more)
            """
        ) { gateway throws in try body(gateway, upstream) }
    }

    @Test func `a call with what only Google knows passes through, and its events become elements`() throws {
        try withGateway({ [first, last] call in
            try call.startStream()
            for event in [first, last] { try call.chunk("data: \(event)\r\n\r\n") }
            try call.endStream()
        }) { gateway, upstream throws in
            let body = #"{"contents":[{"parts":[{"text":"x"}]}],"tools":[{"googleSearch":{}}],"safetySettings":[]}"#
            let answer = try gateway.ask("POST", path, body)
            #expect(answer.status == 200 && answer["content-type"] == "application/json")
            #expect(answer.text == "[" + first + "\n,\r\n" + last + "\n]")
            let sent = try upstream.call(1)
            #expect(sent.text == body && sent.path == path + "?alt=sse")
            #expect(try gateway.logLine(of: #require(answer["x-request-id"]))["output_tokens"].int == 2)
        }
    }

    @Test func `an upstream that breaks off leaves an array whose last element is the failure`() throws {
        try withGateway({ [first] call in
            try call.startStream()
            try call.chunk("data: \(first)\r\n\r\ndata: {\"candi")
            call.close()
        }) { gateway, _ throws in
            let elements = try gateway.ask("POST", path, #"{"contents":"x"}"#).json
            #expect(elements.list?.count == 2 && elements[0]["modelVersion"].string == "g")
            #expect(elements[1]["error"]["code"].int == 502 && elements[1]["error"]["status"].string == "UNAVAILABLE")
        }
    }

    @Test func `a failure after nothing but keep-alives is an array of one element`() throws {
        try withGateway(
            { call in
                usleep(700_000)  // several keep-alives long
                try call.answer(
                    #"{"error":{"code":400,"message":"No.","status":"INVALID_ARGUMENT"}}"#, status: "400 Bad Request")
            }, also: "server: { stream_keep_alive: 200ms }"
        ) { gateway, _ throws in
            let answer = try gateway.ask("POST", path, #"{"contents":"x"}"#)
            #expect(answer.status == 200 && answer["content-type"] == "application/json")
            #expect(answer.text.hasPrefix("\n") && answer.json.list?.count == 1)
            #expect(answer.json[0]["error"]["message"].string == "No.")
        }
    }

    @Test func `a translated stream that breaks is such an array too`() throws {
        try EndToEndTests.withGateway("providers: { simulated: {} }\nserver: { stream_keep_alive: 100ms }") {
            gateway throws in
            let body = #"{"contents":"one two three four"}"#
            let place = ":streamGenerateContent"
            let broken = try gateway.ask("POST", "/v1beta/models/simulated/error-midstream" + place, body)
            let elements = try #require(broken.json.list)
            #expect(elements.count > 1 && elements.last?["error"]["code"].int == 502)
            #expect(elements.dropLast().allSatisfy { $0["candidates"].list != nil })
            let silent = try gateway.ask(
                "POST", "/v1beta/models/simulated/error-timeout" + place, body, headers: ["x-llm-gateway-timeout: 1"])
            #expect(silent.json.list?.count == 1 && silent.json[0]["error"]["code"].int == 504)
        }
    }
}
