/// What Ollama's clients ask about models: the answers to `/api/tags`, `/api/ps`, `/api/show` and `/api/version`.
public enum OllamaModelList {
    /// A model, in the words of Ollama's clients. What nobody knows stays empty.
    public struct Model: Sendable {
        /// What calls name it.
        public var name: String
        /// Its family, as `llama`; clients look up the sizes of its context under this name.
        public var family: String
        /// How many tokens it can take; nil where nobody knows.
        public var contextLength: Int?
        /// The length of its vectors; nil where nobody knows.
        public var embeddingLength: Int?
        /// What it can do: `completion`, `tools`, `vision`, `thinking`, `embedding`.
        public var capabilities: [String]
        /// The format of its file, as `gguf`.
        public var format = ""
        /// How large it is, as `7.2B`.
        public var parameterSize = ""
        /// How its weights are rounded, as `Q4_0`.
        public var quantizationLevel = ""
        /// When it was last changed, in seconds since 1970.
        public var modifiedAt: Int
        /// How many bytes it takes.
        public var size = 0
        /// What tells it from other models: 64 hexadecimal digits, the first twelve of which clients show.
        public var digest: String

        /// A model; its digest is made from its name.
        public init(
            name: String, family: String = "", contextLength: Int? = nil, embeddingLength: Int? = nil,
            capabilities: [String] = ["completion"], modifiedAt: Int = 0
        ) {
            (self.name, self.family, self.contextLength) = (name, family, contextLength)
            (self.embeddingLength, self.capabilities, self.modifiedAt) = (embeddingLength, capabilities, modifiedAt)
            digest = (UInt8(1)...4).map { seed in
                var print = OllamaFingerprint(seed: seed)
                print.add(name.utf8)
                return print.hexadecimal
            }.joined()
        }
    }

    /// `GET /api/tags`: the models that there are.
    public static func tags(_ models: [Model]) -> [UInt8] {
        list(models) { model, json in
            json.field("modified_at", OllamaTimestamp.text(model.modifiedAt))
            json.field("size", model.size)
            json.field("digest", model.digest)
            json.object("details") { json in writeDetails(model, to: &json) }
            writeCapabilities(model, to: &json)
        }
    }

    /// `GET /api/ps`: the models that are ready.
    ///
    /// - Parameter expiresAt: Until when they are, in seconds since 1970.
    public static func running(_ models: [Model], expiresAt: Int) -> [UInt8] {
        list(models) { model, json in
            json.field("size", model.size)
            json.field("digest", model.digest)
            json.object("details") { json in writeDetails(model, to: &json) }
            json.field("expires_at", OllamaTimestamp.text(expiresAt))
            json.field("size_vram", model.size)
            json.field("context_length", model.contextLength ?? 0)
        }
    }

    /// `POST /api/show`: one model.
    public static func show(_ model: Model) -> [UInt8] {
        JSONWriter.write { json in
            json.object { json in
                for text in ["license", "modelfile", "parameters", "template"] { json.field(text, "") }
                json.object("details") { json in writeDetails(model, to: &json) }
                json.object("model_info") { json in
                    json.field("general.architecture", model.family)
                    json.field("general.basename", model.name)
                    json.field("\(model.family).context_length", model.contextLength)
                    json.field("\(model.family).embedding_length", model.embeddingLength)
                }
                writeCapabilities(model, to: &json)
                json.field("modified_at", OllamaTimestamp.text(model.modifiedAt))
            }
        }
    }

    /// `GET /api/version`: the version of Ollama whose API this is.
    public static func version(_ version: String) -> [UInt8] {
        JSONWriter.write { json in
            json.object { json in json.field("version", version) }
        }
    }

    private static func list(_ models: [Model], _ write: (Model, inout JSONWriter) -> Void) -> [UInt8] {
        JSONWriter.write { json in
            json.object { json in
                json.array("models", models) { model, json in
                    json.object { json in
                        json.field("name", model.name)
                        json.field("model", model.name)
                        write(model, &json)
                    }
                }
            }
        }
    }

    private static func writeDetails(_ model: Model, to json: inout JSONWriter) {
        json.field("parent_model", "")
        json.field("format", model.format)
        json.field("family", model.family)
        json.array("families", model.family.isEmpty ? [] : [model.family]) { family, json in json.value(family) }
        json.field("parameter_size", model.parameterSize)
        json.field("quantization_level", model.quantizationLevel)
    }

    private static func writeCapabilities(_ model: Model, to json: inout JSONWriter) {
        json.array("capabilities", model.capabilities) { capability, json in json.value(capability) }
    }
}
