import WireFormats

/// An entry under `providers:`, or a built-in provider that nobody mentions.
public struct ProviderSettings: Sendable {
    /// What its entry is called.
    public let name: String
    /// The name of a known type. Empty only in a configuration that is refused.
    public let type: String
    let enabled: Enablement
    /// Nil: the type's own.
    let apiFormats: [String]?
    /// Without a slash at its end. Nil for a type that has no address.
    public let baseURL: String?
    /// Of `api_key`, `api_keys` and `api_key_file`, those that were said with the most authority, in this order.
    public let apiKeys: [Secret]
    /// Further header lines for its requests, which the gateway adds by itself.
    public let headers: [(name: String, value: Secret)]
    /// The names that its entry lists.
    public let models: [String]
    /// In the order of the file: the name that clients use, and the provider's.
    public let modelMap: [(client: String, upstream: String)]
    /// What the entry leaves unsaid is as in `resilience.timeouts`.
    let timeouts: TimeoutSettings
    /// What the entry leaves unsaid is as in `resilience.retry`.
    let retry: RetrySettings
    /// What the entry leaves unsaid is as in `resilience.circuit_breaker`.
    let circuitBreaker: CircuitBreakerSettings
    /// What the entry leaves unsaid is as in `resilience.concurrency`.
    let concurrency: ConcurrencySettings
    let streamUsage: Bool
    let forwardClientKey: Bool
    let probe: Probe
    let tls: TLS
    /// What a cloud needs beside an address and a key.
    let platform: PlatformSettings
    /// What its entry says under `options`: the keys that its ``KnownProviderType`` has, as text.
    public let options: [String: String]
    /// The pace of a provider that answers in this process.
    let simulated: Pace

    /// True when the file names it (under `providers`, as a target, in `routing`), or a variable or the command line does.
    var isNamedByOperator: Bool

    enum Enablement: String, CaseIterable, Sendable {
        case auto
        case on = "true"
        case off = "false"
    }

    struct Probe: Sendable, Equatable {
        /// Nil: the type's own.
        let path: String?
        let interval: Duration
        let timeout: Duration
        let required: Bool
    }

    struct TLS: Sendable, Equatable {
        /// Nil: the system's authorities.
        let caFile: String?
        let verify: Bool
    }

    struct Pace: Sendable, Equatable {
        var firstToken: Duration = .zero
        /// 0: at once.
        var tokensPerSecond: Double = 0
    }

    init(_ name: String, _ settings: Settings, known names: KnownNames, resilience: ResilienceSettings) {
        self.name = name
        let known = Self.type(name, settings, names.types)
        let formats = names.formats.map(\.id.name)
        type = known?.name ?? ""
        enabled = settings.read(
            "enabled", .enablement, default: .auto, "auto: enabled when it has the credential that it needs.")
        let hostVariable = known?.name == name ? known?.hostVariable : nil
        baseURL = Self.baseURL(settings, known, hostVariable: hostVariable, isNeeded: enabled != .off)
        apiFormats =
            settings.readIfSet(
                "api_formats",
                .list("a list of API formats", allowed: formats.joined(separator: " | ")) {
                    text throws(Complaint) in
                    try Spelling<String>.oneOf(formats).read(.text(text))
                }, "What it speaks, preferred first. Default: by type.")?.value
        apiKeys = Self.apiKeys(settings, keyVariables: known?.name == name ? known?.keyVariables ?? [] : [])
        headers = settings.table(
            "headers", .headerSecret, separator: "-", checkingKeys: WrittenForm.headerName,
            "Further headers for its requests; their values are treated as secrets."
        ).map { (name: $0.0, value: $0.1) }
        models = settings.read(
            "models", .list(), default: [], "Its models, shown in /v1/models. Default: asked from the provider.")
        modelMap = settings.table(
            "model_map", .text, checkingKeys: { _ in }, "The name that clients use, and this provider's name for it."
        ).map { (client: $0.0, upstream: $0.1) }
        let general = SettingPath().key("resilience")
        timeouts = TimeoutSettings(
            settings.section("timeouts", inheriting: general.key("timeouts")), standard: resilience.timeouts)
        retry = RetrySettings(
            settings.section("retry", inheriting: general.key("retry")), standard: resilience.retry)
        circuitBreaker = CircuitBreakerSettings(
            settings.section("circuit_breaker", inheriting: general.key("circuit_breaker")),
            standard: resilience.circuitBreaker)
        concurrency = ConcurrencySettings(
            settings.section("concurrency", inheriting: general.key("concurrency")), standard: resilience.concurrency)
        streamUsage = settings.read(
            "stream_usage", .flag, default: true, "Ask for usage in streams. false for old servers that refuse it.")
        forwardClientKey = settings.read(
            "forward_client_key", .flag, default: false, "Send the client's own credential on.")
        probe = Probe(settings.section("probe"))
        tls = TLS(settings.section("tls"))
        platform = PlatformSettings(settings, of: known, isWanted: enabled == .on)
        options = Self.options(known?.options ?? [], settings)
        simulated = known?.isSimulated == true || settings.reading.isDocumenting ? Pace(settings) : Pace()

        let isSaid = settings.reading.values.contains { value in
            value.path.components.starts(with: settings.path.components) && value.origin.precedence != .standard
        }
        isNamedByOperator = isSaid || settings.origin.precedence == .file
        if !Self.isName(name), !settings.reading.isDocumenting {
            settings.complain(nil, "a provider's name may hold letters, digits, '.', '_' and '-' only")
        }
    }

