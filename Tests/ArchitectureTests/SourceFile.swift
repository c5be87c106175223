import Foundation

/// One Swift file of the project, with and without what does not bind the compiler.
struct SourceFile: Sendable {
    /// From the package's root: `Sources/WireFormats/JSON/JSONTape.swift`.
    let path: String
    /// As they stand in the file.
    let lines: [String]
    /// Without comments; line for line.
    let code: [String]
    /// Without comments and without what stands between quotes; line for line.
    let names: [String]

    /// `WireFormats`, or `LLMGateway`, or a test target.
    var module: String { part(1) }
    /// The first folder inside the module, empty for a file right in it.
    var folder: String { path.split(separator: "/").count > 3 ? part(2) : "" }
    var fileName: String { path.split(separator: "/").last.map(String.init) ?? path }

    private func part(_ index: Int) -> String {
        let parts = path.split(separator: "/")
        return parts.indices.contains(index) ? String(parts[index]) : ""
    }

    /// What it imports: `NIOCore`, `Foundation`.
    var imports: [String] {
        code.compactMap { line in
            let words = line.split(whereSeparator: \.isWhitespace)
            guard let position = words.firstIndex(of: "import"), words.count > position + 1 else { return nil }
            guard words[..<position].allSatisfy({ ["public", "package", "internal", "@preconcurrency"].contains($0) })
            else { return nil }
            return words.last?.split(separator: ".").first.map(String.init)
        }
    }

    /// The types that it declares outside of any other.
    var declaredTypes: [String] {
        names.compactMap { line in
            guard
                let match = line.prefixMatch(
                    of:
                        /(?:(?:@\w+(?:\(\w+\))?|public|package|internal|private|fileprivate|final|indirect) )*(?:struct|class|enum|actor|protocol) (\w+)/
                ), !line.hasPrefix("private"), !line.hasPrefix("fileprivate")
            else { return nil }
            return String(match.1)
        }
    }

    /// The types that it declares inside of others.
    var nestedTypes: [String] {
        names.compactMap { line in
            line.firstMatch(of: /^\s+.*\b(?:struct|class|enum|actor|protocol|typealias) ([A-Z]\w*)/).map {
                String($0.1)
            }
        }
    }

    /// The identifiers on one line of `names`.
    static func words(_ line: String) -> [Substring] {
        line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
    }

    /// What is built and shipped.
    static let product = all(under: "Sources")

    /// Every Swift file under a folder of the package.
    static func all(under folder: String) -> [SourceFile] {
        let root = URL(fileURLWithPath: "\(packageRoot)/\(folder)").resolvingSymlinksInPath().path
        let paths = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".swift") }.sorted().compactMap { path in
            guard let text = try? String(contentsOfFile: "\(root)/\(path)", encoding: .utf8) else { return nil }
            return SourceFile(path: "\(folder)/\(path)", text: text)
        }
    }

    private static let packageRoot: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url.path
    }()

    init(path: String, text: String) {
        self.path = path
        lines = text.components(separatedBy: "\n")
        code = Self.stripped(text, quotes: false).components(separatedBy: "\n")
        names = Self.stripped(text, quotes: true).components(separatedBy: "\n")
    }

    /// Blanks out comments, and with `quotes` the text of string literals too. Line ends stay.
    ///
    /// Code interpolated into a string counts as part of the string.
    private static func stripped(_ text: String, quotes: Bool) -> String {
        enum Place {
            case code
            case lineComment
            case blockComment
            case string(closing: [UInt8])
        }
        let bytes = Array(text.utf8)
        var place = Place.code
        var result: [UInt8] = []
        var position = 0
        func follows(_ token: some Collection<UInt8>) -> Bool { bytes[position...].starts(with: token) }
        func take(_ count: Int, kept: Bool) {
            for byte in bytes[position...].prefix(count) where kept || byte == UInt8(ascii: "\n") {
                result.append(byte)
            }
            position += count
        }
        while position < bytes.count {
            switch place {
            case .code:
                if follows("//".utf8) {
                    place = .lineComment
                } else if follows("/*".utf8) {
                    place = .blockComment
                } else if let opening = openingQuote(in: bytes[position...]) {
                    place = .string(closing: opening.reversed())
                    take(opening.count, kept: true)
                } else {
                    take(1, kept: true)
                }
            case .lineComment:
                if follows("\n".utf8) { place = .code } else { take(1, kept: false) }
            case .blockComment:
                if follows("*/".utf8) {
                    place = .code
                    take(2, kept: false)
                } else {
                    take(1, kept: false)
                }
            case .string(let closing):
                if follows(closing) {
                    take(closing.count, kept: true)
                    place = .code
                } else if closing.last != UInt8(ascii: "#"), follows("\\".utf8) {
                    take(2, kept: !quotes)
                } else {
                    take(1, kept: !quotes)
                }
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The `"`, `"""` or `#"` that begins a string literal here.
    private static func openingQuote(in bytes: ArraySlice<UInt8>) -> [UInt8]? {
        let pounds = bytes.prefix { $0 == UInt8(ascii: "#") }
        let quotes = bytes.dropFirst(pounds.count).prefix { $0 == UInt8(ascii: "\"") }.count
        return quotes == 0 ? nil : pounds + Array(repeating: UInt8(ascii: "\""), count: quotes >= 3 ? 3 : 1)
    }
}
