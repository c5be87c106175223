/// An address in the form of the variable `OLLAMA_HOST`, as Ollama's own programs read it (its `envconfig.ConnectableHost`):
/// scheme and port may be missing, what listens on every address is on this host, and a port that is none is the usual one.
enum OllamaHost {
    /// The address as a URL, which is yet to be checked.
    ///
    /// - Parameter usual: Where the provider is when nobody says otherwise: `http://127.0.0.1:11434`.
    static func url(_ written: String, usual: String) -> String {
        let text = written.trimmed.trimming("\"", "'").trimmed
        if text == "ollama.com" { return "https://ollama.com" }
        let (scheme, rest) = text.split(at: "://").map { ($0.before, $0.after) } ?? ("http", text)
        let (authority, path) = rest.split(at: "/").map { ($0.before, "/" + $0.after) } ?? (rest, "")
        // A user's name is for the check to complain of.
        guard !authority.contains("@") else { return scheme + "://" + rest }
        let (host, port) = hostAndPort(authority)
        // With a scheme, the usual port is the scheme's.
        let usualPort = text.contains("://") ? "" : usual.drop { $0 != ":" }.dropFirst().drop { $0 != ":" }
        let said = port.flatMap { UInt16($0) }.flatMap { $0 > 0 ? ":\($0)" : nil }
        return scheme + "://" + reachable(host) + (said ?? String(usualPort)) + path
    }

    /// Without brackets around an address of version 6.
    private static func hostAndPort(_ authority: String) -> (host: String, port: String?) {
        if authority.hasPrefix("["), let (host, rest) = String(authority.dropFirst()).split(at: "]") {
            return (host, rest.hasPrefix(":") ? String(rest.dropFirst()) : nil)
        }
        guard let (host, port) = authority.split(at: ":"), !port.contains(":") else { return (authority, nil) }
        return (host, port)
    }

    private static func reachable(_ host: String) -> String {
        switch host {
        case "", "0.0.0.0": "127.0.0.1"
        case "::": "[::1]"
        default: host.contains(":") ? "[\(host)]" : host
        }
    }
}

extension String {
    /// What stands before and behind the first `separator`; nil without one.
    fileprivate func split(at separator: String) -> (before: String, after: String)? {
        firstRange(of: separator).map { (String(self[..<$0.lowerBound]), String(self[$0.upperBound...])) }
    }

    /// Without these characters at both ends.
    fileprivate func trimming(_ unwanted: Character...) -> String {
        var text = self[...]
        while let first = text.first, unwanted.contains(first) { text = text.dropFirst() }
        while let last = text.last, unwanted.contains(last) { text = text.dropLast() }
        return String(text)
    }
}
