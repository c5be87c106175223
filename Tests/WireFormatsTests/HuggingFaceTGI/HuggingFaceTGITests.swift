import Testing

@testable import WireFormats

@Suite struct HuggingFaceTGITests {
    private let codec = HuggingFaceTGICodec()
    private let tape = JSONTape()

    private func encode(_ request: ChatRequest) throws(Untranslatable) -> (body: String, losses: [String]) {
        var body: [UInt8] = []
        let losses = try codec.encode(request, for: TargetTraits(), into: &body)
        return (body.text, losses.map(\.field))
    }

    private func prompt(_ request: ChatRequest) throws -> String {
        let body = Array(try encode(request).body.utf8)
        return try body.withUnsafeBytes { try tape.parse($0).required("inputs").string() }
    }

    private let details = #""details":true,"return_full_text":false,"decoder_input_details":false"#

    // MARK: The prompt

    @Test func `a dialogue is one text that the model goes on with`() throws {
        var call = ChatRequest(
            model: "tgi", instructions: [.text("Be brief."), .text("Be kind.")],
            turns: [
                ChatTurn(.user, [.text("Hi "), .text("you")]), ChatTurn(.assistant, "Hello"), ChatTurn(.user, ""),
                ChatTurn(.system, "Now in verse."), ChatTurn(.user, "A"), ChatTurn(.user, "B"),
            ])
        let beginning = "Be brief.\n\nBe kind.\n\nUser: Hi you\nAssistant: Hello\nSystem: Now in verse.\nUser: A\nB\n"
        #expect(try prompt(call) == beginning + "Assistant:")
        call.turns.append(ChatTurn(.assistant, "Once"))
        #expect(try prompt(call) == beginning + "Assistant: Once")
        call.turns = []
        #expect(try prompt(call) == "User: Be brief.\n\nBe kind.\nAssistant:")
    }

    @Test func `a mere prompt goes as it is`() throws {
        var call = ChatRequest(model: "tgi", turns: [ChatTurn(.user, "Once upon a ")])
        call.isPrompt = true
        #expect(try prompt(call) == "Once upon a ")
    }

