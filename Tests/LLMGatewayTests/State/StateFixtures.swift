import Logging

@testable import LLMGateway

/// Stores of a test's own.
enum StateFixtures {
    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    static func path() -> String { TemporaryFiles.directory() + "/state/store.sqlite" }

    /// - Parameter patience: Beyond any that a busy machine asks for, unless a test is about it.
    static func database(_ path: String, patience: Double = 60) -> StateDatabase {
        StateDatabase(path: path, migrations: .all, patience: patience, logger: logger)
    }

    static func responses(
        _ path: String = path(), secret: Secret? = nil, limits: StoredResponses.Limits = .init()
    ) -> StoredResponses {
        StoredResponses(database(path), secret: secret, limits: limits, logger: logger)
    }

    /// An answer that says `text` to a question that says the same.
    static func response(_ text: String, after parent: StoredResponse? = nil, key: String = "") -> StoredResponse {
        let id = StoredResponse.ID.new(in: parent?.dialogue)
        return StoredResponse(
            id: id, key: key, parent: parent?.id, dialogue: parent?.dialogue ?? id, input: Array("? \(text)".utf8),
            answer: Array("! \(text)".utf8))
    }
}

extension StoredResponses {
    /// What the answers of a dialogue say; nil where it isn't known.
    func texts(_ response: StoredResponse, longest: Int = 1 << 20) async throws -> [String]? {
        guard case .dialogue(let dialogue) = try await dialogue(endingWith: response.id, longest: longest) else {
            return nil
        }
        return dialogue.turns.map { String(decoding: $0.answer.dropFirst(2), as: UTF8.self) }
    }
}
