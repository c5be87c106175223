// What calls say of tools and of the answer's form, and what answers echo of it: spelled alike in both.

extension ChatTool {
    /// Reads a function. The wrapper that Chat puts around it is taken for what it is.
    init(responses tool: JSONNode) throws(MalformedBody) {
        let function = tool.optional("function") ?? tool
        self.init(
            name: try function.required("name").string(),
            description: try function.optional("description")?.string(),
            schema: function.optional("parameters").map { Array($0.raw) },
            isStrict: try function.optional("strict")?.boolean())
    }

    /// Writes a tool. Left out, `strict` would mean true, which rewrites the schema.
    func writeAsResponses(to json: inout JSONWriter, strictIfUnset: Bool) {
        json.object { json in
            if let customInput {
                json.field("type", "custom")
                json.field("name", name)
                json.field("description", description)
                return customInput.writeAsOpenAI(wrapsGrammar: false, to: &json)
            }
            json.field("type", "function")
            json.field("name", name)
            json.field("description", description)
            json.field("parameters", raw: schemaOrEmpty)
            json.field("strict", isStrict ?? strictIfUnset)
        }
    }
}

extension ToolChoice {
    /// Reads a choice; nil where it is of a tool that the provider runs itself.
    init?(responses choice: JSONNode) throws(MalformedBody) {
        guard choice.kind == .object else {
            switch try choice.string() {
            case "auto": self = .auto
            case "none": self = .none
            case "required": self = .required
            default: throw choice.malformed("must be 'auto', 'none', 'required' or an object")
            }
            return
        }
        switch try choice.required("type").string() {
        case "custom": self = .named(try choice.required("name").string())
        case "function":
            self = .named(try (choice.optional("function") ?? choice).required("name").string())
        case "allowed_tools":
            var names: [String] = []
            for tool in try choice.required("tools").elements() {
                guard let name = try tool.optional("name")?.string() else { return nil }
                names.append(name)
            }
            self = .allowed(names, isRequired: choice["mode"]?.equals("required") ?? false)
        default: return nil
        }
    }

    /// Writes a choice as the value.
    ///
    /// - Parameter customTools: The names of those tools that are no functions.
    func writeAsResponses(among customTools: Set<String>, to json: inout JSONWriter) {
        func writeTool(_ name: String, _ json: inout JSONWriter) {
            json.object { json in
                json.field("type", customTools.contains(name) ? "custom" : "function")
                json.field("name", name)
            }
        }
        switch self {
        case .auto: json.value("auto")
        case .none: json.value("none")
        case .required: json.value("required")
        case .named(let name): writeTool(name, &json)
        case .allowed(let names, let isRequired):
            json.object { json in
                json.field("type", "allowed_tools")
                json.field("mode", isRequired ? "required" : "auto")
                json.array("tools", names) { name, json in writeTool(name, &json) }
            }
        }
    }
}

extension AnswerForm {
    /// Reads a `text.format`; nil for a form that is none of the three.
    init?(responses format: JSONNode) throws(MalformedBody) {
        switch try format.required("type").string() {
        case "text": self = .text
        case "json_object": self = .jsonObject
        case "json_schema":
            self = .schema(
                AnswerSchema(
                    name: try format.optional("name")?.string(),
                    description: try format.optional("description")?.string(),
                    schema: Array(try format.required("schema").raw),
                    isStrict: try format.optional("strict")?.boolean()))
        default: return nil
        }
    }

    /// Writes the form as the value of `text.format`.
    func writeAsResponses(to json: inout JSONWriter) {
        json.object { json in
            switch self {
            case .text: json.field("type", "text")
            case .jsonObject: json.field("type", "json_object")
            case .schema(let schema):
                json.field("type", "json_schema")
                json.field("name", Self.schemaName(schema.name))
                json.field("description", schema.description)
                json.field("schema", raw: schema.schema)
                json.field("strict", schema.isStrict)
            }
        }
    }

    /// OpenAI insists on a name, of up to 64 letters, digits, `_` and `-`.
    private static func schemaName(_ name: String?) -> String {
        guard let name, !name.isEmpty else { return "answer" }
        let fitting = name.utf8.prefix(64).map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                byte
            default: UInt8(ascii: "_")
            }
        }
        return String(decoding: fitting, as: UTF8.self)
    }
}

extension ReasoningWish {
    /// Reads `reasoning`; nil where it leaves the effort to the model and doesn't ask for a summary either.
    init?(responses wish: JSONNode) throws(MalformedBody) {
        if let effort = try wish.optional("effort")?.string() {
            self = effort == "none" ? .off : .effort(effort)
        } else if wish.optional("summary") ?? wish.optional("generate_summary") != nil {
            // Who wants to read what the model thinks wants it to think.
            self = .adaptive
        } else {
            return nil
        }
    }
}

extension TokenUsage {
    /// Writes the value of an answer's `usage`.
    func writeAsResponses(to json: inout JSONWriter) {
        json.object { json in
            json.field("input_tokens", input)
            json.object("input_tokens_details") { json in
                json.field("cached_tokens", cacheRead)
                json.field("cache_write_tokens", cacheWrite)
            }
            json.field("output_tokens", output)
            json.object("output_tokens_details") { json in json.field("reasoning_tokens", reasoning) }
            json.field("total_tokens", total)
        }
    }
}
