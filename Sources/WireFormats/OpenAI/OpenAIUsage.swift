extension TokenUsage {
    /// Reads a usage object of any dialect of OpenAI's APIs; nil when it counts nothing.
    ///
    /// Input counts include what was cached, so that is taken out. xAI counts reasoning apart from the output, and Google
    /// counts it nowhere but in the total: both show there.
    init?(openAI node: JSONNode) {
        func count(_ node: JSONNode?, _ keys: StaticString...) -> Int? {
            for key in keys {
                if let value = node?[key]?.wholeNumber { return Self.bounded(value) }
            }
            return nil
        }
        let input = count(node, "prompt_tokens", "input_tokens")
        let output = count(node, "completion_tokens", "output_tokens")
        guard input != nil || output != nil || node["total_tokens"]?.wholeNumber != nil else { return nil }

        let inputDetails = node["prompt_tokens_details"] ?? node["input_tokens_details"]
        let outputDetails = node["completion_tokens_details"] ?? node["output_tokens_details"]
        let cacheRead =
            count(inputDetails, "cached_tokens")
            ?? count(node, "prompt_cache_hit_tokens", "num_cached_tokens", "cached_tokens") ?? 0
        let cacheWrite = count(inputDetails, "cache_write_tokens") ?? 0
        var reasoning = count(outputDetails, "reasoning_tokens") ?? 0

        var allOutput = output ?? 0
        if let total = count(node, "total_tokens"), let input, let output {
            let untold = total - input - output
            if untold > 0, outputDetails == nil { reasoning = untold }
            if untold > 0, untold == reasoning { allOutput += reasoning }
        }
        self.init(
            inputUncached: max(0, (input ?? 0) - cacheRead) - cacheWrite, cacheRead: cacheRead, cacheWrite: cacheWrite,
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
