import Testing

@testable import WireFormats

/// What becomes of the things that another provider left in a dialogue, in a body that passes through.
@Suite struct ForeignStateTests {
    private struct Passed: Equatable {
        var body: String
        var dropped: [String]

        init(_ body: String, dropping dropped: String...) { (self.body, self.dropped) = (body, dropped) }
    }

    /// The body as it goes out.
    private func passed(
        _ body: String, by format: any WireFormat, to model: String = "m", verb: Int = 0
    ) throws -> Passed {
        let place = CallPlace(format.endpoints[verb], model: "m")
        return try body.withBytes { bytes in
            let tape = JSONTape()
            let outline = try format.outline(bytes, at: place, using: tape)
            let foreign = format.foreignState(in: bytes, at: place, for: model, using: tape)
            // Nobody asks where the outline has seen nothing.
            #expect(outline.mayHoldForeignState || foreign == ForeignState())
            var passed = Passed(foreign.splices.applied(to: bytes).text)
            passed.dropped = foreign.losses.map(\.field)
            return passed
        }
    }

    // MARK: Anthropic

    private static let unsigned = #"{"type":"thinking","thinking":"t","signature":""}"#
    private static let signed = #"{"type":"thinking","thinking":"t","signature":"s"}"#
    private static let foreignCall = #"{"type":"tool_use","id":"gcall_1","name":"f","input":{}}"#
    private static let ownCall = #"{"type":"tool_use","id":"toolu_1","name":"f","input":{}}"#
    private static let budget = #","thinking":{"type":"enabled","budget_tokens":2000}"#

    /// A dialogue in which the model has said this, and its calls are answered.
    private func messages(_ blocks: String, _ settings: String = "") -> String {
        #"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"q"},{"role":"assistant","content":["#
            + blocks + #"]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t"}]}]"# + settings + "}"
    }

    private func passed(_ blocks: String, _ settings: String = "") throws -> Passed {
        try passed(messages(blocks, settings), by: AnthropicMessagesFormat())
    }

