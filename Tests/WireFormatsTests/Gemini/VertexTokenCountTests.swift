import Testing

@testable import WireFormats

@Suite struct VertexTokenCountTests {
    private func edited(_ text: String) throws -> String {
        try Gemini.parse(text) { root in
            let edits = VertexTokenCount.edits(to: root)
            return text.withBytes { edits.applied(to: $0).text }
        }
    }

    @Test(arguments: ["generateContentRequest", "generate_content_request"])
    func `a request within the request comes out, without its model`(key: String) throws {
        #expect(
            try edited(#" {"\#(key)": {"model":"models/g","contents":[],"tools":[]} } "#)
                == #" {"contents":[],"tools":[]} "#)
    }

    @Test func `contents alone are right as they are`() throws {
        let body = #"{"contents":[{"parts":[{"text":"Hi"}]}]}"#
        #expect(try edited(body) == body)
    }
}
