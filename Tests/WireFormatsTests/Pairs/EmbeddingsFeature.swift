import Testing

@testable import WireFormats

/// Something that a call for embeddings can ask for.
struct EmbeddingsFeature: Sendable, CustomTestStringConvertible {
    let name: String
    let call: EmbeddingsRequest

    var testDescription: String { name }

    static let all: [EmbeddingsFeature] = [
        EmbeddingsFeature(name: "a text", call: EmbeddingsRequest(model: "m", inputs: [.text("a")])),
        EmbeddingsFeature(
            name: "several texts", call: EmbeddingsRequest(model: "m", inputs: [.text("b"), .text("a"), .text("")])),
        EmbeddingsFeature(
            name: "dimensions", call: EmbeddingsRequest(model: "m", inputs: [.text("a")], dimensions: 64)),
        EmbeddingsFeature(
            name: "vectors as base64", call: EmbeddingsRequest(model: "m", inputs: [.text("a")], base64: true)),
        EmbeddingsFeature(name: "tokens", call: EmbeddingsRequest(model: "m", inputs: [.tokens([1, 2, 3])])),
    ]

    /// What becomes of it for a target. What encoding the client wants is the gateway's own affair: it is no part of what
    /// the target is asked.
    func measured(in target: any WireFormat) throws -> Conversion {
        guard let upstream = target.upstreamEmbeddings, let codec = target.embeddings else { return .refused }
        var body: [UInt8] = []
        let losses: [Loss]
        do { losses = try upstream.encode(call, into: &body) } catch { return .refused }
        let read = try body.parsed { body in
            target.embeddingsPlaces.lazy.compactMap { try? codec.decode(body, at: $0) }.first
        }
        guard var again = read else { return .silent }
        (again.base64, again.model) = (call.base64, call.model)
        if again == call { return losses.isEmpty ? .exact : .emulated }
        return losses.isEmpty ? .silent : .dropped
    }
}

extension [any WireFormat] {
    /// Those that calls for embeddings can be translated into.
    static var embedders: Self { builtIn.filter { $0.upstreamEmbeddings != nil } }
}

extension WireFormat {
    /// Where embeddings are called, the places for several texts first.
    var embeddingsPlaces: [CallPlace] {
        endpoints.filter { $0.operation == .embeddings }.sorted {
            $0.path.contains("atch") && !$1.path.contains("atch")
        }
        .map { CallPlace($0, model: $0.path.contains("{model}") ? "m" : nil) }
    }
}
