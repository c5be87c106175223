import Foundation

/// Where a Redis is, and how one gets in.
struct RedisAddress: Sendable, Equatable {
    enum Place: Sendable, Equatable {
        case host(String, port: Int)
        /// A socket in the file system.
        case socket(path: String)
    }

    struct TLS: Sendable, Equatable {
        /// A PEM file of the authorities to trust; nil: the system's.
        var caFile: String?
        /// false accepts any certificate.
        var verifies = true
    }

    var place: Place
    /// nil: the default user, who has a password or none.
    var user: String?
    var password: Secret?
    /// 0 and up.
    var database = 0
    /// nil: as it is.
    var tls: TLS?
}

extension RedisAddress {
    static let forms = "redis(s)://[[user]:password@]host[:port][/database] | unix://[[user]:password@]/path[?db=N]"

    /// Takes a URL apart, as other clients of Redis spell them. With `rediss`, a query may name a `ca_file`, and say
    /// `verify=false`.
    ///
    /// - Throws: What is wrong with it, without repeating it: there may be a password in it.
    init(url: String) throws(Complaint) {
        guard let colon = url.firstRange(of: "://") else { throw Complaint("must be a URL that begins with redis://") }
        let scheme = url[..<colon.lowerBound].lowercased()
        var rest = url[colon.upperBound...]
        guard !rest.contains("#") else { throw Complaint("must not hold a fragment; write # as %23") }
        var query = try Self.query(rest.firstIndex(of: "?").map { rest[$0...].dropFirst() } ?? "")
        rest = rest.prefix { $0 != "?" }
        let path = rest.firstIndex(of: "/").map { rest[$0...] } ?? ""
        let authority = rest.dropLast(path.count)
        // A password's own @ may have been left as it is.
        let at = authority.lastIndex(of: "@")
        let host = at.map { authority[authority.index(after: $0)...] } ?? authority

        var database = query.removeValue(forKey: "db")
        switch scheme {
        case "redis", "rediss":
            place = try Self.host(host)
            let name = path.drop { $0 == "/" }
            if database == nil, !name.isEmpty { database = String(name) }
        case "unix":
            guard host.isEmpty, path.count > 1 else {
                throw Complaint("must name a socket's path: unix:///run/redis.sock")
            }
            place = .socket(path: try Self.decoded(path))
        default:
            throw Complaint("must be a URL that begins with redis://, rediss:// or unix://")
        }
        if let at { (user, password) = try Self.credentials(authority[..<at]) }
        if let database {
            guard let number = Int(database), (0...65_535).contains(number) else {
                throw Complaint("must name a database by its number")
            }
            self.database = number
        }
        if scheme == "rediss" {
            let verifies = query.removeValue(forKey: "verify") ?? "true"
            guard ["true", "false"].contains(verifies) else {
                throw Complaint("says neither verify=true nor verify=false")
            }
            tls = TLS(caFile: query.removeValue(forKey: "ca_file"), verifies: verifies == "true")
        }
        if let unknown = query.keys.min() { throw Complaint("must not hold '\(unknown)' in its query") }
    }

    private static func host(_ text: Substring) throws(Complaint) -> Place {
        var (name, port) = (text, 6379)
        if let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") {
            guard let number = Int(text[text.index(after: colon)...]), (1...65_535).contains(number) else {
                throw Complaint("must name a port in 1…65535 if any; in a password, write / as %2F and ? as %3F")
            }
            (name, port) = (text[..<colon], number)
        }
        if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
        return .host(name.isEmpty ? "127.0.0.1" : String(name), port: port)
    }

    private static func credentials(_ text: Substring) throws(Complaint) -> (user: String?, password: Secret?) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let user = try decoded(parts[0]).nonEmpty
        let password = parts.count > 1 ? try decoded(parts[1]).nonEmpty : nil
        if user != nil, password == nil { throw Complaint("must hold a password behind the user's name and a colon") }
        return (user, password.map { Secret($0) })
    }

    private static func query(_ text: Substring) throws(Complaint) -> [String: String] {
        var query: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[try decoded(parts[0])] = parts.count > 1 ? try decoded(parts[1]) : ""
        }
        return query
    }

    private static func decoded(_ text: Substring) throws(Complaint) -> String {
        guard let decoded = text.removingPercentEncoding else {
            throw Complaint("must not hold a % that escapes nothing")
        }
        return decoded
    }
}

extension Spelling where Value == RedisAddress {
    /// Where Redis is. Secret, since a password may be in it.
    static var redisURL: Self {
        var spelling = Spelling("a URL of Redis", allowed: RedisAddress.forms, write: { _ in Secret.writtenMask }) {
            text throws(Complaint) in
            try RedisAddress(url: text)
        }
        spelling.isSecret = true
        return spelling
    }
}
