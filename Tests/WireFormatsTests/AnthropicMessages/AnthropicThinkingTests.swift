import Testing

@testable import WireFormats

@Suite struct AnthropicThinkingTests {
    private typealias Exchange = AnthropicExchange
    private typealias Written = (body: [String: Any], losses: [Loss])

    private let byBudget = TargetTraits(longestAnswer: 32_000, reasoning: .budget)
    private let byItself = TargetTraits(longestAnswer: 32_000, reasoning: .adaptive)

    private func write(
        _ wish: ReasoningWish?, for target: TargetTraits, _ change: (inout ChatRequest) -> Void = { _ in }
    ) throws -> Written {
        try Exchange.write(
            Exchange.greeting { request in
                request.reasoning = wish
                change(&request)
            }, for: target)
    }

    private func thinking(_ written: Written) -> String {
        let thinking = written.body["thinking"] as? [String: Any]
        let budget = (thinking?["budget_tokens"] as? Int).map { " \($0)" } ?? ""
        let effort = ((written.body["output_config"] as? [String: Any])?["effort"] as? String).map { " \($0)" } ?? ""
        return (thinking?["type"] as? String ?? "-") + budget + effort
    }

    @Test func `each model is asked in its own way`() throws {
        let wishes: [(ReasoningWish?, String, String, String)] = [
            (nil, "-", "-", "-"), (.off, "-", "-", "-"), (.effort("none"), "-", "-", "-"), (.budget(0), "-", "-", "-"),
            (.effort("minimal"), "enabled 1024", "adaptive low", "adaptive low"),
            (.effort("medium"), "enabled 8192", "adaptive medium", "adaptive medium"),
            (.effort("high"), "enabled 24576", "adaptive high", "adaptive high"),
            (.effort("xhigh"), "enabled 24576", "adaptive xhigh", "adaptive xhigh"),
            (.effort("weird"), "enabled 24576", "adaptive", "adaptive"),
            (.budget(100), "enabled 1024", "adaptive low", "enabled 1024"),
            (.budget(9000), "enabled 9000", "adaptive medium", "enabled 9000"),
            (.adaptive, "enabled 8192", "adaptive", "adaptive"),
        ]
        let unknown = TargetTraits(longestAnswer: 32_000)
        for (wish, budget, adaptive, either) in wishes {
            #expect(thinking(try write(wish, for: byBudget)) == budget)
            #expect(thinking(try write(wish, for: byItself)) == adaptive)
            #expect(thinking(try write(wish, for: unknown)) == either)
            #expect(try write(wish, for: byBudget).losses.isEmpty)
        }
        let never = try write(.effort("low"), for: TargetTraits(reasoning: TargetTraits.ReasoningStyle.none))
        #expect(thinking(never) == "-")
        #expect(never.losses.map(\.field) == ["reasoning"])
    }

    @Test func `the answer gets room for the thoughts, as far as the model goes`() throws {
        let raised = try write(.budget(8192), for: byBudget) { $0.maxOutputTokens = 1000 }
        #expect(raised.body["max_tokens"] as? Int == 9192)
        #expect(thinking(raised) == "enabled 8192")
        #expect(raised.losses.map(\.field) == ["max_tokens"])

        let fits = try write(.budget(8192), for: byBudget) { $0.maxOutputTokens = 8193 }
        #expect(fits.body["max_tokens"] as? Int == 8193)
        #expect(fits.losses.isEmpty)

        let lowered = try write(.budget(24_576), for: byBudget) { $0.maxOutputTokens = 20_000 }
        #expect(lowered.body["max_tokens"] as? Int == 32_000)
        #expect(thinking(lowered) == "enabled 12000")
        #expect(Set(lowered.losses.map(\.field)) == ["max_tokens", "reasoning"])

        let unknown = try write(.budget(24_576), for: TargetTraits(reasoning: .budget))
        #expect(unknown.body["max_tokens"] as? Int == 4096 + 24_576)

        let small = try write(.budget(8192), for: TargetTraits(longestAnswer: 1000, reasoning: .budget))
        #expect(thinking(small) == "-")
        #expect(small.body["max_tokens"] as? Int == 1000)
        #expect(small.losses.map(\.field) == ["reasoning"])
    }

