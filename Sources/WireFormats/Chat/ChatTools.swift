/// A model's call of a tool.
public struct ToolCall: Sendable, Equatable {
    /// Pairs the call with its result.
    public var id: String
    /// The tool's name.
    public var name: String
    /// What the model wrote, usually a JSON object; not checked, because models err.
    public var arguments: String
    /// Whether it is a custom tool's, in whose ``arguments`` is just a text.
    public var isCustom: Bool

    /// A call.
    public init(id: String, name: String, arguments: String, isCustom: Bool = false) {
        (self.id, self.name, self.arguments, self.isCustom) = (id, name, arguments, isCustom)
    }

    /// The arguments as the JSON object that formats with objects need: `{}` for nothing, and what is no object as the
    /// value of `_raw`, so that nothing is lost and nothing crashes. A custom tool's text is the value of `input`.
    public var argumentsObject: [UInt8] {
        if isCustom {
            return JSONWriter.write { json in
                json.object { json in json.field("input", self.arguments) }
            }
        }
        if arguments.utf8.allSatisfy({ $0 == 0x20 || $0 == 0x0a || $0 == 0x0d || $0 == 0x09 }) {
            return Array("{}".utf8)
        }
        let tape = JSONTape()
        var arguments = arguments
        // A node is no reference to its tape.
        let isObject = withExtendedLifetime(tape) {
            arguments.withUTF8 { (try? tape.parse(UnsafeRawBufferPointer($0)))?.kind == .object }
        }
        if isObject { return Array(arguments.utf8) }
        return JSONWriter.write { json in
            json.object { json in json.field("_raw", arguments) }
        }
    }
}

/// What a tool said.
public struct ToolResult: Sendable, Equatable {
    /// The ``ToolCall/id`` of the call that it answers.
    public var callID: String
    /// The tool's name, where the client said it.
    public var name: String?
    /// What it said: texts, pictures, documents.
    public var parts: [ChatPart]
    /// Whether the tool failed.
    public var isError: Bool

    /// The answer to a call.
    public init(callID: String, name: String? = nil, parts: [ChatPart], isError: Bool = false) {
        (self.callID, self.name, self.parts, self.isError) = (callID, name, parts, isError)
    }

    /// The answer to a call, in one text.
    public init(callID: String, name: String? = nil, text: String, isError: Bool = false) {
        self.init(callID: callID, name: name, parts: [.text(text)], isError: isError)
    }

    /// All its texts, one after the other.
    public var text: String { parts.text }

    /// What stands for the result of a call that got none: some providers refuse a call without.
    static func missing(for call: ToolCall) -> ToolResult {
        ToolResult(callID: call.id, name: call.name, text: "No result was given for this call.", isError: true)
    }
}

/// Something that the model may call.
public struct ChatTool: Sendable, Equatable {
    /// What it is called by.
    public var name: String
    /// What it is good for.
    public var description: String?
    /// The JSON schema of its arguments, carried as it was written; nil: it takes none.
    public var schema: [UInt8]?
    /// Whether the provider shall guarantee that arguments follow the schema; nil when the client didn't say.
    public var isStrict: Bool?
    /// What text it takes, if it is a custom tool, which takes that in place of arguments; nil: it is a function.
    public var customInput: CustomInput?
    /// Asks the provider to keep its work up to the end of this tool.
    public var cacheHint: CacheHint?

    /// A tool.
    public init(name: String, description: String? = nil, schema: [UInt8]? = nil, isStrict: Bool? = nil) {
        (self.name, self.description, self.schema, self.isStrict) = (name, description, schema, isStrict)
    }

    /// A custom tool.
    public init(custom name: String, description: String? = nil, input: CustomInput = .text) {
        self.init(name: name, description: description)
        customInput = input
    }

    /// Whether it takes text in place of arguments.
    public var isCustom: Bool { customInput != nil }

    /// The schema, or that of an object without members for those who must be told one.
    public var schemaOrEmpty: [UInt8] { schema ?? Array(#"{"type":"object","properties":{}}"#.utf8) }
}

/// What text a custom tool takes.
public enum CustomInput: Sendable, Equatable {
    /// Any.
    case text
    /// What follows a grammar, in a syntax as `lark` or `regex`.
    case grammar(syntax: String, definition: String)
}

extension ChatRequest {
    /// The names of the custom tools among ``tools``.
    var customToolNames: Set<String> { Set(tools.lazy.filter(\.isCustom).map(\.name)) }
}

/// Whether the model may call tools.
public enum ToolChoice: Sendable, Equatable {
    /// As it likes.
    case auto
    /// It must not.
    case none
    /// It must call one, whichever.
    case required
    /// It must call this one.
    case named(String)
    /// As it likes, or must where so said, but only these.
    case allowed([String], isRequired: Bool)
}
