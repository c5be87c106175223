import Testing

@testable import LLMGateway

@Suite struct SpanQueueTests {
    @Test func `spans leave in the order in which they came`() {
        let queue = SpanQueue { _ in }
        for name in ["a", "b", "c"] { queue.offer([.sample(name)]) }
        #expect(queue.take(2).map(\.name) == ["a", "b"] && queue.take(2).map(\.name) == ["c"] && queue.take(2).isEmpty)
    }

    @Test func `a call's spans are taken together or not at all, and what is dropped is counted`() {
        let dropped = DropCount()
        let queue = SpanQueue(.init(spans: 5), onDrop: dropped.add)
        queue.offer((0..<4).map { _ in .sample() })
        queue.offer([.sample(), .sample()])
        #expect(queue.count == 4 && dropped.value == 2)
        queue.offer([.sample()])
        #expect(queue.count == 5 && dropped.value == 2)
    }

    @Test func `there is an end to the memory that they take`() {
        let dropped = DropCount()
        let queue = SpanQueue(.init(spans: 1000, bytes: 10_000), onDrop: dropped.add)
        var large = FinishedSpan.sample()
        for number in 0..<5 { large.attributes.add("\(number)", .text(String(repeating: "x", count: 800))) }
        for _ in 0..<10 { queue.offer([large]) }
        #expect(queue.count == 2 && dropped.value == 8)
        _ = queue.take(10)
        queue.offer([large])
        #expect(queue.count == 1)
    }

    @Test func `a call's inner spans wait for its end, and share its lot`() {
        let queue = SpanQueue { _ in }
        let (kept, forgotten) = (CallSpans(queue), CallSpans(queue))
        for spans in [kept, forgotten] { spans.add(.sample("early")) }
        #expect(queue.count == 0)
        #expect(kept.close(isKept: true).map(\.name) == ["early"] && forgotten.close(isKept: false).isEmpty)
        for spans in [kept, forgotten] { spans.add(.sample("late")) }
        #expect(queue.take(9).map(\.name) == ["late"])
    }

    @Test func `a call has no end of inner spans, but not all are kept`() {
        let dropped = DropCount()
        let spans = CallSpans(SpanQueue(onDrop: dropped.add))
        for _ in 0..<200 { spans.add(.sample()) }
        let kept = spans.close(isKept: true).count
        #expect(kept < 200 && kept + dropped.value == 200)
    }

    @Test func `texts that clients choose are cut, and still texts`() {
        var fields = SpanFields()
        fields.add("long", String(repeating: "ä", count: 5000))
        fields.add("nothing", nil as String?)
        guard case .text(let text) = fields["long"] else {
            Issue.record("it is no text")
            return
        }
        #expect(text.utf8.count < 1024 && text.hasSuffix("ä…") && fields.all.count == 1)
    }
}
