import Testing

@testable import WireFormats

@Suite struct BedrockConverseSamplingTests {
    private func request(_ model: String = "anthropic.claude-sonnet-4") -> ChatRequest {
        ChatRequest(model: model, turns: [ChatTurn(.user, "Hi")])
    }

    @Test func `what Converse can't say is reported, each once`() throws {
        var call = request()
        call.sampling.temperature = 1.5
        call.sampling.topK = 40
        call.sampling.minP = 0.1
        call.sampling.frequencyPenalty = 1
        call.sampling.presencePenalty = 1
        call.sampling.seed = 7
        call.sampling.logitBias = Array("{}".utf8)
        call.verbosity = "low"
        call.endUser = "u"
        call.tools = [ChatTool(name: "f")]
        call.allowsParallelCalls = false
        call.stop = ["END", " "]
        call.streams = true
        let written = try converse(call)
        #expect(
            written.losses == [
                "temperature", "min_p", "frequency_penalty", "presence_penalty", "seed", "logit_bias", "verbosity",
                "user",
                "parallel_tool_calls", "stop",
            ])
        #expect(
            written.body.hasSuffix(
                #""inferenceConfig":{"temperature":1.0,"stopSequences":["END"]},"additionalModelRequestFields":{"top_k":40},"#
                    + #""additionalModelResponseFieldPaths":["/delta/stop_sequence"]}"#))
        call.model = "amazon.nova-pro-v1:0"
        #expect(
            try converse(call).body.hasSuffix(#","additionalModelRequestFields":{"inferenceConfig":{"topK":40}}}"#))
        call.model = "meta.llama3-70b"
        #expect(try converse(call).losses.contains("top_k"))
    }

    @Test func `what would mean something else is refused`() {
        var several = request()
        several.choices = 2
        var likely = request()
        likely.logProbabilities = 0
        for (call, field) in [(several, "n"), (likely, "logprobs")] {
            let error = #expect(throws: Untranslatable.self) { try converse(call) }
            #expect(error?.field == field)
        }
    }

    @Test func `any JSON object is asked for in words`() throws {
        var call = request()
        call.answerForm = .jsonObject
        let written = try converse(call)
        #expect(written.body.hasPrefix(#"{"system":[{"text":"Answer with a single JSON object and nothing else."}],"#))
        #expect(written.losses.isEmpty)
    }

    @Test(
        arguments: [
            (.off, nil, ""), (.effort("none"), nil, ""),
            (.effort("low"), nil, #""thinking":{"type":"enabled","budget_tokens":1024}"#),
            (.effort("high"), .budget, #""thinking":{"type":"enabled","budget_tokens":24576}"#),
            (.budget(5), nil, #""thinking":{"type":"enabled","budget_tokens":1024}"#),
            (.adaptive, nil, #""thinking":{"type":"adaptive"}"#),
            (.adaptive, .budget, #""thinking":{"type":"enabled","budget_tokens":8192}"#),
            (.effort("minimal"), .adaptive, #""thinking":{"type":"adaptive"}},"outputConfig":{"effort":"low"}"#),
            (.effort("xhigh"), .adaptive, #""thinking":{"type":"adaptive"}},"outputConfig":{"effort":"xhigh"}"#),
            (.budget(5000), .adaptive, #""thinking":{"type":"adaptive"}},"outputConfig":{"effort":"medium"}"#),
        ] as [(ReasoningWish, TargetTraits.ReasoningStyle?, String)])
    func `Claude is asked to think in its own way`(
        wish: ReasoningWish, style: TargetTraits.ReasoningStyle?, written: String
    ) throws {
        var call = request()
        call.reasoning = wish
        let result = try converse(call, for: TargetTraits(reasoning: style))
        #expect(written.isEmpty ? !result.body.contains("hinking") : result.body.contains(written))
        #expect(result.losses.isEmpty)
    }

    @Test func `other models are asked by a word, where that is known to work`() throws {
        var call = request("openai.gpt-oss-120b-1:0")
        call.reasoning = .effort("high")
        #expect(try converse(call).losses == ["reasoning"])
        #expect(try converse(call, for: TargetTraits(reasoning: .budget)).losses == ["reasoning"])
        let known = try converse(call, for: TargetTraits(reasoning: .adaptive))
        #expect(known.body.hasSuffix(#","outputConfig":{"effort":"high"}}"#) && known.losses.isEmpty)
        call.model = "anthropic.claude-v2"
        #expect(
            try converse(call, for: TargetTraits(reasoning: TargetTraits.ReasoningStyle.none)).losses == ["reasoning"])
    }

    @Test(
        arguments: [
            // longest answer wanted, the model's longest, budget → both as sent
            (5000, nil, 2000, 5000, 2000), (1000, nil, 2000, 3000, 2000), (1000, 2500, 2000, 2500, 2000),
            (4000, 4096, 8192, 4096, 2048), (nil, 4096, 8192, nil, 2048), (nil, nil, 8192, nil, 8192),
            (500, 1024, 8192, 500, nil), (Int.max, nil, Int.max, Int.max, Int.max / 2),
        ] as [(Int?, Int?, Int, Int?, Int?)])
    func `the budget stays below the longest answer`(
        limit: Int?, longest: Int?, budget: Int, sentLimit: Int?, sentBudget: Int?
    ) throws {
        var call = request()
        call.maxOutputTokens = limit
        call.reasoning = .budget(budget)
        let written = try converse(call, for: TargetTraits(longestAnswer: longest, reasoning: .budget))
        let thinking = sentBudget.map {
            #","additionalModelRequestFields":{"thinking":{"type":"enabled","budget_tokens":\#($0)}}"#
        }
        #expect(
            written.body.hasSuffix(
                #""inferenceConfig":{\#(sentLimit.map { #""maxTokens":\#($0)"# } ?? "")}\#(thinking ?? "")}"#))
        #expect(
            written.losses
                == (sentBudget == budget ? [] : ["reasoning"]) + (sentLimit == limit ? [] : ["max_tokens"]))
    }

    @Test func `what doesn't go together with thinking is left out`() throws {
        var call = request()
        call.reasoning = .budget(2000)
        call.sampling.temperature = 0.5
        call.sampling.topP = 0.5
        call.sampling.topK = 5
        let thinking = try converse(call)
        #expect(
            thinking.losses == ["temperature", "top_p", "top_k"] && thinking.body.contains(#""inferenceConfig":{}"#))

        call.tools = [ChatTool(name: "f")]
        call.toolChoice = .required
        let forced = try converse(call)
        #expect(forced.losses == ["reasoning"] && !forced.body.contains("thinking"))
        #expect(forced.body.contains(#""additionalModelRequestFields":{"top_k":5}"#))
    }

    @Test func `Claude doesn't think on when its thinking before the last calls is gone`() throws {
        let call = ChatPart.toolCall(ToolCall(id: "1", name: "f", arguments: ""))
        let signed = ChatPart(.reasoning("Hm"), state: OpaqueState(origin: "anthropic", value: "s"))
        for (parts, losses) in [([signed, call], []), ([call], ["reasoning"]), ([.text("Hm"), call], ["reasoning"])] {
            var request = request()
            request.turns += [
                ChatTurn(.assistant, parts), ChatTurn(.user, [.toolResult(ToolResult(callID: "1", text: "x"))]),
            ]
            request.reasoning = .budget(2000)
            let written = try converse(request)
            #expect(written.losses == losses && written.body.contains("budget_tokens") == losses.isEmpty)
        }
    }
}
