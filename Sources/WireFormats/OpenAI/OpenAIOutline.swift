/// What the bodies of all of OpenAI's APIs have in common: a model, a stream, a wish for usage.
enum OpenAIOutline {
    /// Reads the common fields; `read` adds the format's own.
    static func make(
        _ body: UnsafeRawBufferPointer, using tape: JSONTape,
        _ read: (JSONNode, inout CallOutline) throws(MalformedBody) -> Void
    ) throws(MalformedBody) -> CallOutline {
        let root = try tape.parseBody(body)
        var outline = try CallOutline(ofCallIn: root)
        outline.streams = try root.optional("stream")?.boolean() ?? false
        outline.choices = try root.optional("n")?.integer(in: 1...Int.max) ?? 1
        try read(root, &outline)
        return outline
    }

    /// Reads `stream_options`, and finds where a wish for usage would go.
    static func readStreamOptions(_ root: JSONNode, into outline: inout CallOutline) throws(MalformedBody) {
        guard outline.streams else { return }
        guard let options = root["stream_options"] else {
            let end = root.range.upperBound - 1
            outline.usageEdit = .replace(end..<end, with: #","stream_options":{"include_usage":true}"#)
            return
        }
        if options.isNull {
            outline.usageEdit = .replace(options.range, with: #"{"include_usage":true}"#)
            return
        }
        guard options.kind == .object else { throw options.malformed("must be an object") }
        if let wish = options["include_usage"] {
            outline.asksForUsage = wish.isNull ? false : try wish.boolean()
            if !outline.asksForUsage { outline.usageEdit = .replace(wish.range, with: "true") }
            return
        }
        let start = options.range.lowerBound + 1
        var members = try options.members()
        outline.usageEdit = .replace(
            start..<start, with: members.next() == nil ? #""include_usage":true"# : #""include_usage":true,"#)
    }

    /// How much text a list of prompts or inputs holds, in bytes; a token counts as four.
    ///
    /// - Throws: ``MalformedBody`` for what is neither a string nor an array of strings, tokens or lists of tokens.
    static func bytes(ofTexts node: JSONNode) throws(MalformedBody) -> Int {
        if node.kind == .string { return node.contents.count }
        guard node.kind == .array else { throw node.malformed("must be a string or an array") }
        var sum = 0
        for element in try node.elements() {
            switch element.kind {
            case .string: sum += element.contents.count
            case .number: sum += 4
            case .array:
                for token in try element.elements() {
                    guard token.kind == .number else { throw token.malformed("must be a token, which is a number") }
                    sum += 4
                }
            default: throw element.malformed("must be a string or tokens")
            }
        }
        return sum
    }

    /// Where an answer's model is named, and what it used.
    static func answer(_ root: JSONNode) -> AnswerOutline {
        var outline = AnswerOutline()
        if let model = root["model"], model.kind == .string {
            outline.modelRange = model.range
            if model.contents.count > 0 { outline.model = model.decoded() }
        }
        if let usage = root.optional("usage") ?? root["x_groq"]?.optional("usage") {
            outline.usage = TokenUsage(openAI: usage)
        }
        return outline
    }
}
