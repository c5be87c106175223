extension TokenUsage {
    /// Reads a usage object; nil when it counts nothing.
    ///
    /// A stream tells its counts twice, each time up to there: what the second leaves out stands as it was.
    ///
    /// - Parameter earlier: What was told before.
    init?(anthropic node: JSONNode, after earlier: TokenUsage? = nil) {
        func count(_ node: JSONNode?, _ key: StaticString) -> Int? { node?[key]?.wholeNumber.map(Self.bounded) }
        let input = count(node, "input_tokens")
        let output = count(node, "output_tokens")
        guard input != nil || output != nil else { return nil }

        let byLifetime = node["cache_creation"]
        let short = count(byLifetime, "ephemeral_5m_input_tokens")
        let long = count(byLifetime, "ephemeral_1h_input_tokens")
        let written = count(node, "cache_creation_input_tokens") ?? short.map { $0 + (long ?? 0) }
        let read = count(node, "cache_read_input_tokens")
        let reasoning = count(node["output_tokens_details"], "thinking_tokens")

        var usage = TokenUsage(output: output ?? earlier?.output ?? 0, reasoning: reasoning ?? earlier?.reasoning ?? 0)
        // Some servers say 0 at the end for what they have told at the beginning.
        if let input, max(input, written ?? 0, read ?? 0) > 0 || earlier == nil {
            usage = TokenUsage(
                inputUncached: input, cacheRead: read ?? earlier?.cacheRead ?? 0,
                cacheWrite: written ?? earlier?.cacheWrite ?? 0, cacheWriteLong: long ?? earlier?.cacheWriteLong ?? 0,
                output: usage.output, reasoning: usage.reasoning)
        } else if let earlier {
            (usage.inputUncached, usage.cacheRead) = (earlier.inputUncached, earlier.cacheRead)
            (usage.cacheWrite, usage.cacheWriteLong) = (earlier.cacheWrite, earlier.cacheWriteLong)
        }
        usage.cacheWriteLong = min(usage.cacheWriteLong, usage.cacheWrite)
        self = usage
    }

    /// Writes a usage object's members.
    ///
    /// - Parameter isWhole: Whether the writes to the cache are told by lifetime too, as in a message.
    func writeAsAnthropic(to json: inout JSONWriter, isWhole: Bool) {
        json.field("input_tokens", inputUncached)
        json.field("cache_creation_input_tokens", cacheWrite)
        json.field("cache_read_input_tokens", cacheRead)
        if isWhole {
            json.object("cache_creation") { json in
                json.field("ephemeral_5m_input_tokens", max(0, cacheWrite - cacheWriteLong))
                json.field("ephemeral_1h_input_tokens", cacheWriteLong)
            }
        }
        json.field("output_tokens", output)
        if reasoning > 0 {
            json.object("output_tokens_details") { json in json.field("thinking_tokens", reasoning) }
        }
    }
}
