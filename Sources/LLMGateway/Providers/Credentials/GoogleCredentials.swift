import WireFormats

/// Finds what signs requests to Google's cloud: a token of the operator's, a file, or the machine's own account.
struct GoogleCredentials {
    let settings: ProviderSettings

    /// Whether there is any.
    var isThere: Bool {
        let platform = settings.platform
        return platform.accessToken != nil || platform.credentialsFile != nil || platform.metadataHost != nil
            || !settings.apiKeys.isEmpty || settings.forwardClientKey
    }

    /// - Returns: nil: nothing of the kind.
    /// - Throws: ``UnusableSite`` for a file that can't be used.
    func makeSigner(_ kept: KeptCredentials) throws(UnusableSite) -> (any RequestSigner)? {
        if let token = settings.platform.accessToken { return StaticBearerSigner(token: token) }
        guard settings.apiKeys.isEmpty else { return nil }
        if let file = settings.platform.credentialsFile { return try Self.signer(file, kept) }
        guard let host = settings.platform.metadataHost else { return nil }
        return BearerSigner(kept.credential(from: GoogleMachineToken(host: host)))
    }

    /// The JSON that Google's consoles and tools write; its `type` says what is in it.
    private static func signer(
        _ file: PlatformSettings.CredentialsFile, _ kept: KeptCredentials
    ) throws(UnusableSite) -> any RequestSigner {
        let made = Array(file.text.reveal().utf8).withUnsafeBytes { bytes in
            Result { () throws(UnusableSite) -> any RequestSigner in
                let tape = JSONTape()
                defer { withExtendedLifetime(tape) {} }  // a node is no reference to its tape
                guard let root = try? tape.parse(bytes), root.kind == .object else {
                    throw UnusableSite(reason: "credentials_file: \(file.path) is no JSON object")
                }
                return try signer(Fields(root: root, path: file.path), kept)
            }
        }
        return try made.get()
    }

    private static func signer(
        _ fields: Fields, _ kept: KeptCredentials
    ) throws(UnusableSite) -> any RequestSigner {
        switch try fields.required("type") {
        case "service_account":
            do {
                return BearerSigner(
                    kept.credential(
                        from: try GoogleServiceAccountToken(
                            email: try fields.required("client_email"), keyID: fields["private_key_id"] ?? "",
                            pem: Secret(try fields.required("private_key")),
                            tokenURL: try fields.url("token_uri") ?? usualTokenURL)))
            } catch let error as UnusableSite {
                throw error
            } catch {
                throw UnusableSite(reason: "credentials_file: the private_key in \(fields.path) is no RSA key")
            }
        case "authorized_user":
            return BearerSigner(
                kept.credential(
                    from: GoogleUserToken(
                        clientID: try fields.required("client_id"),
                        clientSecret: Secret(try fields.required("client_secret")),
                        refreshToken: Secret(try fields.required("refresh_token")),
                        tokenURL: try fields.url("token_uri") ?? usualTokenURL)))
        case "external_account": return BearerSigner(kept.credential(from: try GoogleFederatedToken(fields)))
        case let other:
            throw UnusableSite(
                reason: "credentials_file: \(fields.path) holds a credential of type '\(other)'; "
                    + "use a service account's key, a configuration of workload identity federation, or what "
                    + "`gcloud auth application-default login` wrote")
        }
    }

    private static let usualTokenURL = "https://oauth2.googleapis.com/token"

    /// The file's members, or those of an object in it.
    struct Fields {
        let root: JSONNode
        let path: String

        subscript(name: String) -> String? {
            (try? root[named: name]?.string())?.nonEmpty
        }

        func required(_ name: String) throws(UnusableSite) -> String {
            guard let value = self[name] else {
                throw UnusableSite(reason: "credentials_file: \(path) has no '\(name)'")
            }
            return value
        }

        /// - Throws: For one that is none.
        func url(_ name: String) throws(UnusableSite) -> String? {
            guard let url = self[name] else { return nil }
            guard BaseURL(url) != nil else {
                throw UnusableSite(reason: "credentials_file: the \(name) in \(path) is no URL")
            }
            return url
        }

        func section(_ name: String) throws(UnusableSite) -> Fields {
            guard let section = root[named: name], section.kind == .object else {
                throw UnusableSite(reason: "credentials_file: \(path) has no '\(name)'")
            }
            return Fields(root: section, path: path)
        }

        /// Names and their texts, by turns.
        var texts: [String] {
            guard let members = try? root.members() else { return [] }
            var texts: [String] = []
            for (name, value) in members {
                if let name = try? name.string(), let text = try? value.string() { texts += [name, text] }
            }
            return texts
        }
    }
}
