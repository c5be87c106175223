/// Whether a provider that nobody configured is there, by what was seen at its address.
///
/// One that is too busy to answer in time is not gone yet: it is when that happens twice in a row, or when nobody listens.
struct ProviderSearch: Sendable {
    /// What a look at the address showed.
    enum Sighting: Sendable, Equatable {
        /// It answers, and has these models.
        case models([String])
        /// Nobody listens, or somebody else answers.
        case nobody
        /// There was no answer in time.
        case silence
    }

    /// What to make of it.
    enum Step: Sendable, Equatable {
        /// Nothing has changed.
        case stay
        /// It is there from now on.
        case appear
        /// It has other models than before.
        case changeModels
        /// It is as if it had never been there.
        case vanish
    }

    /// Its models while it is there.
    private(set) var models: [String]?
    private var silences = 0

    /// - Parameter models: What is known from before; nil: it wasn't there.
    init(models: [String]? = nil) { self.models = models }

    /// Notes a sighting.
    mutating func saw(_ sighting: Sighting) -> Step {
        let before = models
        switch sighting {
        case .models(let seen):
            (models, silences) = (seen, 0)
            return before == nil ? .appear : before == seen ? .stay : .changeModels
        case .silence where silences == 0:
            silences = 1
            return .stay
        case .silence, .nobody:
            (models, silences) = (nil, 0)
            return before == nil ? .stay : .vanish
        }
    }
}
