import Testing

@testable import WireFormats

@Suite struct JSONNodeTests {
    private func with<Result>(_ text: String, _ body: (JSONNode) throws -> Result) throws -> Result {
        let tape = JSONTape()
        return try text.withBytes { try body(try tape.parse($0)) }
    }

    /// The complaint that `read` ends in.
    private func complaint(_ text: String, _ read: (JSONNode) throws -> Void) throws -> MalformedBody? {
        try with(text) { node in
            do {
                try read(node)
                return nil
            } catch let error as MalformedBody {
                return error
            }
        }
    }

    @Test func `members, elements and raw ranges are found`() throws {
        try with(#"{"a":[1, {"b":"c"} ,[]],"d":{"e":-2.50}}"#) { root throws in
            #expect(root.kind == .object)
            let elements = try root.required("a").elements().map { String(decoding: $0.raw, as: UTF8.self) }
            #expect(elements == ["1", #"{"b":"c"}"#, "[]"])
            #expect(try root["d"]?["e"]?.number() == -2.5)
            #expect(root["d"]?.range == 28..<39)
            #expect(try root.members().map { try $0.key.string() } == ["a", "d"])
            #expect(root["x"] == nil && root["a"]?["x"] == nil)
        }
    }

    @Test func `the last of several members with one key wins`() throws {
        try with(#"{"a":1,"b":2,"\u0061":3}"#) { root throws in
            #expect(try root["a"]?.integer() == 3)
            #expect(try root[named: "a"]?.integer() == 3)
            #expect(root.hasDuplicate("a") && !root.hasDuplicate("b") && !root.hasDuplicate("c"))
        }
    }

    @Test(arguments: [
        (#""plain""#, "plain"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u00e9\u20AC""#, "é€"),
        (#""\ud83d\ude00!""#, "😀!"), (#""\ud83d""#, "\u{fffd}"), (#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
        (#""\ud83d\u0041""#, "\u{fffd}A"), (#""é😀""#, "é😀"), (#""\u0000""#, "\0"),
    ])
    func `strings are decoded`(text: String, value: String) throws {
        try with(text) { node throws in #expect(try node.string() == value) }
    }

    @Test(
        arguments: [
            ("0", 0), ("-17", -17), ("2.0", 2), ("1e3", 1000), ("9223372036854775807", Int.max), ("1.5", nil),
            ("\"1\"", nil),
            ("9223372036854775808", nil), ("1e400", nil), ("-9223372036854775807", -Int.max),
        ] as [(String, Int?)])
    func `whole numbers are read exactly or not at all`(text: String, value: Int?) throws {
        try with(text) { #expect($0.wholeNumber == value) }
    }

    @Test func `a complaint names the field and says what is wanted`() throws {
        let body = #"{"messages":[{"role":1},{"role":"user","n":null}],"t":3}"#
        #expect(
            try complaint(body) { _ = try $0.required("messages").elements().map { try $0.required("role").string() } }
                == MalformedBody(
                    .invalidValue, field: "messages[0].role", message: "'messages[0].role' must be a string."))
        #expect(
            try complaint(body) {
                for message in try $0.required("messages").elements() { _ = try message.required("n") }
            }
                == MalformedBody(
                    .missingField, field: "messages[0].n", message: "The field 'messages[0].n' is missing; add it."))
        #expect(
            try complaint(body) { _ = try $0["t"]?.integer(in: 4...5) }?.message
                == "'t' must be a whole number from 4 to 5.")
        #expect(
            try complaint(body) { _ = try $0["t"]?.number(in: 0...2) }?.message
                == "'t' must be a number from 0.0 to 2.0.")
        #expect(try complaint(body) { _ = try $0["t"]?.boolean() }?.message == "'t' must be true or false.")
        #expect(try complaint("[]") { _ = try $0.required("a") }?.message == "The body must be an object.")
        #expect(try complaint("1") { _ = try $0.elements() }?.field == nil)
    }

    @Test func `null is a value, but not where it counts as absent`() throws {
        try with(#"{"a":null}"#) { root throws in
            #expect(root["a"]?.isNull == true)
            #expect(root.optional("a") == nil)
            #expect(try root.required("a").kind == .null)
        }
    }

    @Test func `what is written is read back`() throws {
        let written = JSONWriter.write { json in
            json.object { json in
                json.field("text", "a\"b\\c\n\u{1}é😀")
                json.field("absent", nil as String?)
                json.field("whole", -7)
                json.field("half", 0.5)
                json.field("flag", true)
                json.null("nothing")
                json.field("raw", raw: #"{"x":[1]}"#.utf8)
                json.array("list", [1, 2]) { number, json in json.value(number) }
                json.object("empty") { _ in }
            }
        }
        let expected =
            #"{"text":"a\"b\\c\n\u0001é😀","whole":-7,"half":0.5,"flag":true,"nothing":null,"#
            + #""raw":{"x":[1]},"list":[1,2],"empty":{}}"#
        #expect(written.text == expected)
        try with(written.text) { node throws in #expect(try node["text"]?.string() == "a\"b\\c\n\u{1}é😀") }
    }

    @Test func `a string's place is found by what it says`() throws {
        try with(#"{"x":{"a":"x"},"b":[1,{"c":"x","d":["\u0079"]}]}"#) { root throws in
            #expect(root.path(ofString: "x") == "x.a" && root.path(ofString: "y") == "b[1].d[0]")
            #expect(root["b"]?.path(ofString: "x") == "b[1].c")
            #expect(root.path(ofString: "a") == nil, "a member's name is no value")
        }
    }
}
