import Foundation
import Testing
import WireFormats

@testable import LLMGateway

/// What outlives a call, in Redis: two of each stand for two replicas.
@Suite(.enabled(if: RedisServer.isInstalled)) struct RedisStoresTests {
    private typealias Fixtures = StateFixtures

    private func responses(_ link: RedisLink, secret: Secret? = nil, age: Duration = .seconds(60)) -> RedisResponses {
        RedisResponses(link, secret: secret, age: age, logger: Fixtures.logger)
    }

    private func withReplicas(_ body: (RedisLink, RedisLink, RedisServer) async throws -> Void) async throws {
        let server = try await RedisServer()
        try await withLink(to: server.address) { one, _ async throws in
            try await withLink(to: server.address) { other, _ async throws in try await body(one, other, server) }
        }
    }

    private func texts(
        _ stored: RedisResponses, _ response: StoredResponse, longest: Int = 1 << 20
    ) async throws -> [String]? {
        guard case .dialogue(let dialogue) = try await stored.dialogue(endingWith: response.id, longest: longest) else {
            return nil
        }
        #expect(dialogue.id == response.dialogue)
        return dialogue.turns.map { String(decoding: $0.answer.dropFirst(2), as: UTF8.self) }
    }

    // MARK: Responses

    @Test func `an answer is there as soon as it was kept, and another replica goes on from it`() async throws {
        try await withReplicas { one, other, _ async throws in
            let (here, there) = (responses(one), responses(other))
            let a = Fixtures.response("a")
            here.keep(a)
            #expect(try await here.answer(a.id) == a.answer)
            #expect(try await there.answer(a.id) == a.answer)
            let b = Fixtures.response("b", after: a)
            there.keep(b)
            let (c, d) = (Fixtures.response("c", after: b), Fixtures.response("d", after: a))
            await there.flush()
            here.keep(c)
            here.keep(d)
            #expect(try await texts(here, c) == ["a", "b", "c"])
            #expect(try await texts(here, d) == ["a", "d"])
            #expect(try await texts(there, a) == ["a"])
            #expect(try await there.answer(.new()) == nil)
            #expect(try await there.dialogue(endingWith: .new(in: a.id), longest: 1000) == .unknown)
            #expect(await here.isUsable())
        }
    }

    @Test func `an answer that is longer than may be is not gone on from`() async throws {
        try await withReplicas { one, _, _ async throws in
            let stored = responses(one)
            let a = Fixtures.response(String(repeating: "a", count: 1000))
            let b = Fixtures.response(String(repeating: "b", count: 1000), after: a)
            stored.keep(a)
            stored.keep(b)
            #expect(try await stored.dialogue(endingWith: b.id, longest: 4000) == .tooLong)
            #expect(try await texts(stored, b, longest: 6000)?.count == 2)
        }
    }

    @Test func `who goes on from a later answer still has the deleted one's words`() async throws {
        try await withReplicas { one, other, _ async throws in
            let (here, there) = (responses(one), responses(other))
            let a = Fixtures.response("a")
            let b = Fixtures.response("b", after: a)
            here.keep(a)
            here.keep(b)
            await here.flush()
            #expect(try await there.delete(a.id))
            #expect(try await there.delete(a.id) == false)
            #expect(try await here.answer(a.id) == nil)
            #expect(try await texts(here, b) == ["a", "b"])
            #expect(try await texts(here, a) == nil)

            #expect(try await here.delete(b.id))
            #expect(try await here.delete(.new()) == false)
            let fields = await one.ask(RedisCommand("EXISTS", RedisKey.dialogue(a.id)))
            #expect(fields == .integer(0), "nothing is left that could be gone on from")
            let c = Fixtures.response("c", after: b)
            here.keep(c)
            #expect(try await here.dialogue(endingWith: c.id, longest: 1 << 20) == .unknown)
        }
    }

    @Test func `a dialogue that nobody goes on with is forgotten, one that is used is not`() async throws {
        try await withReplicas { one, _, _ async throws in
            let stored = responses(one, age: .seconds(4))
            let (old, used) = (Fixtures.response("old"), Fixtures.response("used"))
            stored.keep(old)
            stored.keep(used)
            try await Task.sleep(for: .milliseconds(2400))
            stored.keep(Fixtures.response("next", after: used))
            try await eventually("the old one is gone") { try await stored.answer(old.id) == nil }
            #expect(try await stored.answer(used.id) == used.answer)
        }
    }

    @Test func `replicas seal with the same secret, their own or one that Redis keeps`() async throws {
        try await withReplicas { one, other, server async throws in
            let name = ResponseName(key: "k", .store(.new()))
            let id = await responses(one).seals.current().seal(name)
            #expect(await responses(other).seals.open(id, for: "k") == name)
            #expect(await responses(other).seals.open(id, for: "other") == nil)
            let own = await responses(one, secret: Secret("s")).seals.current().seal(name)
            #expect(own != id)
            server.kill()
            try await eventually("the loss is noticed") { other.isAway }
            #expect(await responses(other, secret: Secret("s")).seals.open(own, for: "k") == name)
            #expect(await responses(other).isUsable() == false)
            await #expect(throws: StateUnavailable.self) { try await responses(other).answer(.new()) }
        }
    }

    // MARK: What belongs to tool calls

    private static func state(_ value: String, thoughts: [ChatPart] = []) -> CallState {
        CallState(name: "f", thoughts: thoughts, state: OpaqueState(origin: OpaqueState.google, value: value, id: "i"))
    }

    @Test func `a state comes through byte for byte`() throws {
        let hidden = ChatPart(
            .hiddenReasoning, state: OpaqueState(origin: OpaqueState.anthropic, value: "\u{1F600}\"\\\n"))
        let thought = ChatPart(.reasoning("Hm.\u{0}"), state: OpaqueState(origin: OpaqueState.anthropic, value: "+/=="))
        let states = [
            Self.state("sig", thoughts: [hidden, thought]), CallState(name: "", thoughts: [], state: nil),
            CallState(name: "f", thoughts: [ChatPart(.reasoning(""), state: nil)], state: nil),
        ]
        for state in states { #expect(CallState(json: state.json) == state) }
        for wrong in ["", "[]", "{}", #"{"name":1}"#, "\u{0}"] { #expect(CallState(json: Array(wrong.utf8)) == nil) }
    }

    @Test func `another replica knows what belongs to a call, for the same client only`() async throws {
        try await withReplicas { one, other, _ async throws in
            let lifetime = Duration.seconds(100)
            let here = OpaqueStateMemory(sharedIn: RedisCallStates(one, lifetime: lifetime))
            let there = OpaqueStateMemory(sharedIn: RedisCallStates(other, lifetime: lifetime))
            #expect(!there.isEmpty && there.isShared && !OpaqueStateMemory().isShared)
            here.keep(Self.state("1"), ofCall: "a", for: "alice")
            here.keep(Self.state("2"), ofCall: "b", for: "alice")
            _ = await one.ask(RedisCommand("PING"))
            #expect(there.recall(["a", "b"], of: "alice").isEmpty)
            await there.fetch(["a", "x", "b"], of: "alice")
            #expect(there.recall(["a", "b", "x"], of: "alice") == ["a": Self.state("1"), "b": Self.state("2")])
            await there.fetch(["a"], of: "bob")
            #expect(there.recall(["a"], of: "bob").isEmpty)
            let ttl = await one.ask(RedisCommand("TTL", RedisKey.callState("a", of: "alice")))?.integer
            #expect(try (1...100).contains(#require(ttl)))
        }
    }

    @Test func `without Redis a replica remembers by itself, and waits for nobody`() async throws {
        try await withReplicas { one, _, server async throws in
            let memory = OpaqueStateMemory(sharedIn: RedisCallStates(one, lifetime: .seconds(100)))
            server.kill()
            try await eventually("the loss is noticed") { one.isAway }
            memory.keep(Self.state("1"), ofCall: "a", for: "")
            await memory.fetch(["a", "b"], of: "")
            #expect(memory.recall(["a", "b"], of: "") == ["a": Self.state("1")])
        }
    }

    // MARK: Keys

    private static func key(_ name: String, expiresAt: Int64? = nil) -> RunTimeKey {
        RunTimeKey(name: name, digest: "ab", json: #"{"name":"\#(name)"}"#, createdAt: 7, expiresAt: expiresAt)
    }

    @Test func `a key that one replica makes or deletes is known to the others at their next look`() async throws {
        try await withReplicas { one, other, server async throws in
            let (here, there) = (RedisKeyStore(one), RedisKeyStore(other))
            #expect(try await there.entries() == [])
            #expect(try await here.insert(Self.key("b", expiresAt: 9)))
            #expect(try await here.insert(Self.key("a")))
            #expect(try await there.insert(Self.key("a", expiresAt: 1)) == false)
            #expect(try await there.entries() == [Self.key("a"), Self.key("b", expiresAt: 9)])
            #expect(try await there.delete("b"))
            #expect(try await here.delete("b") == false)
            #expect(try await here.entries() == [Self.key("a")])
            #expect(try await there.entries() == [Self.key("a")])

            server.kill()
            try await eventually("the loss is noticed") { one.isAway && other.isAway }
            await #expect(throws: StateUnavailable.self) { try await here.entries() }
            await #expect(throws: StateUnavailable.self) { try await here.insert(Self.key("c")) }
            try await server.start()
            try await eventually("it is back") { !one.isAway }
            // It keeps nothing, and that is not as if somebody had taken the keys away.
            await #expect(throws: StateUnavailable.self) { try await here.entries() }
            #expect(try await RedisKeyStore(one).entries() == [])
            try await eventually("the other is back") { !other.isAway }
            #expect(try await there.insert(Self.key("d")))
            #expect(try await here.entries() == [Self.key("d")])
            #expect(try await there.delete("d"))
            #expect(try await here.entries() == [], "taken away by somebody")
        }
    }

    @Test func `as long as nothing changes, the keys themselves are not asked for`() async throws {
        try await withReplicas { one, other, _ async throws in
            let store = RedisKeyStore(one)
            #expect(try await store.insert(Self.key("a")))
            #expect(try await store.entries().count == 1)
            _ = await other.ask(RedisCommand("CONFIG", "RESETSTAT"))
            for _ in 0..<20 { #expect(try await store.entries().count == 1) }
            let stats = try #require(await other.ask(RedisCommand("INFO", "commandstats"))?.text)
            #expect(stats.contains("cmdstat_get:calls=20") && !stats.contains("cmdstat_hvals"), "\(stats)")
        }
    }
}
