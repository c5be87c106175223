import WireFormats

/// Credentials with an end, as AWS's services lend them.
struct AWSLoan: Equatable {
    let credentials: AWSCredentials
    /// In seconds since 1970; nil: they don't expire.
    let expiry: Int?

    /// As a container's agent and the metadata service write it; nil for what holds no credentials.
    init?(json: String) {
        let tape = JSONTape()
        defer { withExtendedLifetime(tape) {} }
        let members = Array(json.utf8).withUnsafeBytes { bytes -> [String?]? in
            guard let root = try? tape.parse(bytes), root.kind == .object else { return nil }
            let names: [StaticString] = ["AccessKeyId", "SecretAccessKey", "Token", "Expiration"]
            return names.map { try? root.optional($0)?.string() }
        }
        guard let members else { return nil }
        self.init(members[0], members[1], members[2], members[3])
    }

    /// As the token service writes it; nil for what holds no credentials.
    init?(xml: String) {
        self.init(
            Self.text(of: "AccessKeyId", in: xml), Self.text(of: "SecretAccessKey", in: xml),
            Self.text(of: "SessionToken", in: xml), Self.text(of: "Expiration", in: xml))
    }

    /// An end that can't be read is no reason to do without; a lender's refusal in the middle of the time is understood.
    private init?(_ id: String?, _ secret: String?, _ token: String?, _ expiry: String?) {
        guard let id, let secret, Self.isPrintable(id), Self.isPrintable(token ?? "") else { return nil }
        credentials = AWSCredentials(
            accessKeyID: id, secretAccessKey: Secret(secret), sessionToken: token.map { Secret($0) })
        self.expiry = expiry.flatMap(Self.seconds)
    }

    /// What goes into a header.
    private static func isPrintable(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// What stands between the tags of this name where they are first.
    static func text(of tag: String, in xml: String) -> String? {
        guard let start = xml.firstRange(of: "<\(tag)>"),
            let end = xml[start.upperBound...].firstRange(of: "</\(tag)>")
        else { return nil }
        return String(xml[start.upperBound..<end.lowerBound]).trimmed
            .replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&amp;", with: "&")
    }

    /// Since 1970, of a time in UTC as in `2026-11-21T18:00:00Z`, with or without a fraction; nil for anything else.
    static func seconds(_ text: String) -> Int? {
        guard let parts = text.wholeMatch(of: /(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?Z/)?.output,
            let year = Int(parts.1), let month = Int(parts.2), let day = Int(parts.3), let hour = Int(parts.4),
            let minute = Int(parts.5), let second = Int(parts.6), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        return CivilDate(year: year, month: month, day: day).daysSinceEpoch * 86_400 + hour * 3600 + minute * 60
            + second
    }
}
