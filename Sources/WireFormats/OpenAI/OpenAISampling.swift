extension ChatRequest {
    /// Reads what Chat and Completions spell alike.
    mutating func readSampling(_ body: JSONNode) throws(MalformedBody) {
        sampling.temperature = try body.optional("temperature")?.number(in: 0...2)
        sampling.topP = try body.optional("top_p")?.number(in: 0...1)
        sampling.topK = try body.optional("top_k")?.integer()
        sampling.minP = try body.optional("min_p")?.number(in: 0...1)
        sampling.frequencyPenalty = try body.optional("frequency_penalty")?.number(in: -2...2)
        sampling.presencePenalty = try body.optional("presence_penalty")?.number(in: -2...2)
        sampling.seed = try body.optional("seed")?.integer()
        if let bias = body.optional("logit_bias") {
            _ = try bias.members()
            if !bias.saysNothing { sampling.logitBias = Array(bias.raw) }
        }
        streams = try body.optional("stream")?.boolean() ?? false
        choices = try body.optional("n")?.integer(in: 1...Int.max) ?? 1
        endUser = try (body.optional("safety_identifier") ?? body.optional("user"))?.string()
        if let options = body.optional("stream_options") {
            asksForUsage = try options.optional("include_usage")?.boolean() ?? false
        }
        if let stop = body.optional("stop") {
            if stop.kind == .string {
                self.stop = [try stop.string()]
            } else {
                for text in try stop.elements() { self.stop.append(try text.string()) }
            }
        }
    }
}

extension JSONNode {
    /// The string under `key`; nil where there is none, an empty one or anything else. For what an upstream may leave out.
    func openAIText(_ key: StaticString) -> String? {
        guard let value = self[key], value.kind == .string, value.contents.count > 0 else { return nil }
        return value.decoded()
    }
}
