import WireFormats

/// What a configuration may name beside what it defines itself: the types of providers and the formats that this program
/// has.
struct KnownNames: Sendable {
    var types: [KnownProviderType] = .builtIn
    var formats: [any WireFormat] = .builtIn
}
