import Foundation
import Testing

@testable import LLMGateway

/// The files that are made from the declarations. `UPDATE_REFERENCE=1 make test FILTER=ConfigurationReference` writes them.
@Suite struct ConfigurationReferenceTests {
    private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private let isUpdating = ProcessInfo.processInfo.environment["UPDATE_REFERENCE"] == "1"
    private let howTo: Comment = "run: UPDATE_REFERENCE=1 make test FILTER=ConfigurationReference"

    @Test func `config yaml is what the declarations say`() throws {
        let file = root.appending(path: "config.yaml").resolvingSymlinksInPath()
        let expected = ConfigurationReference.yaml()
        if isUpdating { try expected.write(to: file, atomically: false, encoding: .utf8) }
        #expect(try String(contentsOf: file, encoding: .utf8) == expected, howTo)
    }

    @Test func `the README's table is what the declarations say`() throws {
        let (begin, end) = ("<!-- configuration table: begin -->\n", "<!-- configuration table: end -->")
        let file = root.appending(path: "README.md").resolvingSymlinksInPath()
        var text = try String(contentsOf: file, encoding: .utf8)
        let start = try #require(text.range(of: begin), "README.md lacks the line \(begin)").upperBound
        let stop = try #require(text.range(of: end, range: start..<text.endIndex)).lowerBound
        if isUpdating {
            text.replaceSubrange(start..<stop, with: ConfigurationReference.markdownTable())
            try text.write(to: file, atomically: false, encoding: .utf8)
        } else {
            #expect(String(text[start..<stop]) == ConfigurationReference.markdownTable(), howTo)
        }
    }

    @Test func `config yaml starts with an empty environment, and changes no default`() throws {
        let written = try configuration(ConfigurationReference.yaml())
        let standard = try configuration()
        #expect(written.warnings == [])
        #expect(written.values.map(\.written) == standard.values.map(\.written))
        #expect(written.settings.providers.map(\.isNamedByOperator).allSatisfy { !$0 })
    }

    @Test func `the examples of config yaml are right, and no key is missing among them`() throws {
        let lines = ConfigurationReference.yaml().split(separator: "\n", omittingEmptySubsequences: false)
        let uncommented = lines.compactMap { $0.hasPrefix("# ") ? $0.dropFirst(2) : $0.hasPrefix("#") ? nil : $0 }
        for key in ["providers:", "models:"] {
            let starts = uncommented.indices.filter { uncommented[$0] == key }
            #expect(starts.count == 2)
            let example = uncommented[starts[0]...].prefix { !$0.hasPrefix("Everything") }
            let providers = "providers: { my-vllm: { type: openai-compatible, base_url: \"http://h/v1\" } }\n"
            let text = (key == "models:" ? providers : "") + example.joined(separator: "\n")
            #expect(problems(text) == [])
        }
        for declaration in ConfigurationReference.declarations {
            guard case .key(let key)? = declaration.path.components.last else { continue }
            #expect(lines.contains { $0.contains("\(key): ") }, "\(key)")
        }
    }

    @Test func `the variables of the example are known, and change no default`() throws {
        let text = try String(contentsOf: root.appending(path: ".env.example"), encoding: .utf8)
        let lines = text.split(separator: "\n").map { $0.hasPrefix("# LLM_") ? $0.dropFirst(2) : $0 }
        let pairs = lines.filter { !$0.hasPrefix("#") }.map {
            $0.split(separator: "=", omittingEmptySubsequences: false)
        }
        let environment = Dictionary(uniqueKeysWithValues: pairs.map { (String($0[0]), String($0[1])) })
        let loaded = try configuration("", environment)
        #expect(loaded.warnings == [])
        let standard = try configuration()
        for value in standard.values {
            #expect(loaded.values.first { $0.path == value.path }?.written == value.written, "\(value.path)")
        }
    }

    @Test func `every declaration has a help text that is a sentence, and is declared once`() {
        let declarations = ConfigurationReference.declarations
        for declaration in declarations { #expect(declaration.help.hasSuffix("."), "\(declaration.path)") }
        #expect(Set(declarations.map(\.path)).count == declarations.count)
    }
}
