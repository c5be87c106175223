import Testing

@testable import LLMGateway

@Suite struct TraceContextTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let span = "b7ad6b7169203331"

    @Test func `a context is read and written as the recommendation has it`() throws {
        let text = "00-\(Self.trace)-\(Self.span)-01"
        let context = try #require(TraceContext(text))
        #expect(context.traceID.text == Self.trace && context.spanID.text == Self.span && context.isSampled)
        #expect(context.traceparent == text)
        #expect(context.traceID.bytes.count == 16 && context.traceID.bytes.first == 0x0a)
        #expect(context.spanID.bytes == [0xb7, 0xad, 0x6b, 0x71, 0x69, 0x20, 0x33, 0x31])
    }

    @Test func `of the flags only the one is heeded that says whether the trace is sampled`() {
        for (flags, isSampled) in [
            ("00", false), ("01", true), ("02", false), ("03", true), ("ff", true), ("fe", false),
        ] {
            #expect(TraceContext("00-\(Self.trace)-\(Self.span)-\(flags)")?.isSampled == isSampled)
        }
    }

    @Test(arguments: [
        "", "00", "00-", "00-\(trace)-\(span)", "00-\(trace)-\(span)-", "00-\(trace)-\(span)-0",
        "00-\(trace)-\(span)-001",
        "00-\(trace)-\(span)-01-", "00-\(trace)-\(span)-01-x", "ff-\(trace)-\(span)-01", "0-\(trace)-\(span)-01",
        "00-00000000000000000000000000000000-\(span)-01", "00-\(trace)-0000000000000000-01",
        "00-\(trace.uppercased())-\(span)-01", "00-\(trace)-\(span.uppercased())-01", "0X-\(trace)-\(span)-01",
        "00-\(trace)-\(span)-0g", "00_\(trace)_\(span)_01", " 00-\(trace)-\(span)-01", "00-\(trace)-\(span)-01 ",
        "00-\(trace)\(span)-01", "01-\(trace)-\(span)-01.rest", "00-\(span)-\(trace)-01",
    ])
    func `what breaks the rules counts as none`(text: String) {
        #expect(TraceContext(text) == nil)
    }

    @Test(arguments: [
        "01-\(trace)-\(span)-01", "cc-\(trace)-\(span)-01-what-the-future-brings", "01-\(trace)-\(span)-01-",
    ])
    func `of a later version what this one knows is read`(text: String) {
        #expect(TraceContext(text)?.traceID.text == Self.trace)
        #expect(TraceContext(text)?.traceparent == "00-\(Self.trace)-\(Self.span)-01")
    }

    @Test func `what is written is read again`() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<2000 {
            let context = TraceContext(
                traceID: TraceID(using: &random), spanID: SpanID(using: &random), isSampled: .random(using: &random))
            #expect(TraceContext(context.traceparent) == context)
            #expect(context.traceparent.utf8.count == 55)
        }
    }

    @Test func `no bytes make it stumble, and none but good ones pass`() {
        var random = SeededGenerator(seed: 4)
        let good = Array("00-\(Self.trace)-\(Self.span)-01".utf8)
        for _ in 0..<20_000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: .min ... .max, using: &random)
            }
            if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
            guard let context = bytes.withUnsafeBytes({ TraceContext($0) }) else { continue }
            let again = Array(context.traceparent.utf8)
            #expect(bytes.count >= 55 && Array(bytes[3..<52]) == Array(again[3..<52]))
        }
    }

    @Test func `ids are never zero`() {
        /// Gives some zeros first.
        struct LateGenerator: RandomNumberGenerator {
            var zeros = 4

            mutating func next() -> UInt64 {
                zeros -= 1
                return zeros >= 0 ? 0 : 1 << 63
            }
        }
        var (one, other) = (LateGenerator(), LateGenerator())
        #expect(TraceID(using: &one).low != 0 && SpanID(using: &other).bits != 0)
        #expect(TraceID(high: 0, low: 0) == nil && SpanID(bits: 0) == nil)
        #expect(TraceID(high: 0, low: 1)?.text == String(repeating: "0", count: 31) + "1")
    }
}
