import Testing
import WireFormats

@Suite struct AnthropicBetasTests {
    private let names = ["a-2025-01-01": "a-2025-01-01", "theirs": "its-own", "another": "its-own"]

    @Test func `values that a platform knows go by its names, once each, in the client's order`() {
        let betas = AnthropicBetas(["theirs , a-2025-01-01", "another"], knownAs: names)
        #expect(betas.values == ["its-own", "a-2025-01-01"] && !betas.dropsSome)
    }

    @Test(arguments: [["unknown"], ["a-2025-01-01,unknown"], ["a-2025-01-01", "A-2025-01-01"], ["a-2025-01-01-b"]])
    func `others stay behind, and it is known that they did`(lines: [String]) {
        let betas = AnthropicBetas(lines, knownAs: names)
        #expect(betas.values == (lines == ["unknown"] || lines == ["a-2025-01-01-b"] ? [] : ["a-2025-01-01"]))
        #expect(betas.dropsSome)
    }

    @Test(arguments: [[], [""], [" , ,"]]) func `nothing said is nothing lost`(lines: [String]) {
        #expect(AnthropicBetas(lines, knownAs: names) == AnthropicBetas([], knownAs: [:]))
    }
}
