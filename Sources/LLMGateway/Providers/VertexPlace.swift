import WireFormats

/// Where on Google's cloud a project's models are, and by whom they were made: what Vertex's providers have in common.
struct VertexPlace: Sendable {
    private let settings: ProviderSettings
    private let publisher: String

    init(_ settings: ProviderSettings, publisher: String) {
        (self.settings, self.publisher) = (settings, publisher)
    }

    /// What has to be set before it can be called, in words; nil: nothing lacks.
    static func lacking(_ settings: ProviderSettings) -> String? {
        let entry = "providers.\(settings.name)"
        var lacking: [String] = []
        if settings.platform.project == nil { lacking.append("\(entry).project") }
        if settings.platform.location == nil { lacking.append("\(entry).location") }
        if !GoogleCredentials(settings: settings).isThere { lacking.append("\(entry).credentials_file") }
        return lacking.isEmpty ? nil : lacking.joined(separator: " and ")
    }

    /// The settings' own, else that of the location: `global` has a host without one, continents have hosts of another
    /// kind.
    var baseURL: String {
        get throws(UnusableSite) {
            if let lacking = Self.lacking(settings) { throw UnusableSite(reason: "\(lacking) must be set") }
            if let said = settings.baseURL { return said }
            switch settings.platform.location ?? "" {
            case "global": return "https://aiplatform.googleapis.com/v1"
            case let continent where ["us", "eu"].contains(continent):
                return "https://aiplatform.\(continent).rep.googleapis.com/v1"
            case let region: return "https://\(region)-aiplatform.googleapis.com/v1"
            }
        }
    }

    /// The location itself: it costs nothing, and wants the project's credential.
    var probePath: String {
        func segment(_ name: String?) -> String { String(decoding: PercentEncoding.encoded(name ?? ""), as: UTF8.self) }
        return "/projects/\(segment(settings.platform.project))/locations/\(segment(settings.platform.location))"
    }

    /// - Parameter model: A name, or `{model}` for the call's.
    func path(_ verb: String, model: String = "{model}") -> String {
        "\(probePath)/publishers/\(publisher)/models/\(model):\(verb)"
    }

    /// - Throws: ``UnusableSite`` for a credentials file that can't be used.
    func makeSigner(_ kept: KeptCredentials) throws(UnusableSite) -> (any RequestSigner)? {
        try GoogleCredentials(settings: settings).makeSigner(kept)
    }
}
