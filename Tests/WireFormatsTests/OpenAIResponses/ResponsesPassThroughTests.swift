import Testing

@testable import WireFormats

struct ResponsesPassThroughTests {
    /// The body as it goes out to a target of the same format.
    private func passed(_ body: String, model: String = "n") throws -> String {
        let format = OpenAIResponsesFormat()
        let (place, tape) = (ResponsesExchange.place, JSONTape())
        return try body.withBytes { bytes in
            let outline = try format.outline(bytes, at: place, using: tape)
            let foreign = format.foreignState(in: bytes, at: place, for: model, using: tape)
            return format.splices(outline, model: model, askForUsage: true).overridden(by: foreign.splices)
                .applied(to: bytes).text
        }
    }

    @Test func `only the model's name changes`() throws {
        let body = #"{"input":[{"type":"reasoning","encrypted_content":"gA"}] , "model":"m", "odd":1.0}"#
        #expect(try passed(body) == body.replacing(#""m""#, with: #""n""#))
        #expect(try passed(body, model: "m") == body)
    }

    @Test(
        arguments: [
            ("G", ""), ("G,a", "a"), ("a,G", "a"), ("G,G", ""), ("a,G,b", "a,b"), ("G,G,a,G,G,b,G", "a,b"), ("a", "a"),
        ])
    func `what the gateway put in for another provider is taken out`(items: String, left: String) throws {
        func spelled(_ items: String, model: String) -> String {
            let list = items.map { letter in
                switch letter {
                case "a": #"{"role":"user","content":"llmgw1"}"#
                case "b": #"{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAA"}"#
                case "G": #"{"type":"reasoning","summary":[],"encrypted_content":"llmgw1.call.google..cw"}"#
                default: String(letter)
                }
            }
            return #"{"input":[\#(list.joined())],"model":"\#(model)"}"#
        }
        #expect(try passed(spelled(items, model: "m")) == spelled(left, model: "n"))
    }

    @Test func `blanks around what is taken out leave a valid list`() throws {
        let own = #"{"encrypted_content":"llmgw1"}"#
        let body = try passed(
            "{\"model\":\"n\",\"input\":[ \(own) , {\"role\":\"user\",\"content\":\"x\"} ,\n \(own) ]}")
        #expect(body == "{\"model\":\"n\",\"input\":[ {\"role\":\"user\",\"content\":\"x\"} ]}")
    }

    @Test func `a broken stream ends with the response that failed`() throws {
        let failure = ChatFailure(status: 502, type: "api_error", code: "provider_error", message: "Gone.")
        let events = ResponsesExchange.events(of: OpenAIResponsesFormat().failureEvent(failure, requestID: "r"))
        #expect(events.map(\.type) == ["error", "response.failed"])
        #expect(events[0].data.hasSuffix(#""sequence_number":0}"#))
        #expect(events[1].data.contains(#""id":"resp_r""#) && events[1].data.contains(#""tools":[]"#))
        #expect(events[1].data.hasSuffix(#""sequence_number":1}"#))
    }

    @Test func `the failure of a stream that passes through is numbered behind what the client has`() throws {
        let tap = OpenAIResponsesFormat().makeStreamTap(hidesUsage: false, tape: JSONTape())
        let created = #"{"type":"response.created","response":{"id":"resp_1","model":"gpt","created_at":5}}"#
        let stream = try ResponsesExchange.framed(created, #"{"type":"error","error":{"message":"no"}}"#)
        let passed = stream.withUnsafeBytes { tap.feed($0) }
        #expect(try passed == .bytes(ResponsesExchange.framed(created)) && tap.failure?.message == "no")
        let failure = ChatFailure(status: 502, type: "api_error", code: "provider_error", message: "Gone.")
        let events = ResponsesExchange.events(of: tap.failureEvent(failure, requestID: "r"))
        #expect(
            events[0].data.hasSuffix(#""sequence_number":1}"#) && events[1].data.hasSuffix(#""sequence_number":2}"#))
        #expect(events[1].data.contains(#""id":"resp_1","object":"response","created_at":5,"status":"failed""#))
        #expect(events[1].data.contains(#""model":"gpt""#))
    }
}
