/// `tools` and `toolConfig`, as clients write them.
extension ChatRequest {
    mutating func readGeminiTools(_ tools: JSONNode) throws(MalformedBody) {
        for tool in tools.googleList {
            for (key, value) in try tool.members() where !value.isNull && value.kind != .false {
                if key.equals("functionDeclarations") || key.equals("function_declarations") {
                    for function in value.googleList { self.tools.append(try self.tool(function)) }
                } else {
                    unread.note("tools." + key.decoded(), objection: "asks for a tool that the provider runs itself")
                }
            }
        }
    }

    private mutating func tool(_ function: JSONNode) throws(MalformedBody) -> ChatTool {
        var tool = ChatTool(
            name: try function.required("name").string(),
            description: try function.optional("description")?.string())
        if let schema = function.googleField("parametersJsonSchema", "parameters_json_schema") {
            tool.schema = Array(schema.raw)
        } else if let schema = function.optional("parameters") {
            tool.schema = GeminiSchema.jsonSchema(schema)
        }
        try unread.note(
            membersOf: function,
            butFor: ["name", "description", "parameters", "parametersJsonSchema", "parameters_json_schema"],
            under: "tools.functionDeclarations.")
        return tool
    }

    mutating func readGeminiToolConfig(_ config: JSONNode) throws(MalformedBody) {
        try unread.note(
            membersOf: config, butFor: ["functionCallingConfig", "function_calling_config"], under: "toolConfig.")
        guard let calling = config.googleField("functionCallingConfig", "function_calling_config") else { return }
        var names: [String] = []
        for name in GoogleList(calling.googleField("allowedFunctionNames", "allowed_function_names")) {
            names.append(try name.string())
        }
        guard let mode = calling.optional("mode"), mode.isSpecified else { return }
        switch try word(ofMode: mode) {
        case "AUTO", "VALIDATED": toolChoice = names.isEmpty ? .auto : .allowed(names, isRequired: false)
        case "NONE": toolChoice = ToolChoice.none
        case "ANY" where names.count == 1: toolChoice = .named(names[0])
        case "ANY": toolChoice = names.isEmpty ? .required : .allowed(names, isRequired: true)
        default: throw mode.malformed("must be 'AUTO', 'ANY', 'NONE' or 'VALIDATED'")
        }
    }

    private func word(ofMode mode: JSONNode) throws(MalformedBody) -> String {
        if let number = mode.wholeNumber { return Self.modes.indices.contains(number) ? Self.modes[number] : "" }
        return try mode.string().uppercased()
    }

    /// The modes by their numbers.
    private static let modes = ["", "AUTO", "ANY", "NONE", "VALIDATED"]
}
