import Testing

@testable import LLMGateway

@Suite struct KeyRingTests {
    private func ring(_ yaml: String) async throws -> KeyRing {
        await keyRing(try configuration(yaml).settings)
    }

    private func name(_ key: String, at ring: KeyRing) -> String? {
        Array(key.utf8).withUnsafeBytes { ring.callers.caller(bringing: $0)?.name }
    }

    private func key(_ name: String, _ key: String, expiresAt: Int64? = nil) -> ClientKey {
        let digest = Array(key.utf8).withUnsafeBytes { KeyDigest(of: $0) }
        return ClientKey(name: name, digest: digest.bytes, expiresAt: expiresAt)
    }

    @Test func `a key is known by itself and by its digest, and nothing else is`() async throws {
        // SHA-256 of "abc", FIPS 180-2, appendix B.1.
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        let ring = try await ring("keys: [{ name: a, key: sk-a }, { name: b, key_sha256: \(digest) }]")
        #expect(!ring.isOpen)
        #expect(name("sk-a", at: ring) == "a" && name("abc", at: ring) == "b")
        for stranger in ["", "sk-", "sk-a ", "sk-aa", "SK-A", "ab", digest] { #expect(name(stranger, at: ring) == nil) }
    }

    @Test func `digests are the same when all their bytes are`() throws {
        let bytes = [UInt8](0..<32)
        let digest = try #require(KeyDigest(bytes))
        #expect(digest.bytes == bytes && digest == KeyDigest(bytes))
        for position in bytes.indices {
            var other = bytes
            other[position] ^= 0x80
            #expect(KeyDigest(other) != digest, "byte \(position)")
        }
        #expect(KeyDigest(Array(bytes.dropLast())) == nil)
    }

    @Test func `the first key closes the gateway, and its end doesn't open it again`() async throws {
        let ring = try await ring("")
        #expect(ring.isOpen && name("sk-x", at: ring)?.isEmpty == true)
        let before = ring.version
        ring.replaceRunTimeKeys([key("made", "sk-made", expiresAt: WallClock.now.seconds + 3600)])
        #expect(ring.version > before && !ring.isOpen)
        #expect(name("sk-made", at: ring) == "made" && name("sk-x", at: ring) == nil)
        ring.replaceRunTimeKeys([key("made", "sk-made", expiresAt: WallClock.now.seconds)])
        #expect(!ring.isOpen && name("sk-made", at: ring) == nil)
        ring.replaceRunTimeKeys([])
        #expect(ring.isOpen)
    }

    @Test func `a configured key's name belongs to it`() async throws {
        let ring = try await ring("keys: [{ name: a, key: sk-a }]")
        ring.replaceRunTimeKeys([key("a", "sk-other"), key("b", "sk-b")])
        #expect(name("sk-a", at: ring) == "a" && name("sk-other", at: ring) == nil && name("sk-b", at: ring) == "b")
        #expect(ring.configuredNames == ["a"])
        ring.follow(try configuration("keys: [{ name: c, key: sk-c }]").settings)
        #expect(name("sk-a", at: ring) == nil && name("sk-other", at: ring) == "a" && name("sk-c", at: ring) == "c")
    }

    @Test func `what was taken of a limit stays taken over reloads`() async throws {
        let first = "keys: [{ name: a, key: sk-a, requests_per_minute: 1, burst: 4 }]"
        let ring = try await ring(first)
        func caller() throws -> Caller {
            try #require(Array("sk-a".utf8).withUnsafeBytes { ring.callers.caller(bringing: $0) })
        }
        let account = try caller().account
        var held: Admission.Reservation?
        for _ in 0..<4 { #expect(account.enter(&held, at: .now).refusal == nil) }
        ring.follow(try configuration(first + "\nlog: { level: debug }").settings)
        #expect(try caller().account === account)
        #expect(account.enter(&held, at: .now).refusal?.limit == .requests)
        ring.follow(try configuration("keys: [{ name: a, key: sk-a }]").settings)
        #expect(try !caller().isLimited && caller().account === account && account.state.inFlight == 4)
    }

    @Test func `a budget is restored once, and again when its period is another`() async throws {
        func file(_ period: String) -> String {
            "keys: [{ name: a, key: sk-a, budget: { usd: 1, period: \(period) } }, { name: b, key: sk-b }]"
        }
        let ring = try await ring(file("total"))
        func spent() -> Int64? {
            Array("sk-a".utf8).withUnsafeBytes { ring.callers.caller(bringing: $0)?.account.state.budget?.spent }
        }
        var asked: [(String, Int64)] = []
        await ring.restoreBudgets { _, _ in nil }
        for _ in 0..<2 {
            await ring.restoreBudgets { key, since in
                asked.append((key, since))
                return 400_000_000
            }
        }
        #expect(asked.count == 1 && asked.first?.0 == "a" && asked.first?.1 == .min)
        #expect(spent() == 400_000_000)
        ring.follow(try configuration(file("total")).settings)
        await ring.restoreBudgets { _, _ in 7 }
        #expect(spent() == 400_000_000)
        ring.follow(try configuration(file("day")).settings)
        #expect(spent() == 0)
        await ring.restoreBudgets { _, since in since % 86_400 == 0 ? 9 : 0 }
        #expect(spent() == 9)
    }

    @Test func `models are matched by patterns, and none means all`() async throws {
        let ring = try await ring("keys: [{ name: a, key: sk-a, models: [gpt-*, o1] }, { name: b, key: sk-b }]")
        func caller(_ key: String) throws -> Caller {
            try #require(Array(key.utf8).withUnsafeBytes { ring.callers.caller(bringing: $0) })
        }
        let limited = try caller("sk-a")
        #expect(limited.mayUse("gpt-4o") && limited.mayUse("o1") && !limited.mayUse("o11") && !limited.mayUse("GPT-4"))
        #expect(try caller("sk-b").mayUse("anything"))
    }
}
