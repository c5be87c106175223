import Synchronization

/// Takes credentials, internal addresses and whatever the configuration says out of texts, before they are logged or
/// shown to clients.
final class Redactor: Sendable {
    /// In the place of what was taken out.
    static let mask = "[redacted]"

    /// A pattern of `log.redact` that is no regular expression.
    struct InvalidPattern: Error, Equatable {
        let pattern: String
    }

    /// Longest first, so that a secret which contains another goes as a whole.
    private let secrets: [String]
    // `Regex` is not Sendable; behind the lock one thread at a time uses it.
    private let patterns: Mutex<[Regex<AnyRegexOutput>]>

    /// - Parameters:
    ///   - patterns: Regular expressions; what one matches goes as a whole.
    ///   - secrets: Credentials in use. Those shorter than four characters would mangle every text, and are left.
    ///   - hosts: Of the providers' base URLs: what a URL there, or the bare host, is replaced with the mask.
    /// - Throws: ``InvalidPattern``.
    init(patterns: [String] = [], secrets: [String] = [], hosts: [String] = []) throws(InvalidPattern) {
        let spellings = Set(secrets.filter { $0.count >= 4 }.flatMap(Self.spellings))
        self.secrets = spellings.sorted { ($0.count, $0) > ($1.count, $1) }
        var compiled: [Regex<AnyRegexOutput>] = []
        for pattern in hosts.filter({ !$0.isEmpty }).map(Self.address(of:)) + Self.credentials + patterns {
            do { compiled.append(try Regex(pattern).matchingSemantics(.unicodeScalar)) } catch {
                throw InvalidPattern(pattern: pattern)
            }
        }
        self.patterns = Mutex(compiled)
    }

    /// What providers' keys look like, in headers and elsewhere.
    private static let credentials = [
        #"(?i)\bBearer\s+[A-Za-z0-9._~+/=-]+"#,
        #"\b(?:sk|pk|rk|gsk|csk|xai|hf|pplx|r8|fw|nvapi)[-_][A-Za-z0-9_*-]{6,}"#,
        #"\b(?:(?:AKIA|ASIA)[A-Z0-9]{16}\b|AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{16,})"#,
        // Addresses that mean something inside a network only.
        #"(?i)\bhttps?://(?:localhost|10\.|127\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|\[f[cd]|\[::1\])[^\s"'<>)]*"#,
        #"(?i)\bhttps?://[^\s/"'<>)]+\.(?:internal|local|lan|corp|intranet|svc)(?:[:/][^\s"'<>)]*)?\b"#,
    ]

    /// A secret as it is, and as it stands inside a JSON text, in which slashes may be escaped or not.
    private static func spellings(of secret: String) -> [String] {
        var line = LineBuffer(capacity: secret.utf8.count + 2)
        line.appendJSON(secret)
        let quoted = String(line.text.dropFirst().dropLast())
        return [secret, quoted, quoted.replacing("/", with: #"\/"#)]
    }

    private static func address(of host: String) -> String {
        let literal = host.map { $0.isLetter || $0.isNumber ? "\($0)" : "\\\($0)" }.joined()
        return #"(?i)(?:\bhttps?://|\b)"# + literal + #"(?::\d+)?(?:/[^\s"'<>)\]]*)?"#
    }

    /// - Returns: The text, with the mask in the place of everything that must not be seen.
    func redact(_ text: String) -> String {
        var text = text
        for secret in secrets where text.contains(secret) { text = text.replacing(secret, with: Self.mask) }
        return patterns.withLock { patterns in
            for pattern in patterns { text = text.replacing(pattern, with: Self.mask) }
            return text
        }
    }

    /// Redacts a long text and cuts it, without looking at all that will be cut off.
    ///
    /// - Parameters:
    ///   - limit: In characters.
    ///   - isCut: Whether the text itself is the beginning of a longer one.
    func redact(_ text: String, cutAt limit: Int, isCut: Bool = false) -> String {
        let looked = text.prefix(limit + Self.margin)
        var redacted = redact(String(looked))
        // A secret across the edge of what was looked at is not recognised; what it may have left goes.
        if isCut || looked.endIndex < text.endIndex { redacted.removeLast(min(redacted.count, Self.margin)) }
        return String(redacted.prefix(limit))
    }

    /// Longer than any credential, in characters.
    private static let margin = 4096

    /// How much of a text is looked at to show so many characters of it, in bytes.
    static func bytesLookedAt(toShow limit: Int) -> Int { 4 * (limit + margin) }
}
