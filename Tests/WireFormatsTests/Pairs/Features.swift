@testable import WireFormats

extension Feature {
    /// The features of calls, in the order of the documentation.
    static let groups: [(title: String, features: [Feature])] = [
        ("Dialogue", dialogue), ("Tools", tools), ("How to answer", sampling), ("Reasoning and caching", reasoning),
        ("Pictures, documents, sound", media),
    ]

    static let all = groups.flatMap(\.features)

    private static let dialogue: [Feature] = [
        Feature("a system text", [], traces: ["Be brief."], without: { $0.instructions = [] }) { _ in },
        Feature("several system texts", [], traces: ["Be kind."]) { $0.instructions.append(.text("Be kind.")) },
        Feature("a system text in mid-dialogue", []) {
            $0.turns += [
                ChatTurn(.assistant, "Hello."), ChatTurn(.system, "Be rude."), ChatTurn(.user, "Again."),
            ]
        },
        Feature("system texts alone", [], traces: ["Be brief."]) { $0.turns = [] },
        Feature("several texts of one speaker", [], traces: ["Now.", "Please."]) {
            $0.turns += [ChatTurn(.user, "Now."), ChatTurn(.user, "Please.")]
        },
        Feature("a dialogue that the model begins", []) {
            $0.turns.insert(ChatTurn(.assistant, "Welcome."), at: 0)
        },
        Feature("an answer to go on with", [], traces: ["Good mor"]) {
            $0.turns.append(ChatTurn(.assistant, "Good mor"))
        },
        Feature("an earlier refusal", [], traces: ["I'd rather not."]) {
            $0.turns += [
                ChatTurn(.assistant, [ChatPart(.refusal("I'd rather not."))]), ChatTurn(.user, "Do."),
            ]
        },
    ]

