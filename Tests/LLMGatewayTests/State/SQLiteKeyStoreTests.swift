import Foundation
import Testing

@testable import LLMGateway

@Suite struct SQLiteKeyStoreTests {
    private func store(_ path: String) -> SQLiteKeyStore { SQLiteKeyStore(StateFixtures.database(path)) }

    private func key(_ name: String, expiresAt: Int64? = nil) -> RunTimeKey {
        RunTimeKey(
            name: name, digest: String(repeating: "0a", count: 32), json: #"{"name":"\#(name)"}"#,
            createdAt: 1_700_000_000, expiresAt: expiresAt)
    }

    @Test func `a key is there from its making to its end, for all who share the file`() async throws {
        let path = StateFixtures.path()
        let (one, other) = (store(path), store(path))
        #expect(try await one.insert(key("b", expiresAt: 1_800_000_000)))
        #expect(try await other.entries() == [key("b", expiresAt: 1_800_000_000)])
        #expect(try await other.insert(key("a")))
        #expect(try await one.entries().map(\.name) == ["a", "b"])
        #expect(try await one.entries().map(\.name) == ["a", "b"])
        #expect(try await one.delete("b"))
        #expect(try await !other.delete("b"))
        #expect(try await other.entries() == [key("a")])
        #expect(try await store(path).entries() == [key("a")])
    }

    @Test func `a name is given once, whoever is first`() async throws {
        let path = StateFixtures.path()
        let stores = (0..<4).map { _ in store(path) }
        let taken = try await withThrowingTaskGroup(of: Bool.self) { group in
            for (index, store) in stores.enumerated() {
                let key = RunTimeKey(name: "x", digest: "\(index)", json: "{}", createdAt: 0)
                group.addTask { try await store.insert(key) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(taken.count { $0 == true } == 1 && taken.count { $0 == false } == 3)
        #expect(try await stores[0].entries().count == 1)
    }

    @Test func `who only looks makes no file`() async throws {
        let path = StateFixtures.path()
        #expect(try await store(path).entries().isEmpty)
        #expect(try await !store(path).delete("x"))
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `a file that can't be read says so, instead of having no keys`() async throws {
        let path = TemporaryFiles.directory() + "/store.sqlite"
        let pieces = "SQLite format 3\0" + String(repeating: "cut to pieces ", count: 500)
        try Data(pieces.utf8).write(to: URL(fileURLWithPath: path))
        await #expect(throws: StateUnavailable.self) { try await store(path).entries() }
    }

    @Test func `a file that never was a database has no keys`() async throws {
        let path = TemporaryFiles.file("These are my notes, and no database.")
        #expect(try await store(path).entries().isEmpty)
    }
}
