import Testing

@testable import WireFormats

@Suite struct UnreadFieldTests {
    @Test func `a field is told once, with its objection if it has one`() {
        var unread: [UnreadField] = []
        unread.note("a")
        unread.note("a")
        unread.note("b", objection: "asks for audio")
        unread.note("b")
        unread.note("a", objection: "shows a video")
        #expect(
            unread == [
                UnreadField("a"), UnreadField("b", objection: "asks for audio"),
                UnreadField("a", objection: "shows a video"),
            ])
        #expect(throws: Untranslatable.self) { try unread.losses() }
    }

    @Test func `however long the list, the first objection is on it`() throws {
        var unread: [UnreadField] = []
        for number in 0..<1000 { unread.note("field\(number)") }
        #expect(unread.count == 32)
        #expect(try unread.losses().count == 32)
        for number in 0..<1000 { unread.note("other\(number)", objection: "asks for audio") }
        #expect(unread.count == 33)
        let error = #expect(throws: Untranslatable.self) { try unread.losses() }
        #expect(error?.field == "other0")
    }
}