    /// It stands in paths: `/{provider}/v1/…`.
    private static func isName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "._-".utf8.contains(byte)
            }
    }

    private static func type(_ name: String, _ settings: Settings, _ types: [KnownProviderType]) -> KnownProviderType? {
        let names = types.map(\.name)
        let type = settings.read(
            "type", .oneOf(names), default: names.contains(name) ? name : "", "Default: NAME, if it is a type.")
        if type.isEmpty, !settings.reading.hasProblem(at: settings.path.key("type")) {
            settings.complain(
                nil, "'\(name)' is no provider type, so it needs a key type: one of \(names.joined(separator: ", "))",
                nearest: NearestName.to(name, among: names))
        }
        return types.first { $0.name == type }
    }

    private static func options(_ options: [KnownProviderType.Option], _ settings: Settings) -> [String: String] {
        guard !options.isEmpty else { return [:] }
        let section = settings.section("options")
        return options.reduce(into: [:]) { values, option in
            values[option.name] = section.readIfSet(option.name, .text, option.help)?.value
        }
    }

    private static func baseURL(
        _ settings: Settings, _ type: KnownProviderType?, hostVariable: String?, isNeeded: Bool
    ) -> String? {
        let usual = type?.baseURL ?? ""
        var spelling = Spelling<String>.baseURL
        spelling.fromOtherPrograms = { OllamaHost.url($0, usual: usual) }
        let url = settings.read(
            "base_url", spelling, default: usual, belowFile: hostVariable.map { [$0] } ?? [],
            "Where it is, with the version segment. Default: by type; openai-compatible must have one.")
        let isMissing = url.isEmpty && type?.requiresBaseURL == true && isNeeded
        if isMissing, !settings.reading.hasProblem(at: settings.path.key("base_url")) {
            settings.complain("base_url", "is missing; a provider of type \(type?.name ?? "") needs it")
        }
        return url.nonEmpty
    }

    private static func apiKeys(_ settings: Settings, keyVariables: [String]) -> [Secret] {
        let one = settings.readIfSet(
            "api_key", .secret, belowFile: keyVariables, "Its credential. Best given as ${NAME} or by a variable.")
        let several = settings.readIfSet("api_keys", .secrets, "Several credentials, used in turn.")
        let file = settings.secretFile(
            "api_key_file", "File that holds the credential; read again when it changes.")
        let said = [
            one.map { ("api_key", [$0.value], $0.origin.precedence) },
            several.map { ("api_keys", $0.value, $0.origin.precedence) },
            file.map { ("api_key_file", [$0.value], $0.origin.precedence) },
        ].compactMap { $0 }
        guard let strongest = said.map(\.2).max() else { return [] }
        // What is shown is what is sent.
        for (key, _, precedence) in said where precedence < strongest {
            settings.reading.withdraw(settings.path.key(key))
        }
        return said.filter { $0.2 == strongest }.flatMap(\.1)
    }
}

extension ProviderSettings.Probe {
    init(_ settings: Settings) {
        path =
            settings.read(
                "path", .text, default: "", "What is asked for, beneath base_url. Default: by type."
            ).nonEmpty
        interval = settings.read(
            "interval", .duration(.milliseconds(100) ... .seconds(86_400)), default: .seconds(15),
            "Time between two probes, with jitter.")
        timeout = settings.read(
            "timeout", .duration(.milliseconds(1) ... .seconds(3600)), default: .seconds(3),
            "A probe without an answer by then is down.")
        required = settings.read(
            "required", .flag, default: false, "/ready is 503 while this provider is down.")
    }
}

extension ProviderSettings.TLS {
    init(_ settings: Settings) {
        caFile =
            settings.read(
                "ca_file", .text, default: "", "Authorities to trust, PEM. Default: the system's."
            ).nonEmpty
        verify = settings.read(
            "verify", .flag, default: true, "Check the provider's certificate. false is for tests.")
    }
}

extension ProviderSettings.Pace {
    init(_ settings: Settings) {
        firstToken = settings.read(
            "first_token", .duration(.zero ... .seconds(3600)), default: .zero,
            "Only simulated: time to the first token.")
        tokensPerSecond = settings.read(
            "tokens_per_second", .number(0...1_000_000), default: 0, "Only simulated: pace after it. 0: at once.")
    }
}

extension Spelling where Value == ProviderSettings.Enablement {
    /// A flag, or `auto`.
    static var enablement: Self {
        let kind = "one of auto, true, false"
        return Spelling(kind, allowed: "auto | true | false", write: \.rawValue) {
            (written) throws(Complaint) -> Value in
            let (flag, text) = try written.flag(kind)
            if let flag { return flag ? .on : .off }
            guard text == Value.auto.rawValue else { throw Complaint("must be \(kind), not '\(text)'") }
            return .auto
        }
    }
}

extension Spelling where Value == Secret {
    /// The value of a header that the operator adds; it may hold a credential.
    static var headerSecret: Self {
        var spelling = Spelling("text", write: { _ in Secret.writtenMask }) { text throws(Complaint) in
            try WrittenForm.headerValue(text, "a header can't hold it")
        }
        spelling.isSecret = true
        return spelling
    }
}
