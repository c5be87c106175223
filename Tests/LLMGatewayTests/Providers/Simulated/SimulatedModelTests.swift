import Testing
import WireFormats

@testable import LLMGateway

@Suite struct SimulatedModelTests {
    private func ask(_ text: String, _ change: (inout ChatRequest) -> Void = { _ in }) -> ChatRequest {
        var request = ChatRequest(model: "m", turns: [ChatTurn(.user, text)])
        change(&request)
        return request
    }

    private func answer(_ model: String, to request: ChatRequest) -> ChatResponse {
        ChatResponse(folding: SimulatedModel(name: model).plan(request).steps.map(\.event))
    }

    @Test func `echo repeats the last user message and counts words on both sides`() {
        let request = ChatRequest(
            model: "echo", instructions: [.text("Be brief.")],
            turns: [ChatTurn(.user, "first"), ChatTurn(.assistant, "so so"), ChatTurn(.user, " two  words\n")])
        let response = answer("echo", to: request)
        #expect(response.text == " two  words\n" && response.model == "echo")
        #expect(response.usage == TokenUsage(inputUncached: 7, output: 2))
        #expect(response.stopReason == .endTurn)
    }

    @Test func `echo repeats the user also after a tool has spoken`() {
        let call = ChatTurn(.assistant, [.toolCall(ToolCall(id: "c", name: "t", arguments: "{}"))])
        let result = ChatTurn(.user, [.toolResult(ToolResult(callID: "c", text: "sunny"))])
        let request = ChatRequest(model: "echo", turns: [ChatTurn(.user, "weather?"), call, result])
        #expect(answer("echo", to: request).text == "weather?")
        #expect(answer("echo", to: ChatRequest(model: "echo", turns: [call, result])).text == "sunny")
    }

    @Test(arguments: [
        (
            "/v1/messages/count_tokens",
            #"{"model":"echo","system":"Be brief.","messages":[{"role":"user","content":"one  two three"}]}"#,
            #"{"input_tokens":5}"#
        ),
        ("/v1beta/models/echo:countTokens", #"{"contents":[{"parts":[{"text":"one two"}]}]}"#, #""totalTokens":2"#),
    ])
    func `whoever asks how many tokens a text is gets its words, and no estimate`(
        path: String, body: String, count: String
    ) async throws {
        try await withPipeline("providers: { simulated: {} }") { port in
            let client = try RawSocket(to: port)
            try await client.send(
                "POST \(path) HTTP/1.1\r\nhost: x\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)")
            let answer = try await client.answer()
            #expect(answer.status == 200 && answer.body.contains(count))
            #expect(!answer.head.contains("x-llm-gateway-token-count"))
        }
    }

    @Test func `any other name echoes, and metrics call it echo`() {
        #expect(answer("gpt-4o", to: ask("Hi")).text == "Hi")
        #expect(SimulatedModel(name: "gpt-4o").label == "echo")
        #expect(SimulatedModel(name: "lorem?first_token=1s").label == "lorem")
        #expect(SimulatedModel(name: "error-429").label == "error-429")
    }

    @Test func `lorem writes as many words as it may`() {
        let response = answer("lorem", to: ask("Go") { $0.maxOutputTokens = 30 })
        #expect(response.text.split(separator: " ").count == 30 && response.text.hasPrefix("lorem ipsum dolor"))
        #expect(response.usage?.output == 30 && response.stopReason == .maxTokens)
        #expect(answer("lorem", to: ask("Go")).stopReason == .endTurn)
        #expect(
            answer("lorem", to: ask("Go") { $0.maxOutputTokens = Int.max }).usage?.output
                == SimulatedSpeech.longestAnswer)
        #expect(answer("lorem", to: ask("Go") { $0.maxOutputTokens = 0 }).text.isEmpty)
    }

    @Test func `an answer is cut at the limit and before a stop text`() {
        let cut = answer("echo", to: ask("one two three") { $0.maxOutputTokens = 2 })
        #expect(cut.text == "one two" && cut.stopReason == .maxTokens && cut.usage?.output == 2)
        let stopped = answer("echo", to: ask("one two three") { $0.stop = ["three", "two"] })
        #expect(stopped.text == "one " && stopped.stopReason == .stopSequence("two"))
    }

