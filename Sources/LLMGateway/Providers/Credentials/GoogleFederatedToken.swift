import WireFormats

/// A token for a workload that another platform vouches for (Google's workload identity federation): its word is exchanged at
/// Google's token service (RFC 8693), and what comes, where the file wants it, for a token of a service account's.
struct GoogleFederatedToken: CredentialSource {
    /// Where the other platform's word is to be had.
    enum Subject: Sendable, Equatable {
        case file(String)
        /// - headers: Name and value, by turns.
        case url(String, headers: [String])
    }

    private static let scope = "https://www.googleapis.com/auth/cloud-platform"

    let audience: String
    let subject: Subject
    let subjectType: String
    /// The member of a JSON object that holds the word; nil: it is the whole text.
    let subjectField: String?
    let tokenURL: String
    /// nil: the exchanged token is the one to send.
    let impersonationURL: String?

    func fetch(by client: CredentialClient) async throws(UnavailableCredential) -> FetchedCredential<Secret> {
        let form = FormFields([
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"), ("audience", audience),
            ("scope", Self.scope), ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ("subject_token", try await word(by: client)), ("subject_token_type", subjectType),
        ])
        let answer = try await client.ask("POST", tokenURL, headers: [FormFields.contentType], body: form.text)
        let exchanged = try TokenAnswer.read(answer, from: BaseURL(tokenURL)?.host ?? "")
        guard let impersonationURL else { return exchanged }
        let wish = JSONWriter.write { json in
            json.object { json in
                json.array("scope", [Self.scope]) { scope, json in json.value(scope) }
                json.field("lifetime", "3600s")
            }
        }
        let headers = [
            (name: "content-type", value: "application/json"),
            ("authorization", "Bearer \(exchanged.credential.reveal())"),
        ]
        let own = try await client.ask(
            "POST", impersonationURL, headers: headers, body: String(decoding: wish, as: UTF8.self))
        return try TokenAnswer.read(own, from: BaseURL(impersonationURL)?.host ?? "", named: "accessToken")
    }

    /// What the other platform says of the workload.
    private func word(by client: CredentialClient) async throws(UnavailableCredential) -> String {
        let (text, place): (String, String)
        switch subject {
        case .file(let path): (text, place) = (try Self.text(of: path), path)
        case .url(let url, let headers):
            place = BaseURL(url)?.host ?? ""
            let lines = stride(from: 0, to: headers.count - 1, by: 2).map {
                (headers[$0].lowercased(), headers[$0 + 1])
            }
            let answer = try await client.ask("GET", url, headers: lines)
            guard answer.status == 200 else {
                let isTheirs = answer.status >= 500 || answer.status == 429
                throw UnavailableCredential(
                    fault: isTheirs ? .unreachable : .refused, reason: "\(place) answered with status \(answer.status)")
            }
            text = String(decoding: answer.body, as: UTF8.self).trimmed
        }
        let word = subjectField.map { Self.member($0, of: text) } ?? text
        guard let word, !word.isEmpty else {
            throw UnavailableCredential(fault: .refused, reason: "\(place) holds no token to exchange")
        }
        return word
    }

    private static func member(_ name: String, of text: String) -> String? {
        var text = text
        return text.withUTF8 { utf8 in
            let tape = JSONTape()
            defer { withExtendedLifetime(tape) {} }  // a node is no reference to its tape
            return try? tape.parse(UnsafeRawBufferPointer(utf8))[named: name]?.string()
        }
    }
}

extension GoogleFederatedToken {
    /// What a file of type `external_account` says.
    ///
    /// - Throws: ``UnusableSite`` for what lacks, or can't be done.
    init(_ fields: GoogleCredentials.Fields) throws(UnusableSite) {
        audience = try fields.required("audience")
        subjectType = try fields.required("subject_token_type")
        tokenURL = try fields.url("token_url") ?? "https://sts.googleapis.com/v1/token"
        impersonationURL = try fields.url("service_account_impersonation_url")
        let source = try fields.section("credential_source")
        let format = try? source.section("format")
        subjectField = format?["type"] == "json" ? try format?.required("subject_token_field_name") : nil
        if let file = source["file"] {
            subject = .file(file)
        } else if let url = try source.url("url") {
            subject = .url(url, headers: (try? source.section("headers"))?.texts ?? [])
        } else {
            throw UnusableSite(
                reason: "credentials_file: the credential_source in \(fields.path) is neither a file nor a url")
        }
    }
}
