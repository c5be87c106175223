import Testing

@testable import WireFormats

@Suite struct ServerSentEventsTests {
    private struct Read: Equatable, CustomStringConvertible {
        var name: String
        var data: String
        var description: String { "\(name)|\(data)" }
    }

    /// The events with data, fed in pieces of these lengths, and at last what the end cut short.
    private func events(_ stream: [UInt8], splitAt cuts: [Int] = [], limit: Int = 1 << 20) -> [Read] {
        var splitter = ServerSentEvents(limit: limit)
        var read: [Read] = []
        func note(_ event: ServerSentEvents.Event) {
            guard event.hasData else { return }
            let data = event.isOversized ? "OVERSIZED" : String(decoding: event.data, as: UTF8.self)
            read.append(Read(name: String(decoding: event.name, as: UTF8.self), data: data))
        }
        for (from, to) in zip([0] + cuts, cuts + [stream.count]) {
            Array(stream[from..<to]).withUnsafeBytes { piece in
                var cursor = 0
                while let event = splitter.next(in: piece, at: &cursor) { note(event) }
            }
        }
        if let last = splitter.finish() { note(last) }
        return read
    }

    private let sample = """
        \u{feff}: a comment\n\ndata: {"a":1}\n\nevent: named\r\ndata:no blank\r\ndata:  two\r\n\r\nid: 7\rretry: 5\r\
        data: é😀\r\rdata\n\nevent: forgotten\n\ndata: one\n:in between\ndata: \n\ndatum: other\n\ndata: [DONE]
        """

    private let expected = [
        "|{\"a\":1}", "named|no blank\n two", "|é😀", "|", "|one\n", "|[DONE]",
    ]

    @Test func `line ends, blanks, comments and joined data are read as the specification says`() {
        #expect(events(Array(sample.utf8)).map(\.description) == expected)
    }

    @Test func `splitting the bytes anywhere changes nothing`() {
        let stream = Array(sample.utf8)
        for cut in 0...stream.count {
            #expect(events(stream, splitAt: [cut]).map(\.description) == expected, "cut at \(cut)")
        }
        #expect(events(stream, splitAt: Array(0...stream.count)).map(\.description) == expected)
    }

    @Test func `an event larger than the limit is passed over, and the next one is whole`() {
        let long = String(repeating: "x", count: 100)
        let stream = Array("data: a\n\ndata: \(long)\ndata: more\n\ndata: b\n\n".utf8)
        for size in [1, 7, 50, 1000] {
            let cuts = Array(stride(from: size, to: stream.count, by: size))
            let read = events(stream, splitAt: cuts, limit: 64)
            #expect(read.map(\.data) == ["a", "OVERSIZED", "b"], "pieces of \(size)")
        }
    }

    @Test func `many short lines that add up to more than the limit are passed over too`() {
        let stream = Array((String(repeating: "data: 0123456789\n", count: 10) + "\ndata: b\n\n").utf8)
        #expect(events(stream, limit: 64).map(\.data) == ["OVERSIZED", "b"])
    }

    @Test func `comments are reported as signs of life`() {
        var splitter = ServerSentEvents()
        ": ping\n\ndata: x".withBytes { piece in
            var cursor = 0
            let event = splitter.next(in: piece, at: &cursor)
            #expect(event?.hasData == false && cursor == 8)
            let none = splitter.next(in: piece, at: &cursor)
            #expect(none?.hasData == nil)
            let isInside = splitter.isInsideEvent
            #expect(isInside)
        }
    }
}
