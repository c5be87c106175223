/// Which setting: `providers.openai.api_key`, `models.gpt-4.targets[0].weight`.
struct SettingPath: Hashable, Sendable, CustomStringConvertible {
    enum Component: Hashable, Sendable {
        case key(String)
        case index(Int)
    }

    private(set) var components: [Component] = []

    func key(_ key: String) -> SettingPath { SettingPath(components: components + [.key(key)]) }
    func index(_ index: Int) -> SettingPath { SettingPath(components: components + [.index(index)]) }

    var description: String {
        components.reduce(into: "") { text, component in
            switch component {
            case .key(let key): text += text.isEmpty ? key : ".\(key)"
            case .index(let index): text += "[\(index)]"
            }
        }
    }

    static let variablePrefix = "LLM_GATEWAY_"

    /// The variable that sets it: `LLM_GATEWAY_PROVIDERS_OPENAI_API_KEY`. Nil for what stands in a list.
    var variable: String? {
        var words: [String] = []
        for component in components {
            guard case .key(let key) = component else { return nil }
            words.append(Self.variableWord(key))
        }
        return Self.variablePrefix + words.joined(separator: "_")
    }

    /// A key as a part of a variable's name: capitals, and `_` for whatever a variable's name can't hold.
    static func variableWord(_ key: String) -> String {
        String(key.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }
}

/// Where a value came from.
struct SettingOrigin: Sendable, Equatable {
    /// Who wins: the greater one.
    enum Precedence: Int, Comparable, Sendable {
        case standard, variableBelowFile, file, variableAboveFile, variable, commandLine

        static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }
    }

    let precedence: Precedence

    /// `default`, `config.yaml:12`, a variable's name, or `command line`.
    let place: String

    /// The line of the file; nil elsewhere.
    var line: Int?

    static let standard = SettingOrigin(precedence: .standard, place: "default")
    static let commandLine = SettingOrigin(precedence: .commandLine, place: "command line")
}

/// A setting that an initialiser asked for: one row of the reference.
struct SettingDeclaration: Sendable {
    let path: SettingPath
    /// What the value is: "a duration such as …".
    let kind: String
    let allowed: String
    /// The default as the file would say it.
    let standard: String
    let help: String
    let isSecret: Bool
    /// True for a section whose keys are the operator's own: headers, patterns.
    let isTable: Bool
    let needsRestart: Bool
    /// Other programs' variables, and older names, that set it too.
    let aboveFile: [String]
    let belowFile: [String]
}

/// A setting with the value that counts.
struct EffectiveSetting: Sendable {
    let path: SettingPath
    /// As the file would say it; a secret is masked.
    let written: String
    /// Tells one secret from another, in this process only; nil: ``written`` does.
    var secretDigest: Int?
    let origin: SettingOrigin
    let needsRestart: Bool

    /// Whether both say the same.
    func isSame(as other: EffectiveSetting) -> Bool {
        written == other.written && secretDigest == other.secretDigest
    }
}
