import Foundation
import Testing

@testable import LLMGateway

@Suite struct ResponseSealTests {
    private let seal = ResponseSeal(secret: Data("a secret of the operator's".utf8))
    private let id = StoredResponse.ID.new()

    private var names: [ResponseName] {
        let long = String(repeating: "é", count: 100)
        return [
            ResponseName(key: "", .store(id)), ResponseName(key: "team-a", .store(id)),
            ResponseName(key: "", .provider(name: "openai", credential: [], id: "resp_0123")),
            ResponseName(key: long, .provider(name: long, credential: [0, 255, 7], id: long + long)),
            ResponseName(key: "", .provider(name: "", credential: [1], id: "")),
        ]
    }

    @Test func `what was sealed is opened, by every replica that has the secret`() {
        let replica = ResponseSeal(secret: Data("a secret of the operator's".utf8))
        for name in names { #expect(replica.open(seal.seal(name), for: name.key) == name) }
    }

    @Test func `an id says nothing of what it stands for, and looks like one`() {
        let id = seal.seal(ResponseName(key: "team-a", .provider(name: "openai", credential: [], id: "resp_abc")))
        #expect(
            id.hasPrefix("resp_")
                && id.dropFirst(5).allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) })
        #expect(!id.contains("openai") && !id.contains("resp_abc") && !id.contains("team"))
    }

    @Test func `the same response has the same id whenever it is told, and others have others`() {
        #expect(Set(names.map { seal.seal($0) }).count == names.count)
        for name in names { #expect(seal.seal(name) == seal.seal(name)) }
    }

    @Test func `another key's id opens nothing`() {
        let id = seal.seal(ResponseName(key: "team-a", .store(id)))
        #expect(seal.open(id, for: "team-b") == nil && seal.open(id, for: "") == nil)
        #expect(seal.open(id, for: "team-a") != nil)
    }

    @Test func `another secret opens nothing`() {
        let other = ResponseSeal(secret: Data("a secret of the operator'S".utf8))
        for name in names { #expect(other.open(seal.seal(name), for: name.key) == nil) }
    }

    @Test func `an id with any character changed, cut or added opens nothing`() {
        let name = ResponseName(key: "", .provider(name: "openai", credential: [1, 2, 3, 4, 5, 6, 7, 8], id: "resp_1"))
        let id = Array(seal.seal(name))
        for place in id.indices {
            for other in "Ab-_5" where other != id[place] {
                var forged = id
                forged[place] = other
                #expect(seal.open(String(forged), for: "") == nil, "\(place) \(other)")
            }
            #expect(seal.open(String(id[..<place]), for: "") == nil)
        }
        for more in ["A", "=", "==", " ", "%00", "é"] { #expect(seal.open(String(id) + more, for: "") == nil) }
    }

    @Test(arguments: ["", "resp_", "resp_68a0c4f1", "chatcmpl-1", "resp_====", "resp_!", "resp_\u{0}"])
    func `what nobody sealed opens nothing`(id: String) {
        #expect(seal.open(id, for: "") == nil)
    }

    @Test func `a very long text is not even looked at`() {
        #expect(seal.open("resp_" + String(repeating: "A", count: 1 << 20), for: "") == nil)
    }

    @Test func `bytes that are no name are none, whatever they are`() {
        let whole = names[3].bytes
        for length in whole.indices { #expect(ResponseName(bytes: whole[..<length]) == nil) }
        #expect(ResponseName(bytes: whole + [0]) == nil)
        #expect(ResponseName(bytes: [9] + whole.dropFirst()) == nil)
        #expect(ResponseName(bytes: [1] + Array(repeating: 0xff, count: 40)) == nil)
        // Lengths that would overflow, were they believed.
        #expect(ResponseName(bytes: [1, 0xff, 0xff, 0xff, 0xff, 0x7f]) == nil)
        #expect(ResponseName(bytes: [1, 1, 0xc3, 0, 0, 0]) == nil, "half a character")
    }

    @Test func `a credential's digest tells it from others, and not what it is`() {
        let digest = ResponseSeal.digest(of: Secret("sk-1"))
        #expect(digest.count == 8 && digest == ResponseSeal.digest(of: Secret("sk-1")))
        #expect(digest != ResponseSeal.digest(of: Secret("sk-2")))
        #expect(ResponseSeal.digest(of: nil).isEmpty)
    }

    @Test func `each new secret is another`() {
        #expect(ResponseSeal.newSecret() != ResponseSeal.newSecret() && ResponseSeal.newSecret().count == 32)
    }
}
