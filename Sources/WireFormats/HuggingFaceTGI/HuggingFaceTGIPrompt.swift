/// Renders a dialogue as the one text that Text Generation Inference goes on with.
///
/// ```text
/// The instructions.
///
/// User: What the user said.
/// Assistant: What the model said.
/// User: What the user said then.
/// Assistant:
/// ```
///
/// A mere prompt goes as it is. Instructions are parted by a blank line, and by one from the dialogue; those that come later stand in it as
/// `System:`. A dialogue that ends with the model's words is left open there, so that the model goes on with them. No
/// model's own marks are used: whoever wants those calls the server's chat API, which knows them.
struct HuggingFaceTGIPrompt {
    /// The text.
    private(set) var text = ""

    init(_ request: ChatRequest, losses: inout LossList) throws(Untranslatable) {
        var turns: [ChatTurn] = []
        for turn in request.turns {
            let said = try Self.text(of: turn.parts, &losses)
            guard !said.isEmpty else { continue }
            if turns.last?.speaker == turn.speaker {
                turns[turns.count - 1].parts.append(.text("\n" + said))
            } else {
                turns.append(ChatTurn(turn.speaker, said))
            }
        }
        if request.isPrompt, request.instructions.isEmpty {
            text = turns.map(\.text).joined(separator: "\n")
            return
        }
        let instructions = try request.instructions.map { part throws(Untranslatable) in
            try Self.text(of: [part], &losses)
        }.filter { !$0.isEmpty }.joined(separator: "\n\n")
        if turns.isEmpty {
            turns = [ChatTurn(.user, instructions)]
        } else if !instructions.isEmpty {
            text = instructions + "\n\n"
        }
        for turn in turns { text += "\(Self.name(turn.speaker)): \(turn.text)\n" }
        if turns.last?.speaker == .assistant { text.removeLast() } else { text += Self.name(.assistant) + ":" }
    }

    private static func name(_ speaker: ChatTurn.Speaker) -> String {
        switch speaker {
        case .user: "User"
        case .assistant: "Assistant"
        case .system: "System"
        }
    }

    private static func text(of parts: [ChatPart], _ losses: inout LossList) throws(Untranslatable) -> String {
        var text = ""
        for part in parts {
            losses.add("cache_control", "the server caches by itself", if: part.cacheHint != nil)
            switch part.content {
            case .text(let more), .refusal(let more):
                losses.add("thought_signature", "another provider's state is left out", if: part.state != nil)
                text += more
            case .reasoning, .hiddenReasoning:
                losses.add("reasoning", "earlier thinking is left out")
            case .foreign:
                losses.add("messages", "pieces that only their own provider understands are left out")
            case .image, .document, .audio:
                throw Untranslatable(
                    "messages", "Leave pictures, documents and recordings out; this model takes text only.")
            case .toolCall, .toolResult:
                throw Untranslatable("messages", "Leave the calls of tools out; this model has no tools.")
            }
        }
        return text
    }
}
