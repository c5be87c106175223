import Testing

@testable import WireFormats

/// What an outline tells of a call's needs, so that nobody has to decode most bodies.
@Suite struct CallOutlineTests {
    private let tape = JSONTape()

    private func outline(_ body: String, by format: any WireFormat) throws -> CallOutline {
        let place = CallPlace(format.endpoints[0], model: "m")
        return try body.withBytes { try format.outline($0, at: place, using: tape) }
    }

    /// A text, a picture, and tools, in the words of each format.
    static let dialogues: [(format: any WireFormat, text: String, picture: String, tools: String)] = [
        (
            OpenAIChatFormat(), #"{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}]}"#,
            #"{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"u"}}]}]}"#,
            #"{"model":"m","messages":[],"tools":[{"type":"function","function":{"name":"f"}}]}"#
        ),
        (
            OpenAIResponsesFormat(),
            #"{"model":"m","input":[{"role":"user","content":[{"type":"input_text","text":"Hi"}]}]}"#,
            #"{"model":"m","input":[{"role":"user","content":[{"type":"input_image","image_url":"u"}]}]}"#,
            #"{"model":"m","input":"Hi","tools":[{"type":"function","name":"f"}]}"#
        ),
        (
            AnthropicMessagesFormat(),
            #"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}]}"#,
            #"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"1","content":[{"type":"image","source":{"type":"url","url":"u"}}]}]}]}"#,
            #"{"model":"m","max_tokens":1,"messages":[],"tools":[{"name":"f","input_schema":{}}]}"#
        ),
        (
            GeminiFormat(), #"{"contents":[{"parts":[{"text":"Hi"},{"functionCall":{"name":"f"}}]}]}"#,
            #"{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"AA=="}}]}]}"#,
            #"{"contents":[],"tools":{"functionDeclarations":[{"name":"f"}]}}"#
        ),
        (
            OllamaFormat(), #"{"model":"m","messages":[{"role":"user","content":"Hi"}]}"#,
            #"{"model":"m","messages":[{"role":"user","content":"Hi","images":["AA=="]}]}"#,
            #"{"model":"m","messages":[],"tools":[{"type":"function","function":{"name":"f"}}]}"#
        ),
    ]

    @Test(arguments: dialogues.indices)
    func `pictures and tools are noted, and nothing where there are none`(index: Int) throws {
        let (format, text, picture, tools) = Self.dialogues[index]
        let plain = try outline(text, by: format)
        #expect(!plain.hasMedia && !plain.hasTools)
        #expect(try outline(picture, by: format).hasMedia)
        #expect(try outline(tools, by: format).hasTools)
        let without = tools.replacing(/"tools":.*}/, with: #""tools":[]}"#)
        #expect(try !outline(without, by: format).hasTools)
    }
}
