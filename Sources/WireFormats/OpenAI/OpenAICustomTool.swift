/// Custom tools, which take text in place of arguments: Chat and Responses alone have them. What they differ in is how deep
/// a name or a grammar stands.
extension ChatTool {
    /// Reads what both say of one.
    ///
    /// - Parameter tool: Where the name stands.
    /// - Returns: nil where the text is described in a way that nobody else knows.
    static func openAICustom(_ tool: JSONNode) throws(MalformedBody) -> ChatTool? {
        guard let input = try CustomInput(openAI: tool.optional("format")) else { return nil }
        return ChatTool(
            custom: try tool.required("name").string(), description: try tool.optional("description")?.string(),
            input: input)
    }
}

extension CustomInput {
    /// Chat wraps a grammar once more.
    fileprivate init?(openAI format: JSONNode?) throws(MalformedBody) {
        guard let format else {
            self = .text
            return
        }
        switch try format.required("type").string() {
        case "text": self = .text
        case "grammar":
            let grammar = format.optional("grammar") ?? format
            self = .grammar(
                syntax: try grammar.required("syntax").string(),
                definition: try grammar.required("definition").string())
        default: return nil
        }
    }

    /// Writes the `format` of a tool; none for one that takes any text.
    func writeAsOpenAI(wrapsGrammar: Bool, to json: inout JSONWriter) {
        guard case .grammar(let syntax, let definition) = self else { return }
        func writeGrammar(_ json: inout JSONWriter) {
            json.field("syntax", syntax)
            json.field("definition", definition)
        }
        json.object("format") { json in
            json.field("type", "grammar")
            if wrapsGrammar { json.object("grammar", writeGrammar) } else { writeGrammar(&json) }
        }
    }
}

extension JSONWriter {
    /// What a call of Chat's is of, as members: a function and its arguments, or a custom tool and its text.
    ///
    /// - Parameter name: nil in the pieces behind the first.
    mutating func openAICall(_ name: String?, _ arguments: String, isCustom: Bool) {
        let kind = isCustom ? "custom" : "function"
        field("type", name == nil ? nil : kind)
        object(kind) { json in
            json.field("name", name)
            json.field(isCustom ? "input" : "arguments", arguments)
        }
    }
}