    @Test func `thoughts that Anthropic didn't sign don't go to it`() throws {
        let expected = Passed(messages(Self.foreignCall), dropping: "reasoning")
        #expect(try passed("\(Self.unsigned),\(Self.foreignCall)") == expected)
        #expect(try passed(#"{"type":"thinking","thinking":"t"} , "# + Self.foreignCall) == expected)
        #expect(
            try passed("\(Self.signed) , \(Self.unsigned),\(Self.ownCall)")
                == Passed(messages("\(Self.signed),\(Self.ownCall)"), dropping: "reasoning"))
    }

    @Test(arguments: ["\(signed),\(ownCall)", ownCall, foreignCall, #"{"type":"redacted_thinking","data":"d"}"#])
    func `what Claude may have said passes as it is`(blocks: String) throws {
        #expect(try passed(blocks) == Passed(messages(blocks)))
        let adaptive = #","thinking":{"type":"adaptive"}"#
        #expect(try passed(blocks, adaptive) == Passed(messages(blocks, adaptive)))
        guard blocks != Self.foreignCall else { return }
        #expect(try passed(blocks, Self.budget) == Passed(messages(blocks, Self.budget)))
    }

    @Test func `a message of such thoughts alone goes whole`() throws {
        let body = messages("\(Self.unsigned),\(Self.unsigned)", Self.budget)
        let expected = body.replacing(/\{"role":"assistant".*?\]\},/, with: "")
        #expect(try passed(body, by: AnthropicMessagesFormat()) == Passed(expected, dropping: "reasoning"))
    }

    @Test func `Claude isn't asked to think in the midst of a turn that another model began`() throws {
        #expect(
            try passed("\(Self.unsigned),\(Self.foreignCall)", Self.budget)
                == Passed(messages(Self.foreignCall), dropping: "reasoning", "thinking"))
        #expect(try passed(Self.foreignCall, Self.budget) == Passed(messages(Self.foreignCall), dropping: "thinking"))
        let clearing =
            #","context_management":{"edits":[{"type":"clear_thinking_20251015","keep":"all"},{"type":"e"}]}"#
        #expect(
            try passed(Self.foreignCall, Self.budget + clearing)
                == Passed(
                    messages(Self.foreignCall, #","context_management":{"edits":[{"type":"e"}]}"#),
                    dropping: "thinking", "context_management"))
    }

    @Test func `Claude thinks on in a turn of its own, whoever answered before`() throws {
        func body(_ thought: String) -> String {
            #"{"thinking":{"type":"enabled"},"model":"m","max_tokens":9,"messages":[{"role":"assistant","content":["#
                + thought + Self.foreignCall + #"]},{"role":"user","content":"q"},{"role":"assistant","content":["#
                + Self.signed + "," + Self.ownCall
                + #"]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1"}]}]}"#
        }
        #expect(
            try passed(body(Self.unsigned + ","), by: AnthropicMessagesFormat())
                == Passed(body(""), dropping: "reasoning"))
    }

    // MARK: Gemini

    private static let unsignedCall = #"{"functionCall":{"name":"f"}}"#
    private static let signedCall = #"{"functionCall":{"name":"f"},"thoughtSignature":"c2ln"}"#
    private static let stopgapCall =
        #"{"functionCall":{"name":"f"},"thoughtSignature":"skip_thought_signature_validator"}"#

    private func contents(_ parts: String...) -> String {
        let contents = parts.map { #"{"role":"model","parts":[\#($0)]}"# }
        return #"{"contents":[{"role":"user","parts":[{"text":"q"}]},"# + contents.joined(separator: " , ") + "]}"
    }

    @Test func `the first of another model's calls gets the value that stands for a lost signature`() throws {
        let said = contents(#"{"text":"a"},"# + "\(Self.unsignedCall),\(Self.unsignedCall)")
        #expect(
            try passed(said, by: GeminiFormat(), to: "gemini-3-pro-preview")
                == Passed(
                    contents(#"{"text":"a"},"# + "\(Self.stopgapCall),\(Self.unsignedCall)"),
                    dropping: "thought_signature"))
        #expect(try passed(said, by: GeminiFormat(), to: "gemini-2.5-pro") == Passed(said))
        let empty = #"{"function_call":{"name":"f"},"thought_signature":null}"#
        #expect(
            try passed(contents(empty), by: GeminiFormat(), to: "gemini-3-flash")
                == Passed(
                    contents(empty.replacing("null", with: #""skip_thought_signature_validator""#)),
                    dropping: "thought_signature"))
    }

    @Test func `Gemini's own calls pass as they are, in however many contents they come`() throws {
        for said in [
            contents("\(Self.signedCall),\(Self.unsignedCall)"), contents(Self.signedCall, Self.unsignedCall),
        ] {
            #expect(try passed(said, by: GeminiFormat(), to: "gemini-3-pro-preview") == Passed(said))
        }
    }

    @Test func `every step of a turn has a signature of its own`() throws {
        let answered = #"{"role":"user","parts":[{"functionResponse":{"name":"f","response":{}}}]}"#
        func body(_ call: String) -> String {
            let (first, second) = (
                #"{"role":"model","parts":[\#(Self.signedCall)]}"#, #"{"role":"model","parts":[\#(call)]}"#
            )
            return #"{"contents":[{"parts":[{"text":"q"}]},\#(first),\#(answered),\#(second)]}"#
        }
        #expect(
            try passed(body(Self.unsignedCall), by: GeminiFormat(), to: "gemini-3-pro-preview")
                == Passed(body(Self.stopgapCall), dropping: "thought_signature"))
    }

    // MARK: Chat

    private static let carrier = #""extra_content":{"google":{"thought_signature":"g"}}"#

    private static func detail(_ format: String) -> String {
        #"{"type":"reasoning.text","text":"t","signature":"s","format":"\#(format)","index":0}"#
    }

    private func dialogue(_ members: String) -> String {
        #"{"model":"m","messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"\#(members)}]}"#
    }

    @Test(arguments: ["gpt-4o", "x", "google/gemini-3-pro"])
    func `what Claude thought doesn't go to a server of another model`(model: String) throws {
        let thought = #","reasoning_content":"t","reasoning_details":[\#(Self.detail("anthropic-claude-v1"))]"#
        #expect(
            try passed(dialogue(thought), by: OpenAIChatFormat(), to: model)
                == Passed(dialogue(""), dropping: "reasoning"))
    }

    @Test(
        arguments: [
            ("anthropic/claude-sonnet-4.5", "anthropic-claude-v1"), ("google/gemini-3-pro", "google-gemini-v1"),
            ("openai/gpt-5", "openai-responses-v1"), ("x-ai/grok-4", "xai-responses-v1"), ("x", "unknown"),
            ("openrouter/auto", "anthropic-claude-v1"),
        ])
    func `a server gets back what its own models thought`(model: String, format: String) throws {
        let thought = #","reasoning":"t","reasoning_details":[\#(Self.detail(format)),{"type":"reasoning.text"}]"#
        #expect(try passed(dialogue(thought), by: OpenAIChatFormat(), to: model) == Passed(dialogue(thought)))
    }

    @Test func `of the details in a message only another provider's go`() throws {
        let own = Self.detail("xai-responses-v1")
        #expect(
            try passed(
                dialogue(#","reasoning_details":[\#(Self.detail("google-gemini-v1")), \#(own)]"#),
                by: OpenAIChatFormat(), to: "x-ai/grok-4")
                == Passed(dialogue(#","reasoning_details":[\#(own)]"#), dropping: "reasoning"))
    }

    @Test func `Gemini's signatures go to no other model`() throws {
        func said(_ carrier: String) -> String {
            dialogue(#","tool_calls":[{"id":"1","type":"function"\#(carrier)}]\#(carrier)"#)
        }
        let signed = said("," + Self.carrier)
        #expect(try passed(signed, by: OpenAIChatFormat(), to: "gemini-3-pro") == Passed(signed))
        #expect(
            try passed(signed, by: OpenAIChatFormat(), to: "gpt-4o") == Passed(said(""), dropping: "thought_signature"))
    }

    @Test(
        arguments: [
            (#"{"b":1,"google":{"thought_signature":"g"}}"#, #"{"b":1}"#),
            (#"{"google":{"thought_signature":"g","b":1},"c":2}"#, #"{"google":{"b":1},"c":2}"#),
        ])
    func `what else a carrier holds stays in it`(carrier: String, left: String) throws {
        #expect(
            try passed(dialogue(#","extra_content":\#(carrier)"#), by: OpenAIChatFormat(), to: "gpt-4o")
                == Passed(dialogue(#","extra_content":\#(left)"#), dropping: "thought_signature"))
    }

    @Test func `the text of another model's thoughts goes with them, but to servers that insist on it`() throws {
        let thought = #","reasoning_content":"t""#
        let said = dialogue(thought + "," + Self.carrier)
        #expect(
            try passed(said, by: OpenAIChatFormat(), to: "gpt-4o")
                == Passed(dialogue(""), dropping: "thought_signature", "reasoning"))
        #expect(
            try passed(said, by: OpenAIChatFormat(), to: "deepseek-reasoner")
                == Passed(dialogue(thought), dropping: "thought_signature"))
        // Whose it is can't be told without a signature.
        #expect(try passed(dialogue(thought), by: OpenAIChatFormat(), to: "gpt-4o") == Passed(dialogue(thought)))
    }

    // MARK: Responses and Ollama

    @Test(
        arguments: [
            ("llmgw1", "reasoning"), ("llmgw1.reasoning.anthropic..cw", "reasoning"),
            ("llmgw1.hidden.anthropic..cw", "reasoning"), ("llmgw1.call.google..cw", "thought_signature"),
            ("llmgw1.text.google..cw", "thought_signature"), ("llmgw2.new", "reasoning"),
        ])
    func `what is taken out of an input is reported`(sealed: String, field: String) throws {
        let item = #"{"type":"reasoning","summary":[],"encrypted_content":"\#(sealed)"}"#
        #expect(
            try passed(#"{"model":"m","input":[\#(item)]}"#, by: OpenAIResponsesFormat())
                == Passed(#"{"model":"m","input":[]}"#, dropping: field))
    }

    @Test func `Ollama takes anybody's thoughts`() throws {
        let body = #"{"model":"m","messages":[{"role":"assistant","content":"a","thinking":"t"}]}"#
        #expect(try passed(body, by: OllamaFormat()) == Passed(body))
    }
}
