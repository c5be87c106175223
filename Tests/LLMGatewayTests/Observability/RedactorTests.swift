import Testing

@testable import LLMGateway

@Suite struct RedactorTests {
    @Test(arguments: [
        ("Incorrect API key provided: sk-abcd****wxyz.", "Incorrect API key provided: [redacted]."),
        ("authorization: Bearer abc.DEF-1=", "authorization: [redacted]"),
        ("\"key\":\"AIzaSyA1234567890abcdefghijklmnopqrstu\"", "\"key\":\"[redacted]\""),
        ("AKIAIOSFODNN7EXAMPLE signed", "[redacted] signed"),
        ("hf_abcdefghij and gsk_1234567890", "[redacted] and [redacted]"),
        (
            "The skeletonization of a task-oriented desk-bound disk-image",
            "The skeletonization of a task-oriented desk-bound disk-image"
        ),
        ("my literal s3cr3t!", "my literal [redacted]"),
        ("no route to http://llm.intranet:8000/v1/chat?x=1, sorry", "no route to [redacted] sorry"),
        ("llm.intranet refused", "[redacted] refused"),
        (
            "llmxintranet is fine, https://platform.openai.com/account too",
            "llmxintranet is fine, https://platform.openai.com/account too"
        ),
        ("card 4111-1111", "card [redacted]"),
    ])
    func `credentials, internal addresses and configured patterns are masked`(text: String, expected: String) throws {
        let redactor = try Redactor(
            patterns: [#"\d{4}-\d{4}"#], secrets: ["s3cr3t!", "s3cr", "abc"], hosts: ["llm.intranet"])
        #expect(redactor.redact(text) == expected)
    }

    @Test func `a pattern that is none is named`() {
        #expect(throws: Redactor.InvalidPattern(pattern: "(")) { try Redactor(patterns: ["("]) }
    }

    @Test func `a secret on the edge of a cut does not survive in part`() throws {
        let redactor = try Redactor(secrets: ["topsecretvalue"])
        for length in 4090..<4110 {
            let text = String(repeating: "a", count: length) + "topsecretvalue" + String(repeating: "b", count: 9000)
            #expect(!redactor.redact(text, cutAt: 4200).contains("tops"), "\(length)")
            #expect(!redactor.redact(text, cutAt: 10).contains("tops"))
        }
        #expect(redactor.redact("short topsecretvalue", cutAt: 8) == "short [r")
    }
}
