import Foundation
import Testing

/// What no linter looks for.
@Suite struct StyleTests {
    private var sources: [SourceFile] { SourceFile.product }
    private let everything = SourceFile.product + SourceFile.all(under: "Tests")

    @Test func `no file is longer than 400 lines without saying why`() {
        for file in everything where file.lines.count > 401 {
            let header = file.lines.prefix(30).joined(separator: "\n")
            #expect(header.contains("Reason for length:"), "\(file.path) has \(file.lines.count - 1) lines")
        }
    }

    @Test func `no name says nothing`() {
        let emptyWords = [
            "Utils", "Utilities", "Helper", "Helpers", "Core", "Common", "Shared", "Misc", "Manager", "Impl",
        ]
        let emptyNames: Set<String> = ["Service", "Types", "Models", "Internal", "Handler", "Base", "Abstract"]
        for file in everything {
            let names = file.path.split(separator: "/").dropFirst().map {
                $0.replacingOccurrences(of: ".swift", with: "")
            }
            for name in names + file.declaredTypes {
                #expect(
                    !emptyWords.contains { name.hasSuffix($0) } && !emptyNames.contains(name), "\(file.path): \(name)")
            }
        }
    }

    @Test func `nothing is switched over by kind of format or provider`() {
        for file in sources {
            for (number, line) in file.names.enumerated() {
                #expect(
                    !line.contains(/\bswitch\s+[\w.?!()]*(?i:format|provider)(?:s?\.?(?i:id|type|name))\b\s*\{/),
                    "\(file.path):\(number + 1) switches over what should be a list")
                #expect(
                    !line.contains(/\benum (FormatID|ProviderType|ProviderKind|FormatKind)\b/),
                    "\(file.path):\(number + 1) closes what should be open")
            }
        }
    }

    @Test func `what the compiler is told to trust is explained`() {
        let trusted = /@unchecked Sendable|nonisolated\(unsafe\)|unowned\(unsafe\)|unsafeBitCast/
        for file in sources {
            for (number, line) in file.code.enumerated() where line.contains(trusted) {
                let before = file.lines[max(0, number - 12)...number]
                // A comment on the same line, or the nearest lines above it that belong to the same declaration.
                let near = before.suffix(8).contains { $0.contains("//") }
                #expect(near, "\(file.path):\(number + 1) trusts without a word why")
            }
        }
    }

    @Test func `nothing is forced, abandoned or left for later`() {
        let forced = /\btry!|\bas!|\bfatalError\(/
        let later = /\b(TODO|FIXME|XXX|HACK)\b/
        for file in everything where !file.path.contains("ArchitectureTests") {
            for (number, line) in file.names.enumerated() {
                #expect(!line.contains(forced), "\(file.path):\(number + 1): \(line)")
            }
            for (number, line) in file.lines.enumerated() {
                #expect(!line.contains(later), "\(file.path):\(number + 1): \(line)")
            }
        }
    }
}
