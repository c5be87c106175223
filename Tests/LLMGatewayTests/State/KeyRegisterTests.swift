import Foundation
import Synchronization
import Testing
import WireFormats

@testable import LLMGateway

@Suite struct KeyRegisterTests {
    private func register(_ path: String = StateFixtures.path()) -> KeyRegister {
        let database = StateFixtures.database(path)
        return KeyRegister(
            store: SQLiteKeyStore(database), ledger: Ledger(database, shards: 1, logger: StateFixtures.logger),
            logger: StateFixtures.logger)
    }

    private func entry(_ name: String, admin: Bool = false) throws -> RunTimeKeyEntry {
        try RunTimeKeyEntry(reading: #"{"name":"\#(name)","admin":\#(admin)}"#)
    }

    @Test func `the first key of all must be an administrator's, and the next ones needn't`() async throws {
        let register = register()
        let plain = try entry("plain")
        await #expect(throws: KeyRefusal.firstIsNoAdmin) { try await register.make(plain, beside: [], by: "me") }
        _ = try await register.make(try entry("root", admin: true), beside: [], by: "me")
        _ = try await register.make(plain, beside: [], by: "me")
        #expect(try await register.store.entries().map(\.name) == ["plain", "root"])
        // Where the configuration has keys, no key is the first.
        _ = try await self.register().make(plain, beside: ["configured"], by: "me")
    }

    @Test func `a name that is taken stays whose it is`() async throws {
        let register = register()
        let root = try entry("root", admin: true)
        let first = try await register.make(root, beside: ["file"], by: "me")
        await #expect(throws: KeyRefusal.nameTaken("root")) {
            try await register.make(root, beside: ["file"], by: "me")
        }
        let file = try entry("file")
        await #expect(throws: KeyRefusal.nameTaken("file")) {
            try await register.make(file, beside: ["file"], by: "me")
        }
        #expect(try await register.store.entries() == [first.kept])
    }

    @Test func `what isn't there, or stands in the configuration, can't be revoked`() async throws {
        let register = register()
        _ = try await register.make(try entry("root", admin: true), beside: [], by: "me")
        await #expect(throws: KeyRefusal.unknown("x")) { try await register.revoke("x", beside: [], by: "me") }
        await #expect(throws: KeyRefusal.configured("f")) { try await register.revoke("f", beside: ["f"], by: "me") }
        try await register.revoke("root", beside: [], by: "me")
        await #expect(throws: KeyRefusal.unknown("root")) { try await register.revoke("root", beside: [], by: "me") }
    }

    @Test func `the list has all keys with what was used, and no key's digest`() async throws {
        let register = register()
        let made = try await register.make(
            try RunTimeKeyEntry(reading: #"{"name":"b","admin":true,"expires_at":"2099-01-31T18:00:00Z"}"#), beside: [],
            by: "me")
        let entry = LedgerFixtures.call(key: "b", input: 12, output: 3, picodollars: 1_250_000_000)
        register.ledger.add(entry, on: 0)
        let body = String(decoding: try await register.list(beside: []).body, as: UTF8.self)
        #expect(
            body == """
                {"keys":[{"name":"b","models":[],"admin":true,"expires_at":"2099-01-31T18:00:00Z",\
                "created_at":"\(WrittenTime.write(made.kept.createdAt))","source":"run_time",\
                "usage":{"requests":1,"input_tokens":12,"output_tokens":3,"cost_usd":0.00125}}]}
                """)
        #expect(!body.contains(made.kept.digest) && !body.contains(made.secret.reveal()))
    }

    @Test func `a store that can't be used is told of`() async throws {
        let register = register(TemporaryFiles.file("I am a file") + "/store.sqlite")
        let root = try entry("root", admin: true)
        do {
            _ = try await register.make(root, beside: [], by: "me")
            Issue.record("a key was made without a store")
        } catch {
            #expect(error.clientView.status == 503 && error.clientView.code == "store_unavailable")
        }
    }

    // MARK: Following

    /// A store of keys that a test plays.
    private final class PlayedStore: RunTimeKeyStore {
        let answers: Mutex<[Result<[RunTimeKey], StateUnavailable>]>

        init(_ answers: [Result<[RunTimeKey], StateUnavailable>]) { self.answers = Mutex(answers) }

        func entries() async throws(StateUnavailable) -> [RunTimeKey] {
            try answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }.get()
        }

        func insert(_ key: RunTimeKey) async throws(StateUnavailable) -> Bool { true }
        func delete(_ name: String) async throws(StateUnavailable) -> Bool { true }
    }

    private final class Applied: Sendable {
        let names = Mutex<[[String]]>([])
    }

    @Test func `a change is taken over once, and trouble changes nothing`() async throws {
        let key = RunTimeKey(
            name: "a", digest: String(repeating: "ab", count: 32), json: #"{"name":"a"}"#, createdAt: 0)
        let store = PlayedStore([
            .success([]), .success([key]), .success([key]), .failure(StateUnavailable(reason: "gone")), .success([]),
        ])
        let applied = Applied()
        let keys = RunTimeKeys(store, logger: StateFixtures.logger) { keys in
            applied.names.withLock { $0.append(keys.map(\.name)) }
        }
        for _ in 0..<3 { try await keys.refresh() }
        await #expect(throws: StateUnavailable.self) { try await keys.refresh() }
        try await keys.refresh()
        #expect(applied.names.withLock { $0 } == [[], ["a"], []])
    }

    @Test func `what another process makes is known within a second`() async throws {
        let path = StateFixtures.path()
        let applied = Applied()
        let keys = RunTimeKeys(SQLiteKeyStore(StateFixtures.database(path)), logger: StateFixtures.logger) { keys in
            applied.names.withLock { $0.append(keys.map(\.name)) }
        }
        let following = Task { await keys.follow() }
        defer { following.cancel() }
        let other = register(path)
        let made = Instant.now
        _ = try await other.make(try entry("root", admin: true), beside: [], by: "me")
        while applied.names.withLock({ $0.last != ["root"] }), .now - made < .seconds(20) {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(applied.names.withLock { $0.filter { !$0.isEmpty } } == [["root"]])
        // Half a second is the pause; a machine that is busy with other tests may take longer.
        #expect(.now - made < .seconds(20))
        try await other.revoke("root", beside: [], by: "me")
        let revoked = Instant.now
        while applied.names.withLock({ $0.last != [] }), .now - revoked < .seconds(10) {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(applied.names.withLock { $0.suffix(2) } == [["root"], []])
    }
}
