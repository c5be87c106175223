#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Spellings of names and addresses: text that has a form.
extension Spelling where Value == String {
    static var text: Self {
        Spelling("text", write: YAMLOutline.scalar) { text throws(Complaint) in text }
    }

    /// Text that passes a check.
    static func text(
        _ kind: String, allowed: String = "", check: @escaping @Sendable (String) throws(Complaint) -> String
    ) -> Self {
        Spelling(kind, allowed: allowed, write: YAMLOutline.scalar, scalar: check)
    }

    /// One of some names that are known only at run time.
    static func oneOf(_ names: [String]) -> Self {
        text("one of \(names.joined(separator: ", "))", allowed: names.joined(separator: " | ")) {
            text throws(Complaint) in
            guard names.contains(text) else {
                throw Complaint("must be one of \(names.joined(separator: ", ")), not '\(text)'")
            }
            return text
        }
    }

    /// A name or an address to listen on.
    static var host: Self {
        text("a host name or an address") { text throws(Complaint) in
            guard !text.contains(where: { $0.isWhitespace || $0 == "/" }) else {
                throw Complaint("must be a host name or an address, not '\(text)'")
            }
            return text
        }
    }

    /// Where a provider is: `https://host/v1`. Trailing slashes are taken away.
    ///
    /// The text is not repeated in a complaint: a user name, a password or a key may be in it.
    static var baseURL: Self {
        text("an http or https URL", allowed: "http(s)://host[:port][/path]") { text throws(Complaint) in
            guard let (authority, path) = splitURL(text) else {
                throw Complaint("must be a URL that begins with http:// or https://")
            }
            guard !authority.contains("@") else { throw Complaint("must not hold a user name or a password") }
            guard !text.contains(where: { $0 == "?" || $0 == "#" }) else {
                throw Complaint("must not hold a query or a fragment")
            }
            guard WrittenForm.hostAndPort(authority) != nil else {
                throw Complaint("must name a host, and a port in 1…65535 if any")
            }
            guard path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw Complaint("must not hold white space or other characters that need escaping")
            }
            var url = text[...]
            while url.hasSuffix("/") { url = url.dropLast() }
            return String(url)
        }
    }
}

/// Checks of what is written: each complains, or lets the text pass.
enum WrittenForm {
    /// `*`, or scheme, host and port of a page: `https://app.example.com`.
    static func corsOrigin(_ text: String) throws(Complaint) -> String {
        if text == "*" { return text }
        guard let (authority, path) = splitURL(text), path.isEmpty, hostAndPort(authority) != nil else {
            throw Complaint("must be * or origins such as https://app.example.com (no path), not '\(text)'")
        }
        return text
    }

    /// An address (`10.0.0.1`, `::1`) or a network (`10.0.0.0/8`).
    static func network(_ text: String) throws(Complaint) -> String {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        var bytes = in6_addr()
        let bits =
            inet_pton(AF_INET, String(parts[0]), &bytes) == 1
            ? 32 : inet_pton(AF_INET6, String(parts[0]), &bytes) == 1 ? 128 : -1
        let isValid = parts.count == 1 ? bits > 0 : Int(parts[1]).map { (0...bits).contains($0) && bits > 0 } ?? false
        guard isValid else { throw Complaint("must be addresses or networks such as 10.0.0.0/8, not '\(text)'") }
        return text
    }

    /// `host`, `host:8080`, `[::1]:8080`: the host without its brackets; nil for what is neither.
    static func hostAndPort(_ authority: Substring) -> (host: String, port: Int?)? {
        var (host, port) = (authority, Int?.none)
        if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
            port = Int(authority[authority.index(after: colon)...])
            guard let port, (1...65_535).contains(port) else { return nil }
            host = authority[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            var address = in6_addr()
            let name = String(host.dropFirst().dropLast())
            return inet_pton(AF_INET6, name, &address) == 1 ? (name, port) : nil
        }
        let isName = host.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "-._".utf8.contains(byte)
        }
        return isName && !host.isEmpty ? (String(host), port) : nil
    }

    /// A pattern for `Regex`.
    static func regularExpression(_ text: String) throws(Complaint) -> String {
        do {
            _ = try Regex(text)
        } catch {
            throw Complaint("must be regular expressions, not '\(text)'")
        }
        return text
    }

    /// The name of a header: RFC 9110's token.
    static func headerName(_ name: String) throws(Complaint) {
        let others = Set("!#$%&'*+-.^_`|~".utf8)
        let isToken = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || others.contains(byte)
        }
        guard isToken, !name.isEmpty else { throw Complaint("is no name for a header") }
        // Framing, and what is said anew for each request: a second line of these would spoil the request.
        let own = [
            "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "expect",
            "accept", "via", "x-request-id",
        ]
        guard !own.contains(name.lowercased()) else { throw Complaint("is a header that the gateway writes itself") }
    }

    /// The value of a header: no line ends, no other control characters.
    static func headerValue(_ text: String, _ consequence: String) throws(Complaint) -> Secret {
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
            throw Complaint("holds a line end or another control character: \(consequence)")
        }
        return Secret(text)
    }

    /// A name with wildcards: `*` stands for any text.
    static func wildcardPattern(_ pattern: String) throws(Complaint) {
        guard !pattern.isEmpty, !pattern.contains(where: \.isWhitespace) else {
            throw Complaint("must be a model's name without white space, in which * stands for any text")
        }
    }
}

private func splitURL(_ text: String) -> (authority: Substring, path: Substring)? {
    guard let scheme = ["http://", "https://"].first(where: { text.lowercased().hasPrefix($0) }) else { return nil }
    let rest = text.dropFirst(scheme.count)
    let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
    return (rest[..<end], rest[end...])
}
