import Foundation
import Testing

@testable import WireFormats

/// Exchanges recorded from real services, one JSON file each, in `provider/api/`; `WIRE_FIXTURES` names their folder.
enum Recordings {
    static let folder =
        ProcessInfo.processInfo.environment["WIRE_FIXTURES"].map { URL(fileURLWithPath: $0) }
        ?? URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "../shared/fixtures").standardized

    static var areThere: Bool { FileManager.default.fileExists(atPath: folder.path) }

    /// What a suite says that is skipped without them.
    static let absence: Comment = "No recordings are here; set WIRE_FIXTURES to their folder."

    /// All recordings, as paths within the folder, in order.
    private static let all: [String] = {
        let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return files.filter { $0.hasSuffix(".json") && $0.split(separator: "/").count == 3 }.sorted()
    }()

    /// The recordings of these APIs, each given as `api` or `provider/api`, as paths within the folder.
    static func of(_ apis: String...) -> [String] {
        all.filter { path in
            let folders = path.split(separator: "/").dropLast()
            return apis.contains(String(folders[1])) || apis.contains(folders.joined(separator: "/"))
        }
    }

    /// Lends a recording.
    static func read(_ path: String, _ body: (JSONNode) throws -> Void) throws {
        let tape = JSONTape()
        try withExtendedLifetime(tape) {
            try Array(Data(contentsOf: folder.appending(path: path))).withUnsafeBytes { try body(try tape.parse($0)) }
        }
    }

    /// A recording's stream as it was on the wire; nil for what was not streamed or not kept so.
    static func stream(_ recording: JSONNode) throws -> [UInt8]? {
        try recording["response"]?.optional("raw").map { Array(try $0.string().utf8) }
    }
}
