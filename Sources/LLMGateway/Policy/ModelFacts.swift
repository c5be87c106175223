/// What somebody has said of a model. What nobody said is taken as possible.
struct ModelFacts: Sendable, Equatable {
    /// The longest input, in tokens.
    var contextWindow: Int?
    /// The longest answer, in tokens.
    var maxOutput: Int?
    var can: Abilities = []
    var cannot: Abilities = []
    /// nil: unknown, which is not the same as nothing.
    var price: Price?

    /// These facts where `other` says nothing else.
    func overlaid(by other: ModelFacts) -> ModelFacts {
        ModelFacts(
            contextWindow: other.contextWindow ?? contextWindow, maxOutput: other.maxOutput ?? maxOutput,
            can: can.subtracting(other.cannot).union(other.can),
            cannot: cannot.subtracting(other.can).union(other.cannot), price: other.price ?? price)
    }

    /// Notes that the model can, or can't.
    mutating func note(_ ability: Abilities, _ isThere: Bool) {
        if isThere {
            (can, cannot) = (can.union(ability), cannot.subtracting(ability))
        } else {
            (can, cannot) = (can.subtracting(ability), cannot.union(ability))
        }
    }
}

/// What a call may need of a model beside text.
struct Abilities: OptionSet, Sendable, Hashable {
    let rawValue: UInt8

    /// Sees pictures.
    static let images = Abilities(rawValue: 1 << 0)
    /// Reads documents, as PDF.
    static let documents = Abilities(rawValue: 1 << 1)
    /// Hears.
    static let audio = Abilities(rawValue: 1 << 2)
    /// Calls tools.
    static let tools = Abilities(rawValue: 1 << 3)
    /// Thinks before it answers.
    static let reasoning = Abilities(rawValue: 1 << 4)
    /// Answers by a JSON schema.
    static let jsonSchema = Abilities(rawValue: 1 << 5)

    /// What is shown of a message beside text.
    static let media: Abilities = [.images, .documents, .audio]

    /// Each with the key that it has in the configuration.
    static let names: [(name: String, ability: Abilities)] = [
        ("images", .images), ("documents", .documents), ("audio", .audio), ("tools", .tools),
        ("reasoning", .reasoning), ("json_schema", .jsonSchema),
    ]

    /// Their names, in that order.
    var words: [String] { Self.names.filter { contains($0.ability) }.map(\.name) }
}
