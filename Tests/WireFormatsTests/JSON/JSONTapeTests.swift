import Testing

@testable import WireFormats

@Suite struct JSONTapeTests {
    /// What the tape says of a text: nil for a valid one.
    private func fault(_ text: [UInt8]) -> JSONError.Reason? {
        let tape = JSONTape()
        return text.withUnsafeBytes { bytes in
            do throws(JSONError) {
                _ = try tape.parse(bytes)
                return nil
            } catch {
                return error.reason
            }
        }
    }

    @Test(arguments: [
        "{}", "[]", " [ ] ", "\t\r\n{ }\n", #"{"a":1}"#, #"{"":""}"#, #"{"a":{"b":[]},"c":[{},{}]}"#, "0", "-0", "-0.0",
        "12.5e+10", "1E-2", "1e0", "true", "false", "null", #""""#, #""\"\\\/\b\f\n\r\t\u00e9""#, #""\ud83d\ude00""#,
        #""\ud800""#, #""\udc00 alone""#, "\"é€😀\"", "\"\u{7f}\"", #"["a", "b" , 1 ,null]"#, #"{"a":1,"a":2}"#,
        "[[[[[]]]]]", "123456789012345678901234567890",
        #""a string of more than thirty-two bytes, so that it is unrolled""#,
        "\"\u{10ffff}\u{fffd}\"",
    ])
    func `valid texts are read`(text: String) {
        #expect(fault(Array(text.utf8)) == nil)
    }

    @Test(
        arguments: [
            ("", .unexpectedEnd), ("  ", .unexpectedEnd), ("{", .unexpectedEnd), ("[", .unexpectedEnd),
            ("[1", .unexpectedEnd), ("[1,", .unexpectedEnd), ("[1,]", .expectedValue), ("[,1]", .expectedValue),
            ("[1 2]", .expectedSeparator), ("{\"a\"}", .expectedColon), ("{\"a\":}", .expectedValue),
            ("{\"a\":1,}", .expectedKey), ("{a:1}", .expectedKey), ("{'a':1}", .expectedKey), ("{1:1}", .expectedKey),
            ("[1}", .expectedSeparator), ("{\"a\":1]", .expectedSeparator), ("]", .expectedValue),
            ("}", .expectedValue),
            ("{}{}", .trailingBytes), ("1 2", .trailingBytes), ("nul", .unexpectedEnd), ("nulL", .expectedValue),
            ("nullx", .trailingBytes), ("tru", .unexpectedEnd), ("True", .expectedValue), ("NaN", .expectedValue),
            ("Infinity", .expectedValue), ("01", .trailingBytes), ("-", .unexpectedEnd), ("-a", .invalidNumber),
            ("+1", .expectedValue), (".5", .expectedValue), ("1.", .invalidNumber), ("1.e1", .invalidNumber),
            ("1e", .invalidNumber), ("1e+", .invalidNumber), ("0x1", .trailingBytes), ("1_0", .trailingBytes),
            ("\"", .unexpectedEnd), ("\"\\", .unexpectedEnd), ("\"\\\"", .unexpectedEnd), ("\"\\x\"", .invalidString),
            ("\"\\u12\"", .unexpectedEnd), ("\"\\u12g4\"", .invalidString), ("\"\n\"", .invalidString),
            ("\"\u{0}\"", .invalidString), ("\"a\tb\"", .invalidString), ("// no\n1", .expectedValue),
            ("[1] // no", .trailingBytes), ("\u{feff}{}", .expectedValue), ("\u{a0}1", .expectedValue),
            ("\"a string of more than thirty-two bytes with a bare \u{1} in it\"", .invalidString),
        ] as [(String, JSONError.Reason)])
    func `invalid texts are refused for what is wrong with them`(text: String, reason: JSONError.Reason) {
        #expect(fault(Array(text.utf8)) == reason)
    }

    @Test(
        arguments: [
            [0x80], [0xbf], [0xc0, 0x80], [0xc1, 0xbf], [0xe0, 0x80, 0x80], [0xe0, 0x9f, 0xbf], [0xed, 0xa0, 0x80],
            [0xed, 0xbf, 0xbf], [0xf0, 0x80, 0x80, 0x80], [0xf0, 0x8f, 0xbf, 0xbf], [0xf4, 0x90, 0x80, 0x80],
            [0xf5, 0x80, 0x80, 0x80], [0xff], [0xfe], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xc3, 0x28],
            [0xe2, 0x28, 0xa1], [0xe2, 0x82, 0x28], [0xf0, 0x28, 0x8c, 0xbc], [0xf0, 0x9f, 0x28, 0x80],
            [0xf0, 0x9f, 0x98, 0x28],
        ] as [[UInt8]])
    func `what is not UTF-8 is refused wherever it stands in a string`(bytes: [UInt8]) {
        for before in [0, 1, 7, 8, 31, 32, 40] {
            let text = [0x22] + [UInt8](repeating: 0x61, count: before) + bytes + Array("bcdefghijkl\"".utf8)
            #expect(fault(text) == .invalidUTF8)
        }
    }

    @Test func `every truncation of a text is refused`() {
        let text = Array(#" {"model":"gpt-4","n":[1,-2.5e3,true,null,{"é":"\u00e9\ud83d\ude00"}],"s":{}}"#.utf8)
        #expect(fault(text) == nil)
        for length in 0..<text.count { #expect(fault(Array(text[..<length])) != nil, "of \(length) bytes") }
    }

    @Test func `128 levels are read and 129 are too deep`() {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        #expect(fault(nested(128)) == nil)
        #expect(fault(nested(129)) == .tooDeep)
        #expect(fault(Array(String(repeating: #"{"a":["#, count: 65).utf8)) == .tooDeep)
        #expect(fault(Array(String(repeating: "[", count: 1_000_000).utf8)) == .tooDeep)
    }

    @Test func `a tape is used again after a large text and after a bad one`() throws {
        let tape = JSONTape()
        let large = "[" + String(repeating: "0,", count: 200_000) + "0]"
        let count = try large.withBytes { try tape.parse($0).elements().reduce(0) { count, _ in count + 1 } }
        #expect(count == 200_001)
        #expect(throws: JSONError(reason: .unexpectedEnd, offset: 3)) { try "[1,".withBytes { _ = try tape.parse($0) } }
        let value = try #"{"a":"b"}"#.withBytes { try tape.parse($0)["a"]?.string() }
        #expect(value == "b")
    }

    @Test func `the tape agrees with a plain parser about texts of all kinds`() {
        var random = SeededGenerator(seed: 7)
        let alphabet = Array(#"{}[]",:\ntrufalse0123.-+eE u00e9ab "#.utf8) + [0xc3, 0xa9, 0x00, 0x0a]
        for _ in 0..<20_000 {
            var text: [UInt8]
            if Bool.random(using: &random) {
                text = RandomJSON.text(depth: 4, using: &random)
                if Bool.random(using: &random), !text.isEmpty {
                    text[Int.random(in: 0..<text.count, using: &random)] = alphabet.randomElement(using: &random) ?? 0
                }
            } else {
                text = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                    alphabet.randomElement(using: &random) ?? 0
                }
            }
            #expect((fault(text) == nil) == PlainParser.accepts(text), "\(text.text)")
        }
    }
}