    private static let tools: [Feature] = [
        Feature("tools", [], traces: ["weather", "clock", "Tells the time."]) { $0.tools = [weather, clock] },
        Feature("strict tools", ["strict"], traces: [#""strict":true"#], on: offering) { $0.tools[0].isStrict = true },
        Feature("choice: none", [], on: offering) { $0.toolChoice = ToolChoice.none },
        Feature("choice: must call", ["tool_choice", "tools"], traces: ["any"], on: offering) {
            $0.toolChoice = .required
        },
        Feature("choice: this one", ["tool_choice", "tools"], traces: [#""tool":{"name":"clock"}"#], on: offering) {
            $0.toolChoice = .named("clock")
        },
        Feature("choice: one of some", ["tool_choice", "tools"], on: offering) {
            $0.toolChoice = .allowed(["clock"], isRequired: true)
        },
        Feature("one call at a time", ["parallel_tool_calls"], on: offering) { $0.allowsParallelCalls = false },
        Feature("a call and its result", [], traces: ["Rome", "sunny"]) { $0 = Feature.dialogue([rome], [sunny]) },
        Feature("parallel calls", [], traces: ["Rome", "sunny", "Oslo", "rainy"]) {
            $0 = Feature.dialogue([rome, oslo], [rainy, sunny])
        },
        Feature("a call without arguments", [], traces: ["noon"]) {
            $0 = Feature.dialogue(
                [ToolCall(id: "c1", name: "clock", arguments: "")], [ToolResult(callID: "c1", text: "noon")])
        },
        Feature("broken arguments", []) {
            $0 = Feature.dialogue([ToolCall(id: "c1", name: "weather", arguments: #"{"city":"#)], [])
            $0.turns[2] = ChatTurn(.user, [.toolResult(ToolResult(callID: "c1", text: "What?"))])
        },
        Feature("ids of any length and alphabet", [], traces: ["sunny", "rainy"]) {
            let ids = [
                "call:rome/" + String(repeating: "x", count: 90), "call:rome/" + String(repeating: "x", count: 91),
            ]
            $0 = Feature.dialogue(
                [
                    ToolCall(id: ids[0], name: "clock", arguments: "{}"),
                    ToolCall(id: ids[1], name: "clock", arguments: "{}"),
                ],
                [ToolResult(callID: ids[1], text: "rainy"), ToolResult(callID: ids[0], text: "sunny")])
        },
        Feature("a tool that failed", [], traces: ["storm"]) {
            $0 = Feature.dialogue([rome], [ToolResult(callID: "call_rome", text: "storm", isError: true)])
        },
        Feature("a call without a result", []) {
            $0 = Feature.dialogue([rome], [])
            $0.turns[2] = ChatTurn(.user, "Forget it.")
        },
        Feature("a result without a call", []) {
            $0.turns[0].parts.insert(.toolResult(sunny), at: 0)
        },
        Feature("calls in the dialogue, no tools", []) {
            $0 = Feature.dialogue([rome], [sunny])
            $0.tools = []
        },
        Feature("a picture in a result", [], traces: [pixel]) {
            $0 = Feature.dialogue(
                [rome],
                [
                    ToolResult(
                        callID: "call_rome",
                        parts: [.text("see"), .image(Media(.base64(pixel), mediaType: "image/png"))])
                ])
        },
    ]

    private static let sampling: [Feature] = [
        Feature("temperature", ["temperature"], traces: ["0.625"]) { $0.sampling.temperature = 0.625 },
        Feature("temperature above 1", ["temperature"], traces: ["1.75"]) { $0.sampling.temperature = 1.75 },
        Feature("top p", ["top_p"], traces: ["0.625"]) { $0.sampling.topP = 0.625 },
        Feature("top k", ["top_k"], traces: ["37"]) { $0.sampling.topK = 37 },
        Feature("min p", ["min_p"], traces: ["0.0625"]) { $0.sampling.minP = 0.0625 },
        Feature("frequency penalty", ["frequency_penalty"], traces: ["0.375"]) { $0.sampling.frequencyPenalty = 0.375 },
        Feature("presence penalty", ["presence_penalty"], traces: ["0.375"]) { $0.sampling.presencePenalty = 0.375 },
        Feature("seed", ["seed"], traces: ["4711"]) { $0.sampling.seed = 4711 },
        Feature("logit bias", ["logit_bias"], traces: ["50256"]) {
            $0.sampling.logitBias = Array(#"{"50256":-100}"#.utf8)
        },
        Feature("longest answer", ["max_tokens"], traces: ["777"]) { $0.maxOutputTokens = 777 },
        Feature("no longest answer", [], mayGoUnsaid: true) { $0.maxOutputTokens = nil },
        Feature("stop sequences", ["stop"], traces: ["END"]) { $0.stop = ["END", "STOP"] },
        Feature("more than four stop sequences", ["stop"], traces: ["E6"]) {
            $0.stop = ["E1", "E2", "E3", "E4", "E5", "E6"]
        },
        Feature("several answers", ["n"]) { $0.choices = 2 },
        Feature("probabilities", ["logprobs"]) { $0.logProbabilities = 3 },
        Feature("a JSON object", ["response_format"]) { $0.answerForm = .jsonObject },
        Feature("JSON by a schema", ["response_format"], traces: ["greeting"]) {
            $0.answerForm = .schema(AnswerSchema(name: "answer", schema: schema, isStrict: true))
        },
        Feature("JSON by a schema, beside tools", ["response_format"], traces: ["greeting"], on: offering) {
            $0.answerForm = .schema(AnswerSchema(name: "answer", schema: schema, isStrict: true))
        },
        Feature("verbosity", ["verbosity"], traces: ["verbosity"]) { $0.verbosity = "low" },
        Feature("who asks", ["user"], traces: ["u-1138"]) { $0.endUser = "u-1138" },
    ]

    private static let schema = Array(
        #"{"type":"object","properties":{"greeting":{"type":"string"}},"required":["greeting"],"additionalProperties":false}"#
            .utf8)

    private static let reasoning: [Feature] = [
        Feature("no reasoning", ["reasoning"], mayGoUnsaid: true) { $0.reasoning = .off },
        Feature("reasoning as the model sees fit", ["reasoning"], traces: ["adaptive"], mayGoUnsaid: true) {
            $0.reasoning = .adaptive
        },
        Feature("effort: low", ["reasoning"], traces: ["1024"]) { $0.reasoning = .effort("low") },
        Feature("effort: high", ["reasoning"], traces: ["24576"]) { $0.reasoning = .effort("high") },
        Feature("a budget of tokens", ["reasoning"], traces: ["9000"]) { $0.reasoning = .budget(9000) },
        Feature(
            "Claude's signed thoughts", ["reasoning", "thought_signature"], traces: ["c2lnbmVk+/="],
            on: Feature.dialogue([rome], [sunny])
        ) {
            $0.turns[1].parts.insert(
                ChatPart(.reasoning("Rome, so"), state: OpaqueState(origin: "anthropic", value: "c2lnbmVk+/=")), at: 0)
        },
        Feature(
            "Claude's redacted thoughts", ["reasoning", "thought_signature"], on: Feature.dialogue([rome], [sunny])
        ) {
            $0.turns[1].parts.insert(
                ChatPart(.hiddenReasoning, state: OpaqueState(origin: "anthropic", value: "cmVkYWN0ZWQ=")), at: 0)
        },
        Feature("Gemini's thought signatures", ["thought_signature"], on: Feature.dialogue([rome], [sunny])) {
            $0.turns[1].parts[0].state = OpaqueState(origin: "google", value: "Z29vZ2xl+/=")
        },
        Feature("OpenAI's sealed reasoning", ["reasoning", "thought_signature"], on: Feature.dialogue([rome], [sunny]))
        {
            $0.turns[1].parts.insert(
                ChatPart(.reasoning("Rome, so"), state: OpaqueState(origin: "openai", value: "c2VhbGVk", id: "rs_1")),
                at: 0)
        },
        Feature("unsigned thoughts", ["reasoning"], on: Feature.dialogue([rome], [sunny])) {
            $0.turns[1].parts.insert(ChatPart(.reasoning("Rome, so")), at: 0)
        },
        Feature("marks for the cache", ["cache_control"], traces: ["cachePoint"]) {
            $0.instructions[0].cacheHint = CacheHint()
            $0.turns[0].parts[0].cacheHint = CacheHint()
        },
        Feature("a mark on a tool", ["cache_control"], traces: ["cachePoint"], on: offering) {
            $0.tools[1].cacheHint = CacheHint()
        },
    ]

    private static let media: [Feature] = [
        Feature("a picture", [], traces: [pixel], shown(.image(Media(.base64(pixel), mediaType: "image/png")))),
        Feature("a picture's address", [], shown(.image(Media(.url("https://example.com/a.png"))))),
        Feature(
            "how closely to look", ["image_detail"],
            on: {
                var base = greeting; shown(.image(Media(.base64(pixel), mediaType: "image/png")))(&base); return base
            }()
        ) {
            $0.turns[0].parts[1] = .image(Media(.base64(pixel), mediaType: "image/png", detail: "low"))
        },
        Feature(
            "a PDF", [], traces: [page],
            shown(.document(Media(.base64(page), mediaType: "application/pdf", name: "a.pdf")))),
        Feature(
            "a PDF's address", [],
            shown(.document(Media(.url("https://example.com/a.pdf"), mediaType: "application/pdf")))),
        Feature(
            "a text document", [], traces: [],
            shown(.document(Media(.text("Once upon a time."), mediaType: "text/plain")))),
        Feature(
            "a text document as base64", [],
            shown(.document(Media(.base64("T25jZSB1cG9uIGEgdGltZS4="), mediaType: "text/plain", name: "a.txt")))),
        Feature("a file that OpenAI keeps", [], shown(.document(Media(.file("file-1"), keeper: OpaqueState.openAI)))),
        Feature(
            "a file that Anthropic keeps", [], shown(.document(Media(.file("file_1"), keeper: OpaqueState.anthropic)))),
        Feature(
            "sound", [], traces: ["UklGRiQAAABXQVZF"],
            shown(.audio(Media(.base64("UklGRiQAAABXQVZF"), mediaType: "audio/wav")))),
    ]
}
