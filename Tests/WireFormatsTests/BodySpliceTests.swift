import Testing

@testable import WireFormats

@Suite struct BodySpliceTests {
    private func splice(_ range: Range<Int>, _ text: String) -> BodySplice { BodySplice(range, Array(text.utf8)) }

    @Test func `changes are made where they belong`() {
        let changes = [splice(0..<0, "<"), splice(1..<3, "-"), splice(4..<5, ""), splice(5..<5, ">")]
        #expect("abcde".withBytes { changes.applied(to: $0) }.text == "<a-d>")
        #expect("abc".withBytes { [BodySplice]().applied(to: $0) }.text == "abc")
    }

    @Test func `of two changes of the same bytes the other's stands`() {
        let own = [splice(2..<4, "own"), splice(9..<9, "end")]
        #expect(own.overridden(by: [splice(0..<5, "x")]) == [splice(0..<5, "x"), splice(9..<9, "end")])
        #expect(own.overridden(by: [splice(3..<9, "x")]) == [splice(3..<9, "x"), splice(9..<9, "end")])
        #expect(own.overridden(by: [splice(5..<6, "x")]).map(\.range) == [2..<4, 5..<6, 9..<9])
        #expect(own.overridden(by: []) == own)
    }
}
