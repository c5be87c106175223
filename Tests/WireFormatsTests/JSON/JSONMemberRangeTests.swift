import Testing

@testable import WireFormats

@Suite struct JSONMemberRangeTests {
    private func without(_ key: StaticString, _ text: String) throws -> String {
        try Gemini.parse(text) { root in
            let removal = try #require(root.removal(of: key))
            return text.withBytes { [BodySplice(removal, [])].applied(to: $0).text }
        }
    }

    @Test(arguments: [
        (#"{"m":1,"a":2}"#, #"{"a":2}"#), (#"{"a":2,"m":1}"#, #"{"a":2}"#),
        (#"{"a":1, "m" : [1] , "b":2}"#, #"{"a":1 , "b":2}"#),
        (#"{ "m":1 }"#, "{  }"), (#"{"m":{"m":1}}"#, "{}"), (#"{"a":{"m":1},"m":2}"#, #"{"a":{"m":1}}"#),
    ])
    func `a member is taken out with one comma`(text: String, expected: String) throws {
        #expect(try without("m", text) == expected)
    }

    @Test func `where there is no such member there is nothing to take out`() throws {
        for text in [#"{"a":1}"#, "{}", "[1]", #"{"a":{"m":1}}"#] {
            try Gemini.parse(text) { root in
                #expect(root.removal(of: "m") == nil && root.rangeOfMember("m") == nil)
            }
        }
    }
}
