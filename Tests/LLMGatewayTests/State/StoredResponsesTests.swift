import Testing

@testable import LLMGateway

@Suite struct StoredResponsesTests {
    private typealias Fixtures = StateFixtures

    @Test func `an answer is there as soon as it was kept, and stays`() async throws {
        let stored = Fixtures.responses()
        let response = Fixtures.response("a")
        stored.keep(response)
        #expect(try await stored.answer(response.id) == response.answer)
        await stored.flush()
        #expect(try await stored.answer(response.id) == response.answer)
        #expect(try await stored.answer(.new()) == nil)
    }

    @Test func `a dialogue is its turns in order, each by its own branch`() async throws {
        let stored = Fixtures.responses()
        let a = Fixtures.response("a")
        let b = Fixtures.response("b", after: a)
        let c = Fixtures.response("c", after: b)
        let d = Fixtures.response("d", after: a)
        for response in [a, b] { stored.keep(response) }
        await stored.flush()
        for response in [c, d] { stored.keep(response) }
        #expect(try await stored.texts(c) == ["a", "b", "c"])
        #expect(try await stored.texts(d) == ["a", "d"])
        await stored.flush()
        #expect(try await stored.texts(c) == ["a", "b", "c"])
        #expect(try await stored.texts(a) == ["a"])
        let found = try await stored.dialogue(endingWith: c.id, longest: 1 << 20)
        #expect(
            found
                == .dialogue(
                    .init(id: a.id, turns: [a, b, c].map { StoredResponses.Turn(input: $0.input, answer: $0.answer) })))
    }

    @Test func `another process finds what one has kept, and the other way round`() async throws {
        let path = Fixtures.path()
        let (one, other) = (Fixtures.responses(path), Fixtures.responses(path))
        let a = Fixtures.response("a")
        one.keep(a)
        await one.flush()
        let b = Fixtures.response("b", after: a)
        other.keep(b)
        await other.flush()
        #expect(try await one.texts(b) == ["a", "b"])
        #expect(try await other.delete(a.id))
        #expect(try await one.answer(a.id) == nil)
    }

    @Test func `many who open one new store at once all get it`() async throws {
        let path = Fixtures.path()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    let stored = Fixtures.responses(path)
                    let response = Fixtures.response("\(number)")
                    stored.keep(response)
                    await stored.flush()
                    let fresh = Fixtures.responses(path)
                    let texts = try await fresh.texts(response)
                    #expect(texts == ["\(number)"])
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `an answer that is longer than may be is not gone on from`() async throws {
        let stored = Fixtures.responses()
        let a = Fixtures.response(String(repeating: "a", count: 1000))
        let b = Fixtures.response(String(repeating: "b", count: 1000), after: a)
        stored.keep(a)
        stored.keep(b)
        for _ in 0..<2 {
            #expect(try await stored.dialogue(endingWith: b.id, longest: 4000) == .tooLong)
            #expect(try await stored.texts(b, longest: 6000)?.count == 2)
            await stored.flush()
        }
    }

    // MARK: Deleting

    @Test func `a deleted answer is gone, and can't be deleted again`() async throws {
        let stored = Fixtures.responses()
        let a = Fixtures.response("a")
        stored.keep(a)
        #expect(try await stored.delete(a.id))
        #expect(try await stored.answer(a.id) == nil)
        #expect(try await stored.dialogue(endingWith: a.id, longest: 1 << 20) == .unknown)
        #expect(try await stored.delete(a.id) == false)
        #expect(try await stored.delete(.new()) == false)
    }

    @Test func `who goes on from a later answer still has the deleted one's words`() async throws {
        let stored = Fixtures.responses()
        let a = Fixtures.response("a")
        let b = Fixtures.response("b", after: a)
        stored.keep(a)
        stored.keep(b)
        #expect(try await stored.delete(a.id))
        #expect(try await stored.texts(b) == ["a", "b"])
        #expect(try await stored.texts(a) == nil)

        #expect(try await stored.delete(b.id))
        #expect(try await stored.texts(b) == nil)
        // Nothing is left that could be gone on from.
        let c = Fixtures.response("c", after: b)
        stored.keep(c)
        await stored.flush()
        #expect(try await stored.dialogue(endingWith: c.id, longest: 1 << 20) == .unknown)
    }

    // MARK: Limits

    @Test func `dialogues that nobody goes on with are forgotten, and no others`() async throws {
        var limits = StoredResponses.Limits()
        (limits.age, limits.bytesBetweenSweeps) = (.seconds(1), 0)
        let stored = Fixtures.responses(limits: limits)
        let (old, used) = (Fixtures.response("old"), Fixtures.response("used"))
        stored.keep(old)
        stored.keep(used)
        await stored.flush()
        // The age of a dialogue is kept in whole seconds: each wait makes it older than the limit of one.
        try await Task.sleep(for: .milliseconds(1100))
        let more = Fixtures.response("more", after: used)
        stored.keep(more)
        await stored.flush()
        try await Task.sleep(for: .milliseconds(1100))
        let last = Fixtures.response("last", after: more)
        stored.keep(last)
        await stored.flush()
        #expect(try await stored.answer(old.id) == nil)
        #expect(try await stored.texts(last) == ["used", "more", "last"])
    }

    @Test func `where all is too large, the oldest dialogues go first`() async throws {
        let path = Fixtures.path()
        var limits = StoredResponses.Limits()
        (limits.bytes, limits.bytesBetweenSweeps) = (3000, 0)
        let stored = Fixtures.responses(path, limits: limits)
        let large = (0..<4).map { Fixtures.response(String(repeating: "\($0)", count: 400)) }
        for response in large {
            stored.keep(response)
            await stored.flush()
            // In whole seconds, so that each is younger than the one before.
            try await Task.sleep(for: .milliseconds(1050))
        }
        #expect(try await stored.answer(large[0].id) == nil)
        #expect(try await stored.answer(large[1].id) == nil)
        #expect(try await stored.answer(large[2].id) != nil)
        #expect(try await stored.answer(large[3].id) != nil)
    }

    @Test func `what a slow disk can't take is let go of, and the rest is kept`() async throws {
        var limits = StoredResponses.Limits()
        limits.waitingBytes = 1000
        let stored = Fixtures.responses(limits: limits)
        let small = Fixtures.response("small")
        let large = Fixtures.response(String(repeating: "l", count: 2000))
        stored.keep(large)
        stored.keep(small)
        await stored.flush()
        #expect(try await stored.answer(large.id) == nil)
        #expect(try await stored.answer(small.id) != nil)
    }

    @Test func `thousands that are kept at once are all there`() async throws {
        let stored = Fixtures.responses()
        let responses = (0..<2000).map { Fixtures.response("\($0)") }
        await withTaskGroup(of: Void.self) { group in
            for part in 0..<4 {
                group.addTask { for index in stride(from: part, to: 2000, by: 4) { stored.keep(responses[index]) } }
            }
        }
        await stored.flush()
        for response in responses { #expect(try await stored.answer(response.id) == response.answer) }
    }
}
