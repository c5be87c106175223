import Testing

@testable import WireFormats

@Suite struct JSONWriterTests {
    @Test func `a line has no line ends, however a client or a model has laid out what is spliced`() throws {
        let laidOut = "{\r\n  \"a\": [\n    \"x\\ny\",\n    1\n  ]\n}"
        var written = Array("data:\n".utf8)
        JSONWriter.appendLine(to: &written) { json in
            json.object { json in
                json.field("first", raw: Array(laidOut.utf8))
                json.field("second", raw: Array("[1, 2]".utf8))
            }
        }
        #expect(written.text == "data:\n" + #"{"first":{  "a": [    "x\ny",    1  ]},"second":[1, 2]}"#)
    }
}
