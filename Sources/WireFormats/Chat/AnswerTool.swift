/// A JSON schema for models that can't be held to one: they must call a tool whose arguments follow it, and these are the
/// answer. Whoever reads the answer knows the tool by its name.
enum AnswerTool {
    /// What no client calls a tool of its own.
    static let name = "llm_gateway_json_answer"

    /// Whether a tool call is the answer.
    static func isCalled(_ name: JSONNode?) -> Bool { name?.equals("llm_gateway_json_answer") == true }

    fileprivate static let description = "Takes the whole answer to the user; call it once, with nothing left out."

    /// Whether a schema is one of objects with members, as those of tools are.
    fileprivate static func takes(_ schema: [UInt8]) -> Bool {
        let tape = JSONTape()
        return withExtendedLifetime(tape) {
            schema.withUnsafeBytes { bytes in
                guard let root = try? tape.parse(bytes), root.kind == .object, root["properties"]?.kind == .object
                else { return false }
                return root.optional("type").map { $0.equals("object") } ?? true
            }
        }
    }
}

extension ChatRequest {
    /// Asks for what the schema wants in another way, where the model can't be held to it: by a tool that it must call; in
    /// words where the client has tools of its own, or the answer is no object.
    ///
    /// - Parameter forcesTools: Whether the model can be made to call a tool.
    /// - Returns: What gets lost of the answer's form by that; nil: nothing.
    mutating func replaceSchema(for target: TargetTraits, forcesTools: Bool) -> String? {
        guard target.takesSchema == false, case .schema(let form) = answerForm else { return nil }
        answerForm = .text
        if forcesTools, tools.isEmpty, AnswerTool.takes(form.schema) {
            tools = [
                ChatTool(
                    name: AnswerTool.name, description: form.description ?? AnswerTool.description, schema: form.schema)
            ]
            toolChoice = .named(AnswerTool.name)
            allowsParallelCalls = nil
            return nil
        }
        let unless = tools.isEmpty ? "Answer" : "Unless you call a tool, answer"
        let schema = String(decoding: form.schema, as: UTF8.self)
        instructions.append(
            .text("\(unless) with nothing but JSON that follows this schema, without a code fence: \(schema)"))
        return "asked for in words, since the model can't be held to a schema"
    }
}
