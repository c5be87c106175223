import Testing

@testable import LLMGateway

struct HeaderFieldsTests {
    private func recognise(_ name: String) -> KnownField {
        Array(name.utf8).withUnsafeBytes { bytes in
            bytes.baseAddress.map { KnownField($0, count: bytes.count) } ?? .other
        }
    }

    @Test(arguments: KnownField.allCases)
    func `every known name is recognised in any case`(field: KnownField) {
        let name = field.name.description
        #expect(recognise(name) == field)
        #expect(recognise(name.uppercased()) == field)
        #expect(name == name.lowercased())
        #expect(HeaderFieldsTests.allSatisfyToken(name))
    }

    @Test func `a name that differs in one byte is another one`() {
        for field in KnownField.allCases where field != .other {
            let name = Array(field.name.description.utf8)
            for index in name.indices {
                // 0x20 is what capital letters differ in; on other bytes it must not be ignored.
                for flip in [0x01, 0x10, 0x20, 0x40, 0x80] as [UInt8] {
                    var other = name
                    other[index] ^= flip
                    let isSame = String(decoding: other, as: UTF8.self).lowercased() == field.name.description
                    let found = other.withUnsafeBytes { bytes in
                        bytes.baseAddress.map { KnownField($0, count: bytes.count) }
                    }
                    #expect((found == field) == isSame)
                }
            }
            #expect(recognise(field.name.description + "s") == .other)
        }
    }

    @Test func `every known name has a bit of its own`() {
        #expect(KnownField.allCases.count <= 64)
    }

    @Test func `fields are found by what is known of them`() {
        let head = Array("GET / HTTP/1.1\r\nHOST: h\r\nVia: a, B\r\nX-Should-Retry: true\r\nvia: 1.1 c\r\n\r\n".utf8)
        head.withUnsafeBytes { head in
            var parser = RequestHeadParser()
            #expect(parser.parse(head) == .complete)
            let fields = parser.fields
            #expect(fields.first(.via)?.value(in: head).elementsEqual("a, B".utf8) == true)
            #expect(fields.first(.host)?.name(in: head).elementsEqual("HOST".utf8) == true)
            #expect(fields.first(.cookie) == nil)
            #expect(fields.first(named: "x-should-retry", in: head)?.value(in: head).elementsEqual("true".utf8) == true)
            #expect(fields.first(named: "x-should-retr", in: head) == nil)
            #expect(fields.list(.via, names: "b", in: head))
            #expect(fields.list(.via, names: "1.1 c", in: head))
            #expect(!fields.list(.via, names: "c", in: head))
            #expect(!fields.list(.te, names: "b", in: head))
        }
    }

    @Test(
        arguments: [
            ("", []), (",", []), (" , \t,", []), ("a", ["a"]), (" a ,b", ["a", "b"]), ("a,,b c\t,", ["a", "b c"]),
        ] as [(String, [String])])
    func `a list is taken apart at its commas`(value: String, elements: [String]) {
        Array(value.utf8).withUnsafeBytes { bytes in
            #expect(CommaList(bytes).map { String(decoding: $0, as: UTF8.self) } == elements)
        }
    }

    @Test func `token characters are those of the grammar`() {
        for byte in UInt8.min...UInt8.max { #expect(FieldGrammar.isToken(byte) == Self.isToken(byte)) }
    }

    @Test func `the scans stop at the first byte that is not allowed, wherever it stands`() {
        for bad in UInt8.min...UInt8.max {
            for index in [0, 1, 6, 7, 8, 9, 15, 16, 17, 23] {
                for filling in [UInt8(ascii: "a"), UInt8(ascii: "-"), UInt8(ascii: "9"), UInt8(ascii: "Z")] {
                    var bytes = [UInt8](repeating: filling, count: 24)
                    bytes[index] = bad
                    bytes.withUnsafeBytes { bytes in
                        guard let base = bytes.baseAddress else { return }
                        let isText = bad >= 0x20 && bad != 0x7F || bad == 0x09
                        #expect(FieldGrammar.endOfToken(base, from: 0, to: 24) == (Self.isToken(bad) ? 24 : index))
                        #expect(FieldGrammar.endOfText(base, from: 0, to: 24) == (isText ? 24 : index))
                    }
                }
            }
        }
    }

    private static func isToken(_ byte: UInt8) -> Bool {
        let character = Character(UnicodeScalar(byte))
        return byte < 0x80 && (character.isLetter || character.isNumber || "!#$%&'*+-.^_`|~".contains(character))
    }

    private static func allSatisfyToken(_ name: String) -> Bool { name.utf8.allSatisfy(isToken) }
}
