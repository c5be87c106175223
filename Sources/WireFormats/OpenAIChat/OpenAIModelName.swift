/// What a model's name tells of the server that has it. Many speak Chat, and each refuses something that another needs.
struct OpenAIModelName {
    /// The name without its owner, in small letters.
    private let name: String

    init(_ model: String) {
        name = model.split(separator: "/").last.map { $0.lowercased() } ?? ""
    }

    private func begins(_ beginnings: String...) -> Bool { beginnings.contains(where: name.hasPrefix) }

    /// OpenAI's reasoning models refuse `max_tokens`, which is all that many others know.
    var wantsCompletionLimit: Bool { begins("o1", "o3", "o4", "gpt-5") }

    /// Only OpenAI has a word for offering tools of which some may be called.
    var knowsAllowedTools: Bool { wantsCompletionLimit || begins("gpt-", "chatgpt-") }

    /// Gemini wants its signatures back, which others refuse as an unknown field, and tells one when its call is over.
    var isGemini: Bool { name.contains("gemini") }

    /// Whose state the model hands out and wants back, as in ``OpaqueState/origin``; nil where the name doesn't tell.
    var stateOrigin: String? {
        if name.contains("claude") { return OpaqueState.anthropic }
        if isGemini { return OpaqueState.google }
        return knowsAllowedTools ? OpaqueState.openAI : nil
    }

    /// DeepSeek wants back what it thought before it called a tool.
    var wantsThoughtsBack: Bool { name.contains("deepseek") }

    /// Mistral's models take no other ids for calls than of nine letters and digits.
    var wantsShortIDs: Bool {
        begins("mistral", "ministral", "open-mi", "mixtral", "codestral", "devstral", "magistral", "pixtral", "voxtral")
    }
}
