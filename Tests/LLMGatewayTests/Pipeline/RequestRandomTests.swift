import Testing

@testable import LLMGateway

@Suite struct RequestRandomTests {
    @Test func `a request id is req_ and 24 hexadecimal digits`() {
        var random = RequestRandom()
        for _ in 0..<1000 {
            let id = random.requestID()
            #expect(id.utf8.count == 28)
            #expect(id.hasPrefix("req_"))
            #expect(id.dropFirst(4).allSatisfy { "0123456789abcdef".contains($0) })
        }
    }

    @Test func `no two requests have the same id, on one loop or on two`() {
        var (first, second) = (RequestRandom(), RequestRandom())
        var ids: Set<String> = []
        for _ in 0..<20_000 {
            ids.insert(first.requestID())
            ids.insert(second.requestID())
        }
        #expect(ids.count == 40_000)
    }

    @Test func `every digit takes every value`() {
        var random = RequestRandom()
        var seen = Array(repeating: Set<Character>(), count: 24)
        for _ in 0..<2000 {
            for (place, digit) in random.requestID().dropFirst(4).enumerated() { seen[place].insert(digit) }
        }
        #expect(seen.allSatisfy { $0.count == 16 })
    }
}
