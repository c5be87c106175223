import Testing

@testable import LLMGateway

@Suite struct CredentialRotationTests {
    let start = Instant.now

    @Test func `credentials take turns`() {
        var rotation = CredentialRotation(count: 3)
        #expect((0..<5).map { _ in rotation.next(at: start) } == [0, 1, 2, 0, 1])
    }

    @Test(arguments: [401, 403])
    func `a refused credential rests for a minute`(status: Int) {
        var rotation = CredentialRotation(count: 2)
        rotation.refused(0, status: status, retryAfter: nil, at: start)
        #expect((0..<3).map { _ in rotation.next(at: start + .seconds(59)) } == [1, 1, 1])
        #expect(rotation.next(at: start + .seconds(60)) == 0)
    }

    @Test func `a limited credential rests for as long as the provider said, and not at all when it said nothing`() {
        var rotation = CredentialRotation(count: 2)
        rotation.refused(0, status: 429, retryAfter: .seconds(7), at: start)
        #expect(rotation.next(at: start + .seconds(6)) == 1)
        #expect(rotation.next(at: start + .seconds(7)) == 0)

        rotation.refused(1, status: 429, retryAfter: nil, at: start + .seconds(8))
        #expect(rotation.next(at: start + .seconds(8)) == 1)
    }

    @Test func `a shorter pause doesn't end a longer one`() {
        var rotation = CredentialRotation(count: 2)
        rotation.refused(0, status: 401, retryAfter: nil, at: start)
        rotation.refused(0, status: 429, retryAfter: .seconds(1), at: start)
        #expect(rotation.next(at: start + .seconds(30)) == 1)
    }

    @Test func `the last one left is never paused`() {
        var rotation = CredentialRotation(count: 2)
        rotation.refused(0, status: 401, retryAfter: nil, at: start)
        rotation.refused(1, status: 401, retryAfter: nil, at: start)
        #expect(rotation.next(at: start) == 1)

        var single = CredentialRotation(count: 1)
        single.refused(0, status: 403, retryAfter: nil, at: start)
        #expect(single.next(at: start) == 0)
    }

    @Test func `a second try takes another credential, while there is one`() {
        var rotation = CredentialRotation(count: 2)
        #expect(rotation.next(at: start) == 0)
        rotation.refused(0, status: 401, retryAfter: nil, at: start)
        #expect(rotation.next(after: 0, at: start) == 1)
        #expect(rotation.next(after: 1, at: start) == nil)

        var single = CredentialRotation(count: 1)
        #expect(single.next(after: 0, at: start) == nil)
    }

    @Test func `other statuses are not about credentials`() {
        var rotation = CredentialRotation(count: 2)
        rotation.refused(0, status: 500, retryAfter: .seconds(60), at: start)
        #expect(rotation.next(at: start) == 0)
    }
}
