import Foundation

@testable import WireFormats

/// The rules that official clients hold streams to, format by format; a format without rules here is held to those of its
/// reader alone.
enum StreamGrammar {
    /// One event, as a client's parser sees it.
    struct Event {
        var name: String?
        /// The data, parsed; empty for data that is no object.
        var object: [String: Any] = [:]
        var text = ""

        func text(_ key: String) -> String? { object[key] as? String }
        func number(_ key: String) -> Int? { object[key] as? Int }
        func object(_ key: String) -> [String: Any]? { object[key] as? [String: Any] }
    }

    private static let rules: [FormatID: @Sendable ([Event]) -> [String]] = [
        .openAIChat: { ChatStreamRules.mistakes(in: $0) },
        .openAICompletions: { CompletionsStreamRules.mistakes(in: $0) },
        .openAIResponses: { ResponsesStreamRules.mistakes(in: $0) },
        .anthropicMessages: { AnthropicStreamRules.mistakes(in: $0) },
        .gemini: { GeminiStreamRules.mistakes(in: $0) },
        .ollama: { OllamaStreamRules.mistakes(in: $0) },
    ]

    /// What a client would complain of in a stream that came to its end.
    static func mistakes(in stream: [UInt8], of format: any WireFormat) throws -> [String] {
        let isLines = format.streamContentType(at: format.place(streams: true)).contains("ndjson")
        let events = try isLines ? lines(stream) : serverSentEvents(stream)
        return rules[format.id]?(events) ?? []
    }

    static func serverSentEvents(_ stream: [UInt8]) throws -> [Event] {
        let text = stream.text.replacingOccurrences(of: "\r\n", with: "\n")
        guard text.isEmpty || text.hasSuffix("\n\n") else { return [Event(text: "unfinished")] }
        return try text.components(separatedBy: "\n\n").compactMap { block in
            var event = Event()
            for line in block.components(separatedBy: "\n") {
                if line.hasPrefix("event: ") { event.name = String(line.dropFirst(7)) }
                if line.hasPrefix("data: ") { event.text += line.dropFirst(6) }
            }
            if event.text.isEmpty { return nil }
            if event.text != "[DONE]" { event.object = try Array(event.text.utf8).object }
            return event
        }
    }

    static func lines(_ stream: [UInt8]) throws -> [Event] {
        try stream.split(separator: UInt8(ascii: "\n")).map {
            Event(object: try Array($0).object, text: Array($0).text)
        }
    }
}

/// What is the same in every event, and must be.
private func differing(_ events: [StreamGrammar.Event], _ keys: String...) -> [String] {
    keys.filter { key in Set(events.map { "\($0.object[key] ?? "-")" }).count > 1 }.map { "\($0) changes" }
}

private enum ChatStreamRules {
    static func mistakes(in events: [StreamGrammar.Event]) -> [String] {
        guard events.last?.text == "[DONE]" else { return ["no [DONE]"] }
        let chunks = events.dropLast()
        var mistakes = differing(Array(chunks), "id", "created", "model", "object")
        var (finishes, arguments): (Int, [Int: String]) = (0, [:])
        for (place, chunk) in chunks.enumerated() {
            guard let choices = chunk.object["choices"] as? [[String: Any]], choices.count <= 1 else {
                mistakes.append("choices of chunk \(place)")
                continue
            }
            if choices.isEmpty, chunk.object("usage") == nil || finishes == 0 {
                mistakes.append("no choice in \(place)")
            }
            guard let choice = choices.first else { continue }
            guard let delta = choice["delta"] as? [String: Any], choice["index"] as? Int == 0 else {
                mistakes.append("no delta in \(place)")
                continue
            }
            if finishes > 0 { mistakes.append("a delta behind the end") }
            if (place == 0) != (delta["role"] as? String == "assistant") { mistakes.append("role in \(place)") }
            if choice["finish_reason"] is String { finishes += 1 }
            for call in delta["tool_calls"] as? [[String: Any]] ?? [] {
                guard let index = call["index"] as? Int, let function = call["function"] as? [String: Any] else {
                    mistakes.append("a call without index or function")
                    continue
                }
                if arguments[index] == nil {
                    if index != arguments.count { mistakes.append("call \(index) begins out of order") }
                    if (call["id"] as? String ?? "").isEmpty || call["type"] as? String != "function"
                        || function["name"] as? String == nil
                    {
                        mistakes.append("call \(index) begins without id, type or name")
                    }
                }
                arguments[index, default: ""] += function["arguments"] as? String ?? ""
            }
        }
        if finishes != 1 { mistakes.append("\(finishes) reasons to finish") }
        return mistakes
    }
}

