/// The response object around an answer's output: what it is, how it ended, and what the call asked for, which the
/// clients' types insist on.
struct OpenAIResponsesEnvelope {
    /// How far an answer is.
    enum Status: Equatable {
        case inProgress
        case completed
        case incomplete(String)
        case failed(code: String, message: String)

        /// How an answer ended that stopped for `reason`.
        init(_ reason: StopReason?, hasRefusal: Bool) {
            switch reason {
            case .maxTokens, .contextFull: self = .incomplete("max_output_tokens")
            case .contentFiltered: self = .incomplete("content_filter")
            case .refusal: self = hasRefusal ? .completed : .incomplete("content_filter")
            case .malformedCall:
                self = .failed(code: "server_error", message: "The model called a tool in a malformed way; try again.")
            default: self = .completed
            }
        }

        var name: String {
            switch self {
            case .inProgress: "in_progress"
            case .completed: "completed"
            case .incomplete: "incomplete"
            case .failed: "failed"
            }
        }
    }

    let id: String
    let created: Int
    let request: ChatRequest
    /// Whether the client can come back to it.
    let isStored: Bool
    let predecessor: String?

    init(id: String, created: Int, request: ChatRequest, isStored: Bool = false, predecessor: String? = nil) {
        (self.id, self.created, self.request) = (id, created, request)
        (self.isStored, self.predecessor) = (isStored, predecessor)
    }

    init(_ call: AnsweredCall) {
        self.init(
            id: call.storedID ?? "resp_" + call.id, created: call.created, request: call.request,
            isStored: call.storedID != nil, predecessor: call.predecessor)
    }

    /// Writes the response as the value.
    func write(
        _ status: Status, model: String, items: [OpenAIResponsesItem], usage: TokenUsage?, to json: inout JSONWriter
    ) {
        json.object { json in
            json.field("id", id)
            json.field("object", "response")
            json.field("created_at", created)
            json.field("status", status.name)
            json.field("background", false)
            if case .failed(let code, let message) = status {
                json.object("error") { json in
                    json.field("code", code)
                    json.field("message", message)
                }
            } else {
                json.null("error")
            }
            if case .incomplete(let reason) = status {
                json.object("incomplete_details") { json in json.field("reason", reason) }
            } else {
                json.null("incomplete_details")
            }
            json.field("model", model.isEmpty ? request.model : model)
            json.array("output", items) { item, json in item.write(to: &json) }
            writeEcho(to: &json)
            json.field("usage") { json in
                if let usage { usage.writeAsResponses(to: &json) } else { json.value(raw: "null".utf8) }
            }
        }
    }

    /// What the call asked for, in the words of a response.
    private func writeEcho(to json: inout JSONWriter) {
        let instructions = request.instructions.text
        json.nullable("instructions", instructions.isEmpty ? nil : instructions)
        json.nullable("max_output_tokens", request.maxOutputTokens)
        json.null("max_tool_calls")
        json.object("metadata") { _ in }
        json.field("parallel_tool_calls", request.allowsParallelCalls ?? true)
        json.nullable("previous_response_id", predecessor)
        json.object("reasoning") { json in
            json.nullable("effort", request.reasoning?.effortWord)
            json.null("summary")
        }
        json.field("store", isStored)
        json.nullable("temperature", request.sampling.temperature)
        json.object("text") { json in
            json.field("format", request.answerForm.writeAsResponses)
            json.field("verbosity", request.verbosity)
        }
        json.field("tool_choice") { json in
            (request.toolChoice ?? .auto).writeAsResponses(among: request.customToolNames, to: &json)
        }
        json.array("tools", request.tools) { tool, json in tool.writeAsResponses(to: &json, strictIfUnset: true) }
        json.nullable("top_p", request.sampling.topP)
        json.field("truncation", "disabled")
        json.nullable("user", request.endUser)
    }
}

extension JSONWriter {
    fileprivate mutating func nullable(_ name: String, _ value: Int?) {
        if let value { field(name, value) } else { null(name) }
    }

    fileprivate mutating func nullable(_ name: String, _ value: Double?) {
        if let value { field(name, value) } else { null(name) }
    }
}
