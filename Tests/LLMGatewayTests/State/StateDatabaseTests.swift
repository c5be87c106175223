import Foundation
import Testing

@testable import LLMGateway

@Suite struct StateDatabaseTests {
    private typealias Fixtures = StateFixtures

    @Test func `nothing is made before it is needed, and then for nobody else to read`() async throws {
        let path = Fixtures.path()
        let stored = Fixtures.responses(path)
        #expect(!FileManager.default.fileExists(atPath: path))
        stored.keep(Fixtures.response("a"))
        await stored.flush()
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let folderAttributes = try FileManager.default.attributesOfItem(atPath: folder)
        #expect(folderAttributes[.posixPermissions] as? Int == 0o700)
    }

    @Test func `a file that is no database is told of, left as it is, and keeps nobody from calling`() async throws {
        let path = TemporaryFiles.directory() + "/notes.txt"
        let notes = String(repeating: "These are my notes, and no database.\n", count: 100)
        TemporaryFiles.write(notes, to: path)
        #expect(Fixtures.database(path).foreseeableTrouble() == "it is no SQLite database")
        let stored = Fixtures.responses(path)
        #expect(await !stored.isUsable())
        let response = Fixtures.response("a")
        stored.keep(response)
        await stored.flush()
        await #expect(throws: StateUnavailable.self) { try await stored.answer(response.id) }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == notes)
    }

    @Test func `a path that is a folder is told of`() async {
        let folder = TemporaryFiles.directory()
        let database = Fixtures.database(folder)
        #expect(!database.exists)
        #expect(database.foreseeableTrouble() == "it is a folder")
        #expect(await !Fixtures.responses(folder).isUsable())
    }

    @Test func `a folder that can't be made is told of`() async throws {
        let file = TemporaryFiles.file("I am a file")
        let stored = Fixtures.responses(file + "/store.sqlite")
        #expect(await !stored.isUsable())
        await #expect(throws: StateUnavailable.self) { try await stored.delete(.new()) }
    }

    @Test func `a store that is well has no trouble ahead, made or not`() async {
        let path = Fixtures.path()
        #expect(Fixtures.database(path).foreseeableTrouble() == nil)
        let database = Fixtures.database(path)
        #expect(await database.isUsable())
        #expect(database.foreseeableTrouble() == nil)
        #expect(Fixtures.database("relative.sqlite").foreseeableTrouble() == nil)
    }

    @Test func `a file that was cut in the middle of a write is opened with what was whole`() async throws {
        let path = Fixtures.path()
        let response = Fixtures.response("kept")
        let stored = Fixtures.responses(path)
        stored.keep(response)
        await stored.flush()
        // As a crash leaves it: the file and its journal as they are at this moment, the journal's last page half written.
        let copy = Fixtures.path()
        try FileManager.default.createDirectory(
            atPath: URL(fileURLWithPath: copy).deletingLastPathComponent().path, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        let journal = try Data(contentsOf: URL(fileURLWithPath: path + "-wal"))
        try (journal + Data(repeating: 0x5a, count: 2000)).write(to: URL(fileURLWithPath: copy + "-wal"))
        let after = Fixtures.responses(copy)
        #expect(try await after.answer(response.id) == response.answer)
    }

    @Test func `the store's secret is made once, for all who share the store`() async throws {
        let path = Fixtures.path()
        let name = ResponseName(key: "k", .store(.new()))
        let ids = await withTaskGroup(of: String.self) { group in
            for _ in 0..<4 {
                group.addTask { await Fixtures.responses(path).seals.current().seal(name) }
            }
            return await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(ids.count == 1)
        for id in ids { #expect(await Fixtures.responses(path).seals.open(id, for: "k") == name) }
        #expect(await Fixtures.responses().seals.open(ids.first ?? "", for: "k") == nil)
    }

    @Test func `a configured secret is what counts, and needs no store`() async {
        let path = Fixtures.path()
        let name = ResponseName(key: "", .store(.new()))
        let one = Fixtures.responses(path, secret: Secret("s")).seals
        let other = Fixtures.responses(secret: Secret("s")).seals
        #expect(await other.open(await one.current().seal(name), for: "") == name)
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `without a store and a secret, ids still come back to this process`() async {
        let stored = Fixtures.responses(TemporaryFiles.file("I am a file") + "/store.sqlite")
        let name = ResponseName(key: "", .provider(name: "openai", credential: [], id: "resp_1"))
        let id = await stored.seals.current().seal(name)
        #expect(await stored.seals.open(id, for: "") == name)
    }
}
