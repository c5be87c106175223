import WireFormats

/// What a provider on a cloud needs beside an address and a key. Each type reads what it has; the rest is nil.
struct PlatformSettings: Sendable {
    let project: String?
    let location: String?
    /// What the entry names; else what Google's own tools would find.
    let credentialsFile: CredentialsFile?
    /// Where Google's cloud gives out tokens for the machine's own account; nil: this is no such machine.
    let metadataHost: String?
    let accessToken: Secret?
    let apiVersion: String?
    /// In the order of the file: the model, and the provider's name for it.
    let deployments: [(model: String, deployment: String)]
    let aws: AWSSettings?
    /// nil: none, or this is no provider of Azure's.
    let azure: AzureIdentity?

    /// A setting that some types have. The raw value is its name.
    enum Key: String, Sendable {
        case project, location, deployments
        case credentialsFile = "credentials_file"
        case accessToken = "access_token"
        case apiVersion = "api_version"
    }

    struct CredentialsFile: Sendable, Equatable {
        let path: String
        /// All of it.
        let text: Secret

        /// What in it must never be shown.
        fileprivate var secrets: [String] {
            var text = text.reveal()
            return text.withUTF8 { utf8 in
                let file = try? JSONTape().parse(UnsafeRawBufferPointer(utf8))
                let fields: [StaticString] = ["private_key", "private_key_id", "client_secret", "refresh_token"]
                let headers = (try? file?["credential_source"]?["headers"]?.members()).map { $0.map(\.value) } ?? []
                return (fields.map { file?[$0] } + headers).compactMap { try? $0?.string() }.filter { !$0.isEmpty }
            }
        }
    }

    /// - Parameters:
    ///   - type: nil: none that is known.
    ///   - isWanted: Whether the provider is switched on, whatever it lacks.
    init(_ settings: Settings, of type: KnownProviderType?, isWanted: Bool) {
        func read<Value>(_ key: Key, _ read: (_ key: String, _ variables: [String]) -> Value?) -> Value? {
            guard settings.reading.isDocumenting || type?.platform[key] != nil else { return nil }
            return read(key.rawValue, type?.platform[key] ?? [])
        }
        func text(_ key: Key, _ help: String) -> String? {
            read(key) { settings.readIfSet($0, .text, belowFile: $1, help)?.value }
        }
        project = text(.project, "Only vertex-*: the Google Cloud project.")
        location = text(
            .location, "Only vertex-* and bedrock: the region, as us-central1 or us-east-1; for vertex-* also global.")
        credentialsFile = read(.credentialsFile) {
            settings.file(
                $0, belowFile: $1,
                "Only vertex-*: a file with a credential of Google's, as a service account's key; read again when it changes.",
                else: Self.gcloudFile(settings.reading)
            ).map { CredentialsFile(path: $0.path, text: $0.text) }
        }
        metadataHost = type?.platform[.credentialsFile].flatMap { _ in Self.metadataHost(settings.reading, isWanted) }
        accessToken = read(.accessToken) {
            settings.readIfSet(
                $0, .secret, belowFile: $1, "Only vertex-* and azure-openai: a token to be sent as it is.")?.value
        }
        apiVersion = text(
            .apiVersion, "Only azure-openai: the API's version, as 2024-10-21. Unset: the API that has none (v1).")
        deployments =
            read(.deployments) { key, _ in
                settings.table(
                    key, .text, separator: "-", checkingKeys: { _ in },
                    "Only azure-openai: a model, and the deployment that serves it."
                ).map { (model: $0.0, deployment: $0.1) }
            } ?? []
        azure = type?.isOnAzure == true ? AzureIdentity.find(settings.reading, isWanted: isWanted) : nil
        aws = settings.reading.isDocumenting || type?.isOnAWS == true ? AWSSettings(settings) : nil
    }

    /// What `gcloud auth application-default login` has written; nil without it.
    private static func gcloudFile(_ reading: SettingsReading) -> String? {
        func variable(_ name: String) -> String? { reading.variable(name, in: reading.environment) }
        let folder = variable("CLOUDSDK_CONFIG") ?? variable("HOME").map { $0 + "/.config/gcloud" }
        return folder.map { $0 + "/application_default_credentials.json" }.flatMap {
            FileContents.exists($0) ? $0 : nil
        }
    }

    /// Nobody is asked: a machine of Google's says so, and so does the environment of its containers.
    private static func metadataHost(_ reading: SettingsReading, _ isWanted: Bool) -> String? {
        func variable(_ name: String) -> String? { reading.variable(name, in: reading.environment) }
        if let host = variable("GCE_METADATA_HOST") { return host }
        let product = try? FileContents.text(of: "/sys/class/dmi/id/product_name")
        let isGoogles = variable("K_SERVICE") != nil || product?.hasPrefix("Google") == true
        return isWanted || isGoogles ? "metadata.google.internal" : nil
    }

    /// What must never be shown.
    var secrets: [String] {
        [accessToken?.reveal()].compactMap { $0 } + (credentialsFile?.secrets ?? []) + (aws?.secrets ?? [])
            + (azure?.secrets ?? [])
    }
}
