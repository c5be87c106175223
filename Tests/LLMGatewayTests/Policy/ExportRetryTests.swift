import Testing

@testable import LLMGateway

@Suite struct ExportRetryTests {
    @Test func `a batch is sent again for a minute, then it is given up`() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<200 {
            var retry = ExportRetry()
            let start = Instant.now
            var now = start
            var tries = 0
            while let pause = retry.failed(retryAfter: nil, at: now, using: &random) {
                #expect(pause >= .zero && pause <= ExportRetry.backoff.maxDelay)
                now += pause + .milliseconds(1)
                tries += 1
                #expect(now - start <= ExportRetry.patience + .milliseconds(1))
                if tries > 100_000 { break }
            }
            #expect((2...100_000).contains(tries))
        }
    }

    @Test func `a collector's own wish is heeded, unless it asks for too much`() throws {
        var random = SeededGenerator(seed: 2)
        var retry = ExportRetry()
        let pause = try #require(retry.failed(retryAfter: .seconds(5), at: .now, using: &random))
        #expect(pause >= .seconds(5) && pause < .seconds(8))
        var other = ExportRetry()
        #expect(other.failed(retryAfter: .seconds(300), at: .now, using: &random) == nil)
    }

    @Test func `only some statuses pass`() {
        #expect([429, 502, 503, 504].allSatisfy(ExportRetry.isPassing))
        #expect(![200, 400, 401, 404, 413, 500, 501].contains(where: ExportRetry.isPassing))
    }
}
