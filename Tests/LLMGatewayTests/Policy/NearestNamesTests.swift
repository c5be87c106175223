import Testing

@testable import LLMGateway

@Suite struct NearestNamesTests {
    let known = ["gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5", "gemini-2.5-pro", "llama3:latest", "o1"]

    @Test(arguments: [
        ("gpt4o", ["gpt-4o"]),
        ("GPT-4O", ["gpt-4o", "gpt-4o-mini"]),
        ("gpt-4o-min", ["gpt-4o-mini", "gpt-4o"]),
        ("claude-sonet-4.5", ["claude-sonnet-4-5"]),
        ("claude-sonnet", ["claude-sonnet-4-5"]),
        ("llama3", ["llama3:latest"]),
        ("o2", ["o1"]),
        ("zz", []),
        ("", []),
    ])
    func `a slip of the pen is understood, a stranger is not`(name: String, expected: [String]) {
        #expect(NearestNames.closest(to: name, among: known) == expected)
    }

    @Test func `the closest come first, no more than asked for, and none twice`() {
        let candidates = ["model-axx", "model-ab", "model-a", "model-ab", "model-ac", "model-ad"]
        #expect(NearestNames.closest(to: "model-a", among: candidates) == ["model-a", "model-ab", "model-ac"])
        #expect(NearestNames.closest(to: "model-a", among: candidates, limit: 1) == ["model-a"])
        #expect(NearestNames.closest(to: "model-a", among: candidates, limit: 0) == [])
    }

    @Test func `names of any length and a great many of them take little time`() {
        let many = (0..<100_000).map { "model-\($0)-" + String(repeating: "x", count: 200) }
        let elapsed = ContinuousClock().measure {
            _ = NearestNames.closest(to: String(repeating: "x", count: 1_000_000), among: many)
        }
        #expect(elapsed < .seconds(2))
    }
}