    @Test func `who must call a tool does not think`() throws {
        for choice in [ToolChoice.required, .named("f"), .allowed(["f"], isRequired: true)] {
            for target in [byBudget, byItself] {
                let forced = try write(.effort("high"), for: target) { request in
                    request.tools = [ChatTool(name: "f")]
                    request.toolChoice = choice
                }
                #expect(forced.body["thinking"] == nil)
                #expect(forced.losses.map(\.field) == ["reasoning"])
            }
        }
        let free = try write(.effort("low"), for: byBudget) { request in
            request.tools = [ChatTool(name: "f")]
            request.toolChoice = .auto
        }
        #expect(thinking(free) == "enabled 1024")
    }

    @Test func `who thinks draws in its own way`() throws {
        let written = try write(.effort("low"), for: byBudget) { request in
            request.sampling.temperature = 0.2
            request.sampling.topK = 5
        }
        #expect(written.body["temperature"] == nil && written.body["top_k"] == nil)
        #expect(written.losses.map(\.field) == ["temperature", "top_k"])
        let share = try write(.effort("low"), for: byBudget) { $0.sampling.topP = 0.5 }
        #expect(share.body["top_p"] == nil)
        #expect(share.losses.map(\.field) == ["top_p"])
        let usual = try write(.effort("low"), for: byBudget) { $0.sampling.temperature = 1 }
        #expect(usual.body["temperature"] as? Double == 1)
        let near = try write(.effort("low"), for: byBudget) { $0.sampling.topP = 0.97 }
        #expect(near.body["top_p"] as? Double == 0.97)
    }

    // MARK: Thoughts of the turn that goes on

    private func toolLoop(_ first: [ChatPart]) -> (inout ChatRequest) -> Void {
        { request in
            request.tools = [ChatTool(name: "f")]
            request.turns = [
                ChatTurn(.user, "Go"),
                ChatTurn(.assistant, first + [.toolCall(ToolCall(id: "1", name: "f", arguments: "{}"))]),
                ChatTurn(.user, [.toolResult(ToolResult(callID: "1", text: "ok")), .text("Go on.")]),
            ]
        }
    }

    private let signed = ChatPart(.reasoning("Hm."), state: OpaqueState(origin: OpaqueState.anthropic, value: "s"))

    private func blocks(_ written: Written) throws -> [String] {
        let messages = try #require(written.body["messages"] as? [[String: Any]])
        return messages.flatMap { $0["content"] as? [[String: Any]] ?? [] }.compactMap { $0["type"] as? String }
    }

    @Test func `a turn with its thoughts goes on thinking`() throws {
        for target in [byBudget, byItself] {
            let written = try write(.effort("low"), for: target, toolLoop([signed]))
            #expect(written.losses.isEmpty)
            #expect(written.body["thinking"] != nil)
            #expect(try blocks(written) == ["text", "thinking", "tool_use", "tool_result", "text"])
        }
    }

    @Test func `a turn whose thoughts are lost is finished without, unless the model decides by itself`() throws {
        let unsigned = toolLoop([ChatPart(.reasoning("Hm."))])
        let lost = try write(.effort("low"), for: byBudget, unsigned)
        #expect(lost.body["thinking"] == nil)
        #expect(lost.losses.map(\.field) == ["reasoning"])
        #expect(try blocks(lost) == ["text", "tool_use", "tool_result", "text"])
        #expect(thinking(try write(.effort("low"), for: byItself, unsigned)) == "adaptive low")
        #expect(thinking(try write(.budget(2000), for: TargetTraits(), unsigned)) == "-")
    }

    @Test func `lost thoughts of turns that are over stop nobody`() throws {
        let written = try write(.effort("low"), for: byBudget) { request in
            toolLoop([])(&request)
            request.turns += [ChatTurn(.assistant, "Done."), ChatTurn(.user, "Thanks.")]
        }
        #expect(thinking(written) == "enabled 1024")
    }

    @Test func `who may not go on thinking does not see its thoughts`() throws {
        let forced = try write(.effort("low"), for: byBudget) { request in
            toolLoop([signed])(&request)
            request.toolChoice = .required
        }
        #expect(try blocks(forced) == ["text", "tool_use", "tool_result", "text"])
        let silent = try write(nil, for: byBudget, toolLoop([signed]))
        #expect(try blocks(silent) == ["text", "tool_use", "tool_result", "text"])
        #expect(silent.losses.map(\.field) == ["reasoning"])
        for target in [byItself, TargetTraits()] {
            let kept = try write(nil, for: target, toolLoop([signed]))
            #expect(try blocks(kept) == ["text", "thinking", "tool_use", "tool_result", "text"])
            #expect(kept.losses.isEmpty)
        }
    }
}
