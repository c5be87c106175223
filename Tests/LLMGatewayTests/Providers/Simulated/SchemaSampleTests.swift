import Testing

@testable import LLMGateway

@Suite struct SchemaSampleTests {
    @Test(arguments: [
        ("{}", #""text""#), ("true", #""text""#), ("nonsense", "{}"),
        (#"{"type":"object"}"#, "{}"), (#"{"type":"null"}"#, "null"), (#"{"type":"boolean"}"#, "true"),
        (#"{"type":["null","string"]}"#, #""text""#), (#"{"const":{"a":[1.50]}}"#, #"{"a":[1.50]}"#),
        (#"{"enum":["b","a"]}"#, #""b""#),
        (
            #"{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"boolean"}},"required":["b","c"]}"#,
            #"{"a":"text","b":true,"c":"text"}"#
        ),
        (#"{"properties":{"properties":{"type":"integer"}}}"#, #"{"properties":1}"#),
        (#"{"type":"array","items":{"type":"integer"}}"#, "[1]"),
        (#"{"type":"array","items":{"type":"integer"},"minItems":3}"#, "[1,1,1]"),
        (#"{"type":"array","maxItems":0}"#, "[]"),
        (#"{"type":"array","prefixItems":[{"type":"integer"},{"type":"null"}]}"#, "[1,null]"),
        (#"{"type":"integer","minimum":5}"#, "5"), (#"{"type":"integer","exclusiveMinimum":5}"#, "6"),
        (#"{"type":"integer","maximum":-3}"#, "-3"), (#"{"type":"integer","minimum":5,"multipleOf":4}"#, "8"),
        (#"{"type":"integer","minimum":4.5}"#, "5"),
        (#"{"type":"number","minimum":2.5}"#, "2.5"), (#"{"type":"number","exclusiveMinimum":1}"#, "2.0"),
        (#"{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":0.5}"#, "0.25"),
        (#"{"type":"number","maximum":-1}"#, "-1.0"), (#"{"type":"number","minimum":3,"maximum":5}"#, "4.0"),
        (#"{"type":"string","minLength":6}"#, #""texttext""#), (#"{"type":"string","maxLength":2}"#, #""te""#),
        (#"{"type":"string","format":"date"}"#, #""2026-01-01""#),
        (#"{"anyOf":[{"type":"integer"},{"type":"null"}]}"#, "1"),
        (##"{"$ref":"#/$defs/n","$defs":{"n":{"type":"integer","minimum":9}}}"##, "9"),
        (
            ##"{"type":"object","properties":{"a":{"$ref":"#/definitions/x~1y"}},"definitions":{"x/y":{"type":"null"}}}"##,
            #"{"a":null}"#
        ),
        (
            ##"{"allOf":[{"type":"object","properties":{"a":{"type":"null"}}},{"$ref":"#/$defs/b"}],"$defs":{"b":{"properties":{"b":{"const":2}}}}}"##,
            #"{"a":null,"b":2}"#
        ),
        (##"{"$ref":"https://elsewhere/schema","type":"integer"}"##, "1"),
    ])
    func `a value is made that the schema accepts`(schema: String, value: String) {
        #expect(SchemaSample.write(Array(schema.utf8)) == value)
    }

    @Test func `a schema that refers to itself comes to an end`() {
        let tree =
            ##"{"type":"object","properties":{"v":{"type":"integer"},"next":{"anyOf":[{"$ref":"#"},{"type":"null"}]}},"required":["v","next"]}"##
        let value = SchemaSample.write(Array(tree.utf8))
        #expect(value.hasPrefix(#"{"v":1,"next":{"v":1,"#) && value.contains(#""next":null"#) && value.utf8.count < 500)
        #expect(SchemaSample.write(Array(##"{"$ref":"#"}"##.utf8)) == "null")
        let wide = ##"{"type":"array","items":{"$ref":"#"},"minItems":1000}"##
        #expect(SchemaSample.write(Array(wide.utf8)).utf8.count < 1_000_000)
    }
}
