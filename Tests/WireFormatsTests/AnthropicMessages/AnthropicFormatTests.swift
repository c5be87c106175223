import Testing

@testable import WireFormats

@Suite struct AnthropicFormatTests {
    private typealias Exchange = AnthropicExchange
    private let format = AnthropicMessagesFormat()

    private func outline(_ body: String, at place: CallPlace = AnthropicExchange.messages) throws -> CallOutline {
        try body.withBytes { try format.outline($0, at: place, using: JSONTape()) }
    }

    @Test func `it answers at two paths`() {
        #expect(format.id == .anthropicMessages)
        #expect(format.endpoints.map(\.path) == ["/v1/messages", "/v1/messages/count_tokens"])
        #expect(format.endpoints.map(\.operation) == [.chat, .tokenCount])
        #expect([any WireFormat].builtIn.contains { $0.id == .anthropicMessages })
    }

    // MARK: Requests

    @Test func `a body is outlined`() throws {
        let body =
            #"{"model":"claude","max_tokens":5,"stream":true,"system":"abc","messages":[{"role":"user","content":[{"type":"text","text":"12345"},{"type":"image","source":{"type":"base64","data":"AAAAAAAA"}},{"type":"tool_result","content":[{"type":"text","text":"67"}]},{"type":"document","source":{"type":"text","data":"89"}},{"type":"tool_use","input":{}}]}],"tools":[{}]}"#
        let outline = try outline(body)
        #expect(outline.model == "claude")
        #expect(outline.maxOutputTokens == 5)
        #expect(outline.streams && outline.asksForUsage && outline.choices == 1)
        #expect(outline.estimatedInputBytes == 3 + 5 + 2 + 2 + 2 + 4)
        let splices = format.splices(outline, model: "other", askForUsage: true)
        #expect(splices.count == 1)
        #expect(splices.first.map { Array(body.utf8)[$0.range] }.map { Array($0).text } == "\"claude\"")
    }

