@testable import WireFormats

/// The article on what becomes of each feature in each format, as its tests measure it.
enum ConversionReference {
    static func markdown() throws -> String {
        var text = """
            # Conversions

            What becomes of a call and of its answer where the client's format isn't the provider's.

            ## Overview

            Every format is read into one canonical call and written from it, so what a pair of formats can do is what
            both of them can. The tables are measured by the tests, which also write this file.

            - ● exact: the other side is told the same.
            - ◐ emulated: it is told in another way, which comes close; where that changes the answer it is reported.
            - ○ dropped: it isn't told, and the loss is reported.
            - ✕ refused: the call is answered with a 400 that says what to do, since the answer would mean something else.

            A provider that a call reaches in its own format gets it as it is; none of this applies.


            """
        for (title, features) in Feature.groups {
            text += "### Calls: \(title.lowercased())\n\n" + heading("what the client asks", [any WireFormat].targets)
            for feature in features {
                text += try row(feature.name, [any WireFormat].targets) {
                    try Conversion.measured(feature, in: $0).mark
                }
            }
            text += "\n"
        }
        text += "### Answers\n\n" + heading("what the provider says", AnswerFeature.clients)
        for feature in AnswerFeature.all {
            text += try row(feature.name, AnswerFeature.clients) { try feature.measured(in: $0).mark }
        }
        text += "\n### Embeddings\n\n" + heading("what the client asks", [any WireFormat].embedders)
        for feature in EmbeddingsFeature.all {
            text += try row(feature.name, [any WireFormat].embedders) { try feature.measured(in: $0).mark }
        }
        return text
    }

    private static func heading(_ subject: String, _ formats: [any WireFormat]) -> String {
        "| \(subject) | " + formats.map { "\($0.id)" }.joined(separator: " | ") + " |\n|---"
            + String(repeating: "|:-:", count: formats.count) + "|\n"
    }

    private static func row(
        _ name: String, _ formats: [any WireFormat], _ mark: (any WireFormat) throws -> String
    ) rethrows -> String {
        try "| \(name) | " + formats.map(mark).joined(separator: " | ") + " |\n"
    }
}

extension Conversion {
    fileprivate var mark: String {
        switch self {
        case .exact: "●"
        case .emulated: "◐"
        case .dropped: "○"
        case .refused: "✕"
        case .silent: "!"
        }
    }
}
