extension ChatRequest {
    /// Reads what Chat and Completions spell alike.
    mutating func readSampling(_ body: JSONNode) throws(MalformedBody) {
        temperature = try body.optional("temperature")?.number(in: 0...2)
        topP = try body.optional("top_p")?.number(in: 0...1)
        seed = try body.optional("seed")?.integer()
        streams = try body.optional("stream")?.boolean() ?? false
        choices = try body.optional("n")?.integer(in: 1...Int.max) ?? 1
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
