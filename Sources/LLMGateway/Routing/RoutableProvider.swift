/// A configured provider, as far as routing needs to know it.
struct RoutableProvider: Sendable {
    /// Whether calls may go there.
    enum Availability: Sendable, Equatable {
        case enabled
        /// Enabled, but only for the names that it lists: nobody configured it, something just answers at its address.
        /// While it lists nothing it counts as switched off; it never becomes the only enabled provider.
        case found
        /// - setting: What to set to enable it: `providers.openai.api_key (or OPENAI_API_KEY)`.
        case missingCredential(setting: String)
        case switchedOff
    }

    /// Its name in the configuration, which is also its prefix in paths and pinned names.
    let name: String
    let availability: Availability
    /// The names under its `models`.
    let models: [String]
    /// Its `model_map`: what a client says, and what the provider calls it.
    let modelMap: [(client: String, upstream: String)]
    /// Its place in the file; where several providers serve a name, the lowest comes first.
    let ordinal: Int

    init(
        name: String, availability: Availability, models: [String] = [],
        modelMap: [(client: String, upstream: String)] = [], ordinal: Int
    ) {
        self.name = name
        self.availability = availability
        self.models = models
        self.modelMap = modelMap
        self.ordinal = ordinal
    }
}
