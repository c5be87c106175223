import Testing

@testable import WireFormats

@Suite struct AnthropicCloudBodyTests {
    private func edited(_ text: String, keepsModel: Bool = false, header: String? = nil) throws -> String {
        try Gemini.parse(text) { root in
            let edits = AnthropicCloudBody(version: "cloud-1").edits(to: root, keepsModel: keepsModel, header: header)
            return text.withBytes { edits.applied(to: $0).text }
        }
    }

    @Test func `the model makes way for the version, and every other byte stays`() throws {
        #expect(
            try edited(#"{"max_tokens":1, "model": "claude" ,"x":1.50}"#)
                == #"{"max_tokens":1, "anthropic_version":"cloud-1" ,"x":1.50}"#)
    }

    @Test func `where the path names no model, the version is added`() throws {
        #expect(try edited(#"{"model":"c"}"#, keepsModel: true) == #"{"anthropic_version":"cloud-1","model":"c"}"#)
    }

    @Test func `a version that the body says itself stays`() throws {
        let body = #"{"model":"c","anthropic_version":"mine"}"#
        #expect(try edited(body) == #"{"anthropic_version":"mine"}"#)
        #expect(try edited(body, keepsModel: true) == body)
    }

    @Test func `of the versions in headers only those count that the clouds know too`() throws {
        #expect(try edited(#"{"model":"c"}"#, header: "2023-06-01") == #"{"anthropic_version":"cloud-1"}"#)
        #expect(try edited(#"{"model":"c"}"#, header: "2026-10-21") == #"{"anthropic_version":"2026-10-21"}"#)
        #expect(try edited(#"{"model":"c"}"#, header: "nonsense") == #"{"anthropic_version":"cloud-1"}"#)
    }
}
