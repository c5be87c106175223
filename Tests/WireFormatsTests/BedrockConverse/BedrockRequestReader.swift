import Testing

@testable import WireFormats

/// Reads recorded Converse requests, to see whether we would have written the same.
struct BedrockRequestReader {
    private let body: JSONNode

    init(_ body: JSONNode) { self.body = body }

    /// nil for a request with what no other format has: guarded pieces, tools of Amazon's own, videos.
    func request(model: String) throws -> ChatRequest? {
        let text = String(decoding: body.raw, as: UTF8.self)
        guard !["guardContent", "systemTool", "\"video\"", "reasoning_config"].contains(where: text.contains) else {
            return nil
        }
        var request = ChatRequest(model: model)
        request.instructions = try parts(body.optional("system"))
        for message in try body.required("messages").elements() {
            let speaker = try #require(ChatTurn.Speaker(rawValue: try message.required("role").string()))
            request.turns.append(ChatTurn(speaker, try parts(message["content"])))
        }
        let inference = body.optional("inferenceConfig")
        request.maxOutputTokens = inference?["maxTokens"]?.wholeNumber
        request.sampling.temperature = try inference?["temperature"]?.number()
        request.sampling.topP = try inference?["topP"]?.number()
        request.stop = try inference?["stopSequences"]?.elements().map { try $0.string() } ?? []
        for tool in body["toolConfig"]?["tools"]?.anyElements ?? body.anyElements {
            let spec = try tool.required("toolSpec")
            request.tools.append(
                ChatTool(
                    name: try spec.required("name").string(), description: try spec.optional("description")?.string(),
                    schema: Array(try spec.required("inputSchema").required("json").raw)))
        }
        if body["toolConfig"]?["toolChoice"]?["auto"] != nil { request.toolChoice = .auto }
        let fields = body.optional("additionalModelRequestFields")
        if let budget = fields?["thinking"]?["budget_tokens"]?.wholeNumber { request.reasoning = .budget(budget) }
        if let effort = fields?["output_config"]?["effort"] { request.reasoning = .effort(try effort.string()) }
        if let schema = body["outputConfig"]?["textFormat"]?["structure"]?["jsonSchema"] {
            request.answerForm = .schema(
                AnswerSchema(
                    name: try schema.optional("name")?.string(),
                    description: try schema.optional("description")?.string(),
                    schema: Array(try schema.required("schema").string().utf8)))
        }
        return request
    }

    private func parts(_ blocks: JSONNode?) throws -> [ChatPart] {
        var parts: [ChatPart] = []
        for block in blocks?.anyElements ?? body.anyElements {
            if block["cachePoint"] != nil {
                parts[parts.count - 1].cacheHint = CacheHint()
            } else {
                parts.append(try part(block))
            }
        }
        return parts
    }

    private func part(_ block: JSONNode) throws -> ChatPart {
        if let text = block["text"] { return .text(try text.string()) }
        if let document = block["document"] {
            return ChatPart(
                .document(
                    Media(
                        try source(document),
                        mediaType: document["format"]?.equals("pdf") == true ? "application/pdf" : "text/plain",
                        name: try document.required("name").string())))
        }
        if let call = block["toolUse"] {
            return .toolCall(
                ToolCall(
                    id: try call.required("toolUseId").string(), name: try call.required("name").string(),
                    arguments: String(decoding: try call.required("input").raw, as: UTF8.self)))
        }
        if let result = block["toolResult"] {
            return .toolResult(
                ToolResult(callID: try result.required("toolUseId").string(), parts: try parts(result["content"])))
        }
        let reasoning = try block.required("reasoningContent")
        if let hidden = reasoning["redactedContent"] {
            let bytes = try #require(try hidden.string().withBytes { Base64.decode($0) })
            return ChatPart(.hiddenReasoning, state: OpaqueState(hiddenReasoning: bytes))
        }
        let text = try reasoning.required("reasoningText")
        return ChatPart(
            .reasoning(try text.required("text").string()),
            state: OpaqueState(origin: OpaqueState.anthropic, value: try text.required("signature").string()))
    }

    private func source(_ media: JSONNode) throws -> Media.Source {
        let source = try media.required("source")
        if let place = source["s3Location"] { return .url(try place.required("uri").string()) }
        return .base64(try source.required("bytes").string())
    }
}
