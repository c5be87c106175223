import Testing

@testable import WireFormats

@Suite struct JSONArrayElementsTests {
    /// The elements of an array that comes in pieces; `-` for one that is oversized, `.` for the array's end.
    private func elements(_ text: String, splitAt cuts: [Int] = [], limit: Int = 1 << 20) -> [String] {
        var splitter = JSONArrayElements(limit: limit)
        var found: [String] = []
        let bytes = Array(text.utf8)
        for (from, to) in zip([0] + cuts, cuts + [bytes.count]) {
            Array(bytes[from..<to]).withUnsafeBytes { piece in
                var cursor = 0
                while let event = splitter.next(in: piece, at: &cursor) {
                    #expect(event.name.isEmpty)
                    found.append(
                        event.isOversized ? "-" : event.hasData ? String(decoding: event.data, as: UTF8.self) : ".")
                }
                #expect(cursor == piece.count)
            }
        }
        return found
    }

    private let array = "[{\"a\":\"]}\\\"\\\\\",\"b\":[1,{}]}\n,\r\n{\"é\":\"😀\"} , \"x,]\" ,12,null,[[]]\n]\n"
    private let expected = [
        #"{"a":"]}\"\\","b":[1,{}]}"#, #"{"é":"😀"}"#, #""x,]""#, "12", "null", "[[]]", ".",
    ]

    @Test func `an array is cut into its elements, wherever its bytes are split`() {
        #expect(elements(array) == expected)
        let count = array.utf8.count
        for cut in 0...count { #expect(elements(array, splitAt: [cut]) == expected, "cut at \(cut)") }
        #expect(elements(array, splitAt: Array(0...count)) == expected)
    }

    @Test func `an empty array has an end, and one that is cut short has none`() {
        #expect(elements("\u{feff} [ ] ") == ["."])
        #expect(elements("") == [])
        #expect(elements("[{\"a\":1},{\"b\"") == [#"{"a":1}"#])
    }

    @Test func `an object without an array around it is the only element`() {
        #expect(elements(#"{"error":{}}"#, splitAt: [4]) == [#"{"error":{}}"#])
    }

    @Test func `an element beyond the limit is told without its data, and the next is well`() {
        let long = #"{"a":""# + String(repeating: "x", count: 100) + #""}"#
        for cuts in [[], [5], [5, 60], Array(1..<100)] {
            #expect(elements("[\(long),{}]", splitAt: cuts, limit: 64) == ["-", "{}", "."], "cuts \(cuts)")
        }
    }

    @Test func `what it is inside of is known, and nothing is told at the end`() {
        var splitter = JSONArrayElements()
        var told: [String] = []
        for text in ["", "[", "{\"a\":", "1}", ",", "]"] {
            text.withBytes { piece in
                var cursor = 0
                while splitter.next(in: piece, at: &cursor) != nil {}
            }
            told.append(splitter.isInsideEvent ? "inside" : splitter.isClosed ? "closed" : "outside")
        }
        #expect(told == ["outside", "outside", "inside", "outside", "outside", "closed"])
        let last = splitter.finish()
        #expect(last == nil)
    }

    @Test func `the bytes between two elements belong to the later one`() {
        var splitter = JSONArrayElements()
        Array("[1 ,2]".utf8).withUnsafeBytes { piece in
            var cursor = 0
            var passed: [Int] = []
            while splitter.next(in: piece, at: &cursor) != nil { passed.append(cursor) }
            #expect(passed == [2, 5, 6])
        }
    }
}
