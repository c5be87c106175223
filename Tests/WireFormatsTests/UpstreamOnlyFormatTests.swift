import Testing

@testable import WireFormats

@Suite struct UpstreamOnlyFormatTests {
    private let failure = ChatFailure(status: 400, type: "t", code: "c", message: "Say \"please\".")

    @Test(arguments: [BedrockConverseFormat(), HuggingFaceTGIFormat()] as [any WireFormat])
    func `a format without clients takes no call, and is spoken to targets`(format: any WireFormat) {
        #expect(format.endpoints.isEmpty && format.chat == nil && format.upstreamChat != nil)
        let place = CallPlace(FormatEndpoint("POST", "/", .chat))
        let error = #expect(throws: MalformedBody.self) {
            try #"{"model":"m"}"#.withBytes { _ = try format.outline($0, at: place, using: JSONTape()) }
        }
        #expect(error?.message == "The format '\(format.id)' has no clients; call in another one.")

        let tap = format.makeStreamTap(hidesUsage: false, tape: JSONTape())
        _ = "data: {}\n\n".withBytes { tap.feed($0) }
        #expect(tap.isForeign && !tap.isComplete)
        #expect(format.failureEvent(failure, requestID: "r").isEmpty)
        let body = format.failureBody(failure, requestID: "r")
        #expect(body.withUnsafeBytes { format.readFailure($0, using: JSONTape()) }?.message == failure.message)
    }

    @Test func `their answers tell what was used, and what is none is refused`() throws {
        let answers: [(any WireFormat, String)] = [
            (BedrockConverseFormat(), #"{"output":{},"usage":{"inputTokens":1,"outputTokens":2}}"#),
            (HuggingFaceTGIFormat(), #"{"generated_text":"","details":{"generated_tokens":2,"input_length":1}}"#),
        ]
        for (format, answer) in answers {
            let outline = try answer.withBytes { try format.readAnswer($0, using: JSONTape()) }
            #expect(outline.usage == TokenUsage(inputUncached: 1, output: 2))
            for body in ["", "<html>", "[]", "{}", #"{"error":{"message":"x"}}"#] {
                #expect(throws: MalformedBody.self) {
                    try body.withBytes { _ = try format.readAnswer($0, using: JSONTape()) }
                }
            }
        }
    }
}