    @Test func `the pace is the configured one, or the name's`() {
        let configured = SimulatedModel(name: "echo", firstToken: .seconds(1), tokensPerSecond: 4)
        #expect(
            configured.plan(ask("a b c")).steps.map(\.delay) == [
                .seconds(1), .zero, .milliseconds(250), .milliseconds(250), .zero, .zero,
            ])
        let named = SimulatedModel(
            name: "echo?first_token=300ms&tokens_per_second=20", firstToken: .seconds(1), tokensPerSecond: 4)
        #expect(
            named.plan(ask("a b")).steps.map(\.delay) == [.milliseconds(300), .zero, .milliseconds(50), .zero, .zero])
        #expect(SimulatedModel(name: "error-slow").plan(ask("a")).steps.first?.delay == .seconds(10))
    }

    @Test(arguments: [
        "echo?first_token=soon", "echo?first_token=3", "echo?tokens_per_second=-1", "echo?pace=1", "echo?x",
    ])
    func `a name with a parameter that can't be read is refused`(name: String) {
        guard case .fails(let failure) = SimulatedModel(name: name).plan(ask("a")).ending else {
            Issue.record("'\(name)' was accepted")
            return
        }
        #expect(failure.status == 400 && failure.param == "model")
    }

    @Test func `failures are what their names say`() throws {
        func plan(_ name: String) -> SimulatedAnswer { SimulatedModel(name: name).plan(ask("one two three four")) }
        guard case .fails(let tooMany) = plan("error-429").ending, case .fails(let fault) = plan("error-500").ending
        else {
            Issue.record("nothing failed")
            return
        }
        #expect(tooMany.status == 429 && tooMany.retryAfter == .seconds(1) && fault.status == 500)
        #expect(plan("error-timeout") == SimulatedAnswer(steps: [], ending: .neverAnswers))
        #expect(plan("error-reset") == SimulatedAnswer(steps: [], ending: .brokeOff))
        let midstream = plan("error-midstream")
        #expect(midstream.ending == .brokeOff)
        #expect(ChatResponse(folding: midstream.steps.map(\.event)).text == "one two")
        #expect(ChatResponse(folding: midstream.steps.map(\.event)).stopReason == nil)
        #expect(throws: ChatFailure.self) {
            try SimulatedModel(name: "error-429").embed(EmbeddingsRequest(model: "m", inputs: []))
        }
    }

    @Test func `more than one choice is refused`() {
        guard case .fails(let failure) = SimulatedModel(name: "echo").plan(ask("a") { $0.choices = 2 }).ending else {
            Issue.record("two choices were accepted")
            return
        }
        #expect(failure.param == "n" && failure.status == 400)
    }

    @Test func `a call is made when it is asked for, with arguments by the schema`() {
        let schema = Array(
            #"{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer","minimum":3}}}"#.utf8)
        func choose(_ choice: ToolChoice?) -> ChatResponse {
            answer(
                "echo",
                to: ask("Hi") {
                    $0.tools = [ChatTool(name: "first"), ChatTool(name: "weather", schema: schema)]
                    $0.toolChoice = choice
                })
        }
        #expect(choose(.required).toolCalls.map(\.name) == ["first"])
        #expect(choose(.required).toolCalls.map(\.arguments) == ["{}"])
        let named = choose(.named("weather"))
        #expect(named.toolCalls.map(\.arguments) == [#"{"city":"text","days":3}"#])
        #expect(named.stopReason == .toolCall && named.text.isEmpty && named.usage?.output == 2)
        for choice in [nil, .auto, ToolChoice.none] as [ToolChoice?] { #expect(choose(choice).text == "Hi") }
        guard
            case .fails(let failure) = SimulatedModel(name: "echo").plan(ask("a") { $0.toolChoice = .required }).ending
        else {
            Issue.record("a call without tools was accepted")
            return
        }
        #expect(failure.status == 400)
    }

    @Test func `a JSON object or a schema is answered by`() {
        #expect(answer("echo", to: ask("Hi") { $0.answerForm = .jsonObject }).text == #"{"answer":"Hi"}"#)
        let schema = AnswerForm.schema(
            AnswerSchema(schema: Array(#"{"type":"object","properties":{"a":{"enum":["x y"]}}}"#.utf8)))
        #expect(answer("lorem", to: ask("Hi") { $0.answerForm = schema }).text == #"{"a":"x y"}"#)
    }

    @Test func `embeddings are unit vectors, the same for the same input`() throws {
        let model = SimulatedModel(name: "any")
        let request = EmbeddingsRequest(
            model: "any", inputs: [.text("a b"), .text("a c"), .text("a b"), .tokens([1, 2, 3])])
        let response = try model.embed(request)
        #expect(response.vectors.map(\.count) == [64, 64, 64, 64])
        #expect(response.vectors[0] == response.vectors[2] && response.vectors[0] != response.vectors[1])
        for vector in response.vectors { #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5) }
        #expect(response.usage == TokenUsage(inputUncached: 9))
        #expect(
            try model.embed(EmbeddingsRequest(model: "any", inputs: [.text("")], dimensions: 3)).vectors[0].count == 3)
        #expect(throws: ChatFailure.self) {
            try model.embed(EmbeddingsRequest(model: "any", inputs: [], dimensions: 1_000_000))
        }
    }
}
