import Testing
import Tracing

@testable import LLMGateway

@Suite struct GatewayTracerTests {
    private let queue = SpanQueue { _ in }

    private func tracer(_ ratio: Double? = 1) -> GatewayTracer {
        let sampling = ratio.map { TraceSampling(ratio: $0, alwaysAbove: .seconds(30)) }
        return GatewayTracer(queue) { sampling }
    }

    private struct Headers: Extractor, Injector {
        func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
        func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
    }

    private struct Trouble: Error {}

    @Test func `spans within spans are one trace`() throws {
        let tracer = tracer()
        tracer.withSpan("outer", ofKind: .server) { outer in
            outer.attributes["n"] = 1
            tracer.withSpan("inner") { $0.addEvent("thought of it") }
        }
        let spans = queue.take(9)
        #expect(spans.map(\.name) == ["inner", "outer"] && spans.map(\.kind) == [.internal, .server])
        #expect(spans[0].context.traceID == spans[1].context.traceID && spans[0].parent == spans[1].context.spanID)
        #expect(spans[1].parent == nil && spans[1].attributes["n"] == .whole(1))
        #expect(spans[0].events.map(\.name) == ["thought of it"])
        #expect(spans[1].start <= spans[0].start && spans[0].end <= spans[1].end)
    }

    @Test func `an error is told by its type, and ends the span`() {
        #expect(throws: Trouble.self) { try tracer().withSpan("s") { _ in throw Trouble() } }
        let span = queue.take(1).first
        #expect(span?.status == .error(message: "") && span?.events.first?.name == "exception")
        guard case .text(let type)? = span?.events.first?.attributes["exception.type"] else {
            Issue.record("no type is told")
            return
        }
        #expect(type.contains("Trouble"))
    }

    @Test func `a span that has ended is told once, and changes no more`() {
        let span = tracer().startSpan("s")
        span.end()
        span.attributes["late"] = true
        span.addEvent("late")
        span.end()
        let told = queue.take(9)
        #expect(told.count == 1 && told[0].attributes.all.isEmpty && told[0].events.isEmpty)
    }

    @Test func `a context goes from program to program`() throws {
        let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        var context = InstrumentationContext.topLevel
        tracer().extract(["traceparent": text, "tracestate": "a=1"], into: &context, using: Headers())
        let span = tracer(0).startSpan("s", context: context)
        span.end()
        let told = try #require(queue.take(1).first)
        #expect(told.parent?.text == "b7ad6b7169203331" && told.traceState == "a=1", "the caller wants it sampled")
        var headers: [String: String] = [:]
        tracer().inject(span.context, into: &headers, using: Headers())
        #expect(headers["traceparent"] == told.context.traceparent && headers["tracestate"] == "a=1")
        tracer().extract(["traceparent": "nonsense"], into: &context, using: Headers())
        #expect(context.spanPlace?.context.traceparent == text)
    }

    @Test func `what is not sampled is not recorded, and hands its context on`() {
        let span = tracer(0).startSpan("s")
        #expect(!span.isRecording && span.context.spanPlace?.context.isSampled == false)
        span.end()
        #expect(!tracer(nil).startSpan("off").isRecording)
        #expect(queue.count == 0)
    }

    @Test func `every kind of attribute is understood`() {
        let span = tracer().startSpan("s")
        span.attributes = [
            "a": .int32(1), "b": .int64(2), "c": .double(0.5), "d": .bool(true), "e": .string("x"),
            "f": .stringArray(["y"]), "g": .stringConvertible(7), "h": .int64Array([1]), "i": .boolArray([false]),
            "j": .doubleArray([1.5]), "k": .int32Array([4]), "l": .stringConvertibleArray([8]),
        ]
        span.end()
        let values = queue.take(1).first?.attributes.all.map(\.value)
        #expect(
            values == [
                .whole(1), .whole(2), .number(0.5), .flag(true), .text("x"), .list([.text("y")]), .text("7"),
                .list([.whole(1)]), .list([.flag(false)]), .list([.number(1.5)]), .list([.whole(4)]),
                .list([.text("8")]),
            ])
    }
}
