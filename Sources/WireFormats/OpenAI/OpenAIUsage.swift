extension TokenUsage {
    /// Reads a usage object of any dialect of OpenAI's APIs; nil when it counts nothing.
    ///
    /// Input counts include what was cached, so that is taken out. xAI alone counts reasoning apart from the output,
    /// which shows in its total.
    init?(openAI node: JSONNode) {
        func count(_ keys: StaticString...) -> Int? {
            for key in keys {
                if let value = node[key]?.wholeNumber { return max(0, value) }
            }
            return nil
        }
        let input = count("prompt_tokens", "input_tokens")
        let output = count("completion_tokens", "output_tokens")
        guard input != nil || output != nil || node["total_tokens"]?.wholeNumber != nil else { return nil }

        let inputDetails = node["prompt_tokens_details"] ?? node["input_tokens_details"]
        let outputDetails = node["completion_tokens_details"] ?? node["output_tokens_details"]
        let cached =
            inputDetails?["cached_tokens"]?.wholeNumber
            ?? count("prompt_cache_hit_tokens", "num_cached_tokens", "cached_tokens") ?? 0
        let written = inputDetails?["cache_write_tokens"]?.wholeNumber ?? 0
        let reasoning = outputDetails?["reasoning_tokens"]?.wholeNumber ?? 0

        var allOutput = output ?? 0
        let (cacheRead, cacheWrite) = (max(0, cached), max(0, written))
        if reasoning > 0, let total = count("total_tokens"), let input {
            let (apart, overflowed) = input.addingReportingOverflow(allOutput)
            if !overflowed, total > reasoning, total - reasoning == apart { allOutput += reasoning }
        }
        self.init(
            inputUncached: max(0, (input ?? 0) - cacheRead) - min(cacheWrite, Int.max / 2),
            cacheRead: cacheRead, cacheWrite: cacheWrite,
            output: allOutput, reasoning: reasoning)
    }

    /// Writes what a Chat or Completions answer says it used.
    func writeAsOpenAIChat(to json: inout JSONWriter) {
        json.object("usage") { json in
            json.field("prompt_tokens", input)
            json.field("completion_tokens", output)
            json.field("total_tokens", total)
            json.object("prompt_tokens_details") { json in
                json.field("cached_tokens", cacheRead)
                if cacheWrite > 0 { json.field("cache_write_tokens", cacheWrite) }
            }
            json.object("completion_tokens_details") { json in json.field("reasoning_tokens", reasoning) }
        }
    }
}