    @Test func `what isn't text is left out or refused`() throws {
        let call = ChatRequest(
            model: "tgi",
            turns: [
                ChatTurn(
                    .assistant,
                    [
                        ChatPart(.reasoning("Hm")), ChatPart(.foreign(ForeignPart(origin: "x", type: "y", json: []))),
                        ChatPart(
                            .text("Yes"), cacheHint: CacheHint(), state: OpaqueState(origin: "google", value: "s")),
                    ])
            ])
        let written = try encode(call)
        #expect(written.losses == ["reasoning", "messages", "cache_control", "thought_signature"])
        #expect(written.body.hasPrefix(#"{"inputs":"Assistant: Yes","#))
        for refused in [
            .image(Media(.base64("AAAA"))), ChatPart(.document(Media(.text("x")))),
            ChatPart(.audio(Media(.base64("x")))),
            .toolCall(ToolCall(id: "1", name: "f", arguments: "")), .toolResult(ToolResult(callID: "1", text: "x")),
        ] {
            let error = #expect(throws: Untranslatable.self) {
                try encode(ChatRequest(model: "tgi", turns: [ChatTurn(.user, [refused])]))
            }
            #expect(error?.field == "messages")
        }
    }

    // MARK: The parameters

    @Test func `every parameter has its place`() throws {
        var call = ChatRequest(model: "tgi", turns: [ChatTurn(.user, "Hi")])
        #expect(
            try encode(call).body == #"{"inputs":"User: Hi\nAssistant:","parameters":{\#(details)}}"#)
        call.maxOutputTokens = 20
        call.sampling.temperature = 0.5
        call.sampling.topP = 0.9
        call.sampling.topK = 10
        call.sampling.seed = 7
        call.sampling.frequencyPenalty = 0.1
        call.stop = ["END", "User:"]
        call.answerForm = .schema(AnswerSchema(schema: Array(#"{"type" : "object"}"#.utf8)))
        let written = try encode(call)
        #expect(written.losses.isEmpty)
        #expect(
            written.body
                == #"{"inputs":"User: Hi\nAssistant:","parameters":{"max_new_tokens":20,"temperature":0.5,"top_p":0.9,"top_k":10,"#
                + #""stop":["END","User:"],"seed":7,"frequency_penalty":0.1,"grammar":{"type":"json","value":{"type" : "object"}},\#(details)}}"#
        )
        call.answerForm = .jsonObject
        #expect(try encode(call).body.contains(#""grammar":{"type":"json","value":{"type":"object"}}"#))
    }

    @Test func `numbers that the server refuses are said in another way`() throws {
        var call = ChatRequest(model: "tgi", turns: [ChatTurn(.user, "Hi")])
        call.sampling.topK = 10
        call.sampling.topP = 1
        #expect(try encode(call).body.contains(#""parameters":{"top_k":10,"details""#))
        call.sampling.temperature = 0
        #expect(try encode(call).body.contains(#""parameters":{"details""#))
    }

    @Test func `what the API can't say is reported or refused`() throws {
        var call = ChatRequest(model: "tgi", turns: [ChatTurn(.user, "Hi")])
        call.sampling.seed = -1
        call.sampling.minP = 0.1
        call.sampling.presencePenalty = 1
        call.sampling.logitBias = Array("{}".utf8)
        call.reasoning = .adaptive
        call.verbosity = "low"
        call.endUser = "u"
        call.cacheHint = CacheHint()
        call.tools = [ChatTool(name: "f")]
        call.toolChoice = ToolChoice.none
        let written = try encode(call)
        #expect(
            written.losses == [
                "min_p", "presence_penalty", "logit_bias", "seed", "reasoning", "verbosity", "user", "cache_control",
            ])
        #expect(written.body.contains(#""parameters":{\#(details)}"#))

        var (several, likely, tools) = (call, call, call)
        several.choices = 2
        likely.logProbabilities = 5
        tools.toolChoice = nil
        for (call, field) in [(several, "n"), (likely, "logprobs"), (tools, "tools")] {
            let error = #expect(throws: Untranslatable.self) { try encode(call) }
            #expect(error?.field == field)
        }
    }

    // MARK: Whole answers

    private func decode(_ answer: String) throws -> ChatResponse {
        try answer.withBytes { try codec.decode(answer: try tape.parseBody($0)) }
    }

    @Test(
        arguments: [
            ("eos_token", .endTurn), ("stop_sequence", .stopSequence(nil)), ("length", .maxTokens), ("x", .other("x")),
        ] as [(String, StopReason)])
    func `an answer is read, alone or in a list`(word: String, reason: StopReason) throws {
        let answer =
            #"{"generated_text":"  Yes.","details":{"finish_reason":"\#(word)","generated_tokens":3,"prefill":[],"tokens":[]}}"#
        for answer in [answer, "[\(answer)]"] {
            let read = try decode(answer)
            #expect(read.text == " Yes." && read.stopReason == reason && read.usage == TokenUsage(output: 3))
        }
        let bare = try decode(#"{"generated_text":"","details":null}"#)
        #expect(bare.parts.isEmpty && bare.stopReason == nil && bare.usage == nil)
    }

    @Test(arguments: [("{}", "generated_text"), ("[]", nil), (#"{"generated_text":7}"#, "generated_text")])
    func `what is no answer is refused`(answer: String, field: String?) {
        let error = #expect(throws: MalformedBody.self) { try decode(answer) }
        #expect(error?.field == field)
    }

    @Test(
        arguments: [
            (
                #"{"error":"Full.","error_type":"overloaded"}"#,
                UpstreamFailureBody(message: "Full.", type: "overloaded")
            ),
            (#"{"error":["a","b"]}"#, UpstreamFailureBody(message: "a")), ("{}", nil), ("<html>", nil),
        ] as [(String, UpstreamFailureBody?)])
    func `failures are understood`(body: String, failure: UpstreamFailureBody?) {
        #expect(body.withBytes { HuggingFaceTGIFormat().readFailure($0, using: JSONTape()) } == failure)
    }

    // MARK: Streams

    private func read(_ stream: String, cuts: [Int] = []) -> (events: [ChatEvent], isComplete: Bool, isForeign: Bool) {
        let reader = codec.makeStreamReader()
        let tape = JSONTape()
        let bytes = Array(stream.utf8)
        var events: [ChatEvent] = []
        for (start, end) in zip([0] + cuts, cuts + [bytes.count]) {
            Array(bytes[start..<end]).withUnsafeBytes { reader.read($0, using: tape, into: &events) }
        }
        reader.finish(using: tape, into: &events)
        return (events, reader.isComplete, reader.isForeign)
    }

    private func token(_ text: String, special: Bool = false, _ end: String = #""generated_text":null,"details":null"#)
        -> String
    {
        #"data:{"index":1,"token":{"id":1,"text":"\#(text)","logprob":-0.1,"special":\#(special)},\#(end)}"#
            + "\r\n\r\n"
    }

    private var whole: String {
        token("<s>", special: true) + token(" ") + token(" Grü") + token("ße") + token(".")
            + token(
                "</s>", special: true,
                #""generated_text":"  Grüße.","details":{"finish_reason":"eos_token","generated_tokens":5,"input_length":7,"seed":null}"#
            )
    }

    @Test func `a stream is the same events wherever it is split`() {
        let events: [ChatEvent] = [
            .start(id: "", model: ""), .textDelta(" Grü"), .textDelta("ße"), .textDelta("."),
            .usage(TokenUsage(inputUncached: 7, output: 5)), .finish(.endTurn),
        ]
        for cut in 0...whole.utf8.count {
            let read = read(whole, cuts: [cut])
            #expect(read.events.filter { $0 != .ping } == events && read.isComplete && !read.isForeign)
        }
        #expect(read(whole, cuts: Array(1..<whole.utf8.count)).events.filter { $0 != .ping } == events)
    }

    @Test func `a stream that breaks is not whole`() {
        let cut = read(token("a") + token("b"))
        #expect(!cut.isComplete && cut.events == [.start(id: "", model: ""), .textDelta("a"), .textDelta("b")])
        let failure = UpstreamFailureBody(message: "Full.", type: "overloaded")
        let error = #"data:{"error":"Full.","error_type":"overloaded"}"# + "\n\n"
        #expect(read(error).events == [.failure(failure)] && !read(error).isForeign)
        let later = read(token("a") + error + token("b"))
        #expect(later.events == [.start(id: "", model: ""), .textDelta("a"), .failure(failure)] && !later.isComplete)
        #expect(
            read(token("a") + "data: nonsense\n\n").events.last
                == .failure(.unreadable("The provider's stream is damaged: an event is no JSON object.")))
    }

    @Test func `another stream is foreign, and a comment says that it lives`() {
        #expect(read("data: {\"choices\":[]}\n\n").isForeign && read("data: [DONE]\n\n").isForeign)
        #expect(read(": keep-alive\n\n").events == [.ping] && !read(": keep-alive\n\n").isForeign)
    }

    @Test func `an end without details is an end`() {
        let read = read(token("a") + token("b", #""generated_text":"ab""#))
        #expect(read.isComplete && read.events.last == .finish(.endTurn))
    }
}