    @Test(
        arguments: [
            (#"[]"#, nil, MalformedBody.Code.invalidValue), (#"{"#, nil, .invalidJSON),
            (#"{"max_tokens":1,"messages":[]}"#, "model", .missingField),
            (#"{"model":"","max_tokens":1,"messages":[]}"#, "model", .invalidValue),
            (#"{"model":"a","model":"b","max_tokens":1,"messages":[]}"#, "model", .invalidValue),
            (#"{"model":"a","max_tokens":1}"#, "messages", .missingField),
            (#"{"model":"a","max_tokens":1,"messages":["x"]}"#, "messages[0]", .invalidValue),
            (#"{"model":"a","messages":[]}"#, "max_tokens", .missingField),
            (#"{"model":"a","max_tokens":"x","messages":[]}"#, "max_tokens", .invalidValue),
            (#"{"model":"a","max_tokens":1,"messages":[],"stream":1}"#, "stream", .invalidValue),
        ] as [(String, String?, MalformedBody.Code)])
    func `a body that no provider would take is refused`(body: String, field: String?, code: MalformedBody.Code) {
        #expect {
            try outline(body)
        } throws: { error in
            (error as? MalformedBody)?.field == field && (error as? MalformedBody)?.code == code
        }
    }

    @Test func `a count needs no limit`() throws {
        #expect(try outline(#"{"model":"a","messages":[]}"#, at: Exchange.count).maxOutputTokens == nil)
    }

    // MARK: Answers that pass through

    @Test func `an answer is outlined, and a count is an answer`() throws {
        let body = #"{"model":"claude-x","content":[],"usage":{"input_tokens":3,"output_tokens":4}}"#
        let answer = try body.withBytes { try format.readAnswer($0, using: JSONTape()) }
        #expect(answer.model == "claude-x")
        #expect(answer.usage == TokenUsage(inputUncached: 3, output: 4))
        #expect(answer.modelRange == 9..<19)
        #expect(
            try #"{"input_tokens":7}"#.withBytes { try format.readAnswer($0, using: JSONTape()) } == AnswerOutline())
        #expect(throws: MalformedBody.self) {
            try #"{"choices":[]}"#.withBytes { try format.readAnswer($0, using: JSONTape()) }
        }
    }

    private func pass(_ stream: [UInt8], splitAt cuts: [Int] = []) -> (output: [UInt8], tap: StreamTap) {
        let tap = format.makeStreamTap(hidesUsage: true, tape: JSONTape())
        var output: [UInt8] = []
        var start = 0
        for end in cuts + [stream.count] {
            let piece = Array(stream[start..<end])
            switch piece.withUnsafeBytes({ tap.feed($0) }) {
            case .all: output += piece
            case .bytes(let bytes): output += bytes
            }
            start = end
        }
        return (output + tap.finish(), tap)
    }

    @Test func `a stream passes unchanged, and its usage is known`() {
        let stream = AnthropicStreamReaderTests.stream(AnthropicStreamReaderTests.whole)
        for cut in 1..<stream.count {
            let (output, tap) = pass(stream, splitAt: [cut])
            guard output == stream, tap.isComplete, !tap.isForeign, tap.model == "claude-x", tap.contentEvents == 7,
                tap.usage == TokenUsage(inputUncached: 10, cacheRead: 4, output: 42)
            else {
                Issue.record("split at \(cut)")
                return
            }
        }
        let unnamed = Array(AnthropicStreamReaderTests.whole.map { "data: \($0)\n\n" }.joined().utf8)
        let tap = pass(unnamed).tap
        #expect(tap.isComplete && tap.contentEvents == 7 && tap.usage?.output == 42)
    }

    @Test func `a stream is whole once its reason to stop is told`() {
        let data = AnthropicStreamReaderTests.whole
        #expect(pass(AnthropicStreamReaderTests.stream(data.dropLast())).tap.isComplete)
        #expect(!pass(AnthropicStreamReaderTests.stream(data.dropLast(2))).tap.isComplete)
    }

    @Test func `an error is swallowed and told, also as the first event`() {
        let error = #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#
        for count in [0, 1, 4] {
            let before = AnthropicStreamReaderTests.stream(Array(AnthropicStreamReaderTests.whole.prefix(count)))
            let (output, tap) = pass(before + AnthropicStreamReaderTests.stream([error]))
            #expect(output == before)
            #expect(tap.failure == UpstreamFailureBody(message: "Overloaded", type: "overloaded_error"))
            #expect(!tap.isComplete && !tap.isForeign)
            let failure = ChatFailure(status: 502, type: "api_error", code: "x", message: "m")
            #expect(tap.failureEvent(failure, requestID: "r").text.hasPrefix("event: error\n"))
        }
        #expect(pass(Array("event: error\ndata: gone\n\n".utf8)).tap.failure != nil)
    }

    @Test(arguments: ["data: {\"choices\":[]}\n\n", "data: [DONE]\n\n", "data: {\"type\":\"response.created\"}\n\n"])
    func `a stream in another format is foreign to the tap`(stream: String) {
        #expect(pass(Array(stream.utf8)).tap.isForeign)
    }

    // MARK: Failures

    @Test(arguments: [
        (400, "invalid_request_error"), (401, "authentication_error"), (402, "billing_error"),
        (403, "permission_error"), (404, "not_found_error"), (405, "invalid_request_error"),
        (408, "invalid_request_error"), (413, "request_too_large"), (422, "invalid_request_error"),
        (429, "rate_limit_error"), (431, "invalid_request_error"), (500, "api_error"), (502, "api_error"),
        (503, "overloaded_error"), (504, "timeout_error"), (508, "invalid_request_error"), (529, "overloaded_error"),
    ])
    func `each status has its type`(status: Int, type: String) throws {
        let failure = ChatFailure(status: status, type: "t", code: "c", message: "Do this.")
        #expect(
            format.failureBody(failure, requestID: "r-1").text
                == #"{"type":"error","error":{"type":"\#(type)","message":"Do this."},"request_id":"r-1"}"#)
        #expect(
            format.failureEvent(failure, requestID: "r-1").text
                == "event: error\ndata: \(format.failureBody(failure, requestID: "r-1").text)\n\n")
    }

    @Test func `a budget that is spent is a limit, whatever its status`() {
        let failure = ChatFailure(status: 402, type: "insufficient_quota", code: "budget_exceeded", message: "m")
        #expect(format.failureBody(failure, requestID: "r").text.contains("rate_limit_error"))
    }

    @Test(
        arguments: [
            (
                #"{"type":"error","error":{"type":"not_found_error","message":"model: x","details":{"error_code":"e"}},"request_id":"q"}"#,
                UpstreamFailureBody(message: "model: x", type: "not_found_error", code: "e")
            ),
            (
                #"[{"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED"}}]"#,
                UpstreamFailureBody(message: "Quota", type: "RESOURCE_EXHAUSTED", code: "429")
            ),
            (#"{"message":"Too many"}"#, UpstreamFailureBody(message: "Too many")),
            (#"{"error":"gone"}"#, UpstreamFailureBody(message: "gone")),
            (#"{"x":1}"#, nil), ("<html>", nil), ("", nil), ("[]", nil), ("7", nil),
        ] as [(String, UpstreamFailureBody?)])
    func `what an upstream says went wrong is read`(body: String, failure: UpstreamFailureBody?) {
        #expect(body.withBytes { format.readFailure($0, using: JSONTape()) } == failure)
    }
}
