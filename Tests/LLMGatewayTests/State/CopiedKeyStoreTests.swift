import Synchronization
import Testing

@testable import LLMGateway

@Suite struct CopiedKeyStoreTests {
    /// Keys that can be reached, or not.
    private final class Elsewhere: RunTimeKeyStore {
        let kept = Mutex<[RunTimeKey]?>([])

        func entries() async throws(StateUnavailable) -> [RunTimeKey] {
            guard let kept = kept.withLock({ $0 }) else { throw StateUnavailable(reason: "away") }
            return kept
        }

        func insert(_ key: RunTimeKey) async throws(StateUnavailable) -> Bool {
            kept.withLock { $0?.append(key) }
            return true
        }

        func delete(_ name: String) async throws(StateUnavailable) -> Bool { false }
    }

    private static let key = RunTimeKey(name: "a", digest: "d", json: "{}", createdAt: 1, expiresAt: 2)

    @Test func `who starts while the keys are out of reach knows those that there were`() async throws {
        let database = StateFixtures.database(StateFixtures.path())
        let elsewhere = Elsewhere()
        let store = CopiedKeyStore(elsewhere, in: database)
        #expect(try await store.insert(Self.key))
        #expect(try await store.entries() == [Self.key])
        await database.flush()

        elsewhere.kept.withLock { $0 = nil }
        let later = CopiedKeyStore(elsewhere, in: database)
        #expect(try await later.entries() == [Self.key])
        // Who has read them itself is told that they are out of reach, and keeps what it knows.
        await #expect(throws: StateUnavailable.self) { try await store.entries() }

        elsewhere.kept.withLock { $0 = [] }
        #expect(try await later.entries() == [])
        await database.flush()
        elsewhere.kept.withLock { $0 = nil }
        #expect(try await CopiedKeyStore(elsewhere, in: database).entries() == [])
    }

    @Test func `where there never were any, nothing is made, and nobody is kept out`() async throws {
        let path = StateFixtures.path()
        let database = StateFixtures.database(path)
        let elsewhere = Elsewhere()
        #expect(try await CopiedKeyStore(elsewhere, in: database).entries() == [])
        elsewhere.kept.withLock { $0 = nil }
        #expect(try await CopiedKeyStore(elsewhere, in: database).entries() == [])
        await database.flush()
        #expect(database.condition == .unopened)
    }
}
