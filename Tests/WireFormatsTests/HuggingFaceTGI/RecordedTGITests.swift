import Testing

@testable import WireFormats

@Suite(.enabled(if: Recordings.areThere, Recordings.absence))
struct RecordedTGITests {
    @Test(arguments: Recordings.of("huggingface/tgi_generate"))
    func `every recorded answer is read`(path: String) throws {
        try Recordings.read(path) { recording in
            let body = try recording.required("response").required("body")
            let answer = try HuggingFaceTGICodec().decode(answer: body)
            #expect(" " + answer.text == (try body.required("generated_text").string()))
            let details = try body.required("details")
            #expect(answer.usage?.output == details["generated_tokens"]?.wholeNumber)
            #expect(answer.stopReason == StopReason(huggingFaceTGI: try details.required("finish_reason").string()))
            #expect(answer.stopReason == .maxTokens)
        }
    }
}
