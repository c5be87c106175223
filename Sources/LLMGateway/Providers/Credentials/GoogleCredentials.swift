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
                            pem: Secret(try fields.required("private_key")), tokenURL: try fields.tokenURL)))
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
                        refreshToken: Secret(try fields.required("refresh_token")), tokenURL: try fields.tokenURL)))
        case let other:
            throw UnusableSite(
                reason: "credentials_file: \(fields.path) holds a credential of type '\(other)'; "
                    + "use a service account's key, or what `gcloud auth application-default login` wrote")
        }
    }

    /// The file's members.
    private struct Fields {
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

        var tokenURL: String {
            get throws(UnusableSite) {
                let url = self["token_uri"] ?? "https://oauth2.googleapis.com/token"
                guard BaseURL(url) != nil else {
                    throw UnusableSite(reason: "credentials_file: the token_uri in \(path) is no URL")
                }
                return url
            }
        }
    }
}
