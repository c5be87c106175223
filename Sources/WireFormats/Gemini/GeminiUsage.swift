extension TokenUsage {
    /// Reads `usageMetadata`; nil when it counts nothing, as in early chunks.
    ///
    /// The prompt's count includes what was cached, but not what tools of Google's own fed in; thoughts are counted beside
    /// the answer.
    init?(gemini node: JSONNode) {
        func count(_ key: StaticString) -> Int? { node[key]?.wholeNumber.map(Self.bounded) }
        let prompt = count("promptTokenCount")
        let answer = count("candidatesTokenCount")
        let thoughts = count("thoughtsTokenCount")
        guard prompt != nil || answer != nil || thoughts != nil else { return nil }
        let cached = count("cachedContentTokenCount") ?? 0
        let input = (prompt ?? 0) + (count("toolUsePromptTokenCount") ?? 0)
        self.init(
            inputUncached: input - cached, cacheRead: min(cached, input), output: (answer ?? 0) + (thoughts ?? 0),
            reasoning: thoughts ?? 0)
    }

    /// Writes `usageMetadata`.
    func writeAsGemini(to json: inout JSONWriter) {
        json.object("usageMetadata") { json in
            json.field("promptTokenCount", input)
            json.field("candidatesTokenCount", max(0, output - reasoning))
            json.field("totalTokenCount", total)
            if cacheRead > 0 { json.field("cachedContentTokenCount", cacheRead) }
            if reasoning > 0 { json.field("thoughtsTokenCount", reasoning) }
        }
    }
}
