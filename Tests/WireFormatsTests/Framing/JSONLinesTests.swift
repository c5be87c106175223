import Testing

@testable import WireFormats

@Suite struct JSONLinesTests {
    private struct Line: Equatable {
        var text: String
        var isOversized = false
    }

    /// Cuts the text's bytes into pieces at `cuts`, and reads them.
    private func lines(_ text: String, splitAt cuts: [Int] = [], limit: Int = 1 << 20) -> [Line] {
        var lines: [Line] = []
        var splitter = JSONLines(limit: limit)
        let bytes = Array(text.utf8)
        var start = 0
        for end in cuts + [bytes.count] {
            // A copy that is gone afterwards: nothing may be read from it later.
            Array(bytes[start..<end]).withUnsafeBytes { piece in
                var cursor = 0
                while let event = splitter.next(in: piece, at: &cursor) {
                    guard event.hasData else { continue }
                    lines.append(
                        Line(text: String(decoding: event.data, as: UTF8.self), isOversized: event.isOversized))
                }
            }
            start = end
        }
        if let event = splitter.finish() { lines.append(Line(text: String(decoding: event.data, as: UTF8.self))) }
        return lines
    }

    @Test func `lines come whole, wherever their bytes are split`() {
        let text = "{\"a\":\"é\"}\n{\"b\":2}\r\n\n\r\n{\"c\":\"🙂\"}"
        let expected = ["{\"a\":\"é\"}", "{\"b\":2}", "{\"c\":\"🙂\"}"].map { Line(text: $0) }
        #expect(lines(text) == expected)
        for first in 0...text.utf8.count {
            for second in stride(from: first, through: text.utf8.count, by: 3) {
                #expect(lines(text, splitAt: [first, second]) == expected, "\(first), \(second)")
            }
        }
        #expect(lines(text, splitAt: Array(1..<text.utf8.count)) == expected)
    }

    @Test func `a line that is too long is reported without its data, and the next one is read`() {
        let text = String(repeating: "x", count: 40) + "\nshort\n"
        for cut in 0...text.utf8.count {
            #expect(
                lines(text, splitAt: [cut], limit: 16) == [Line(text: "", isOversized: true), Line(text: "short")])
        }
    }

    @Test func `it knows whether it is inside of a line, and where each one ends`() {
        var splitter = JSONLines()
        var inside: [Bool] = []
        for piece in ["{", "}\n", "{}\n{}\n", "{}\n{", "}\n"] {
            piece.withBytes { bytes in
                var cursor = 0
                while splitter.next(in: bytes, at: &cursor) != nil {}
            }
            inside.append(splitter.isInsideEvent)
        }
        #expect(inside == [true, false, false, true, false])

        "a\nbc\n\nd".withBytes { bytes in
            var (cursor, ends) = (0, [Int]())
            while splitter.next(in: bytes, at: &cursor) != nil { ends.append(cursor) }
            #expect(ends == [2, 5, 6])
        }
    }

    @Test func `nothing is left at the end of what ended with a line feed`() {
        #expect(lines("{}\n").count == 1 && lines("").isEmpty && lines("\r").isEmpty)
    }
}
