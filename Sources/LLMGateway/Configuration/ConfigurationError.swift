/// Why a configuration was refused: every problem that was found, not only the first.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One thing to put right.
    public struct Problem: Sendable, Equatable, CustomStringConvertible {
        /// Where it was said: `config.yaml:12`, the name of a variable, or `command line`.
        public let place: String

        /// Which setting it is about: `server.port`. Empty when it concerns the file as a whole.
        public let path: String

        /// What is wrong and what would be right. Never holds a secret.
        public let sentence: String

        /// The valid key or name closest to what was written, where something was misspelt.
        public let nearest: String?

        /// The line of the file, counted from 1; nil for what the file did not say.
        let line: Int?

        init(place: String, path: String, sentence: String, nearest: String? = nil, line: Int? = nil) {
            (self.place, self.path, self.sentence) = (place, path, sentence)
            (self.nearest, self.line) = (nearest, line)
        }

        /// `file:line: path: sentence (nearest key: …)`.
        public var description: String {
            let subject = path.isEmpty ? "" : "\(path): "
            let hint = nearest.map { " (nearest key: \($0))" } ?? ""
            return "\(place): \(subject)\(sentence)\(hint)"
        }
    }

    /// In the order of the file's lines; what variables and the command line said comes last. Never empty.
    public let problems: [Problem]

    /// The files that were read, or were to be read: a change of one may put things right.
    let watchedFiles: [String]

    init(_ problems: [Problem], watchedFiles: [String] = []) {
        let inFile = problems.filter { $0.line != nil }
        let order = inFile.indices.sorted { (inFile[$0].line ?? 0, $0) < (inFile[$1].line ?? 0, $1) }
        self.problems = order.map { inFile[$0] } + problems.filter { $0.line == nil }
        self.watchedFiles = watchedFiles
    }

    /// One line for each problem.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