private enum CompletionsStreamRules {
    static func mistakes(in events: [StreamGrammar.Event]) -> [String] {
        guard events.last?.text == "[DONE]" else { return ["no [DONE]"] }
        let chunks = events.dropLast()
        var mistakes = differing(Array(chunks), "id", "created", "model", "object")
        var finishes = 0
        for chunk in chunks {
            guard let choices = chunk.object["choices"] as? [[String: Any]], choices.count <= 1 else {
                return ["choices"]
            }
            guard let choice = choices.first else { continue }
            if finishes > 0 { mistakes.append("a text behind the end") }
            if !(choice["text"] is String) { mistakes.append("no text") }
            if choice["finish_reason"] is String { finishes += 1 }
        }
        if finishes != 1 { mistakes.append("\(finishes) reasons to finish") }
        return mistakes
    }
}

private enum AnthropicStreamRules {
    private static let deltas = [
        "text": ["text_delta", "citations_delta"], "tool_use": ["input_json_delta"],
        "thinking": ["thinking_delta", "signature_delta"],
    ]

    static func mistakes(in events: [StreamGrammar.Event]) -> [String] {
        var mistakes: [String] = []
        var (open, next, arguments): (type: String?, Int, String) = (nil, 0, "")
        var stage = 0
        for event in events {
            let type = event.text("type") ?? ""
            if event.name != type { mistakes.append("\(event.name ?? "-") names \(type)") }
            switch type {
            case "ping": if stage == 0 { mistakes.append("a ping before the start") }
            case "message_start":
                if stage != 0 { mistakes.append("a second start") }
                if event.object("message")?["usage"] == nil { mistakes.append("no usage at the start") }
                stage = 1
            case "content_block_start":
                if stage != 1 || open != nil || event.number("index") != next {
                    mistakes.append("block \(next) starts")
                }
                (open, arguments) = (event.object("content_block")?["type"] as? String ?? "", "")
            case "content_block_delta":
                let delta = event.object("delta") ?? [:]
                let kind = delta["type"] as? String ?? ""
                if event.number("index") != next || deltas[open ?? ""]?.contains(kind) != true {
                    mistakes.append("\(kind) in \(open ?? "no block")")
                }
                arguments += delta["partial_json"] as? String ?? ""
            case "content_block_stop":
                if open == nil || event.number("index") != next { mistakes.append("block \(next) stops") }
                if open == "tool_use", !arguments.isEmpty, (try? Array(arguments.utf8).object) == nil {
                    mistakes.append("arguments are no object: \(arguments)")
                }
                (open, next) = (nil, next + 1)
            case "message_delta":
                if stage != 1 || open != nil { mistakes.append("message_delta is early") }
                if event.object("delta")?["stop_reason"] as? String == nil { mistakes.append("no stop_reason") }
                if event.object("usage")?["output_tokens"] as? Int == nil { mistakes.append("no output_tokens") }
                stage = 2
            case "message_stop":
                if stage != 2 { mistakes.append("message_stop is early") }
                stage = 3
            default: mistakes.append("unknown \(type)")
            }
        }
        return stage == 3 ? mistakes : mistakes + ["no message_stop"]
    }
}

private enum GeminiStreamRules {
    static func mistakes(in events: [StreamGrammar.Event]) -> [String] {
        var mistakes = differing(events, "responseId", "modelVersion")
        for (place, event) in events.enumerated() {
            let candidate = (event.object["candidates"] as? [[String: Any]])?.first
            if candidate == nil, event.object("usageMetadata") == nil { mistakes.append("\(place) says nothing") }
            if event.name != nil { mistakes.append("\(place) has a name") }
        }
        let finishes = events.filter {
            ($0.object["candidates"] as? [[String: Any]])?.first?["finishReason"] is String
        }
        if finishes.count != 1 { mistakes.append("\(finishes.count) reasons to finish") }
        return mistakes
    }
}

private enum OllamaStreamRules {
    static func mistakes(in events: [StreamGrammar.Event]) -> [String] {
        var mistakes = differing(events, "model")
        for (place, line) in events.enumerated() {
            let isLast = place == events.count - 1
            if line.object["done"] as? Bool != isLast { mistakes.append("done of line \(place)") }
            if (line.text("done_reason") != nil) != isLast { mistakes.append("done_reason of line \(place)") }
            if line.object("message")?["content"] == nil { mistakes.append("line \(place) has no message") }
        }
        return mistakes
    }
}
