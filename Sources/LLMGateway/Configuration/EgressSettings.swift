import Foundation

/// `egress:`, how the gateway gets out to providers.
struct EgressSettings: Sendable {
    /// nil: directly.
    let proxy: EgressProxy?
    /// As written; see ``DirectPlaces``.
    let direct: [String]

    init(_ settings: Settings) {
        proxy =
            settings.readIfSet(
                "https_proxy", .proxyURL, belowFile: ["HTTPS_PROXY", "https_proxy"], needsRestart: true,
                "Proxy that https connections to providers and collectors are tunnelled through (CONNECT). "
                    + "Empty: they are direct, as those by http always are.")?
            .value
        direct = settings.read(
            "no_proxy", .list(allowed: "names, addresses, networks"), default: [], belowFile: ["NO_PROXY", "no_proxy"],
            needsRestart: true,
            "Hosts that are connected to directly all the same: example.com with all below it, .example.com, "
                + "10.0.0.0/8, *. This host always is.")
    }
}

/// Where a proxy is, and how one gets in.
struct EgressProxy: Sendable, Equatable {
    var host: String
    var port: Int
    /// `user:password`, decoded.
    var credentials: Secret?

    /// The same as a header's value (RFC 7617).
    var authorization: Secret? {
        credentials.map { Secret("Basic " + Data($0.reveal().utf8).base64EncodedString()) }
    }
}

extension EgressProxy {
    /// Takes a URL apart, as other programs spell it; the scheme may be missing.
    ///
    /// - Throws: What is wrong with it, without repeating it: there may be a password in it.
    init(url: String) throws(Complaint) {
        var rest = url[...]
        if let scheme = url.firstRange(of: "://") {
            guard url[..<scheme.lowerBound].lowercased() == "http" else {
                throw Complaint("must be the URL of an HTTP proxy: http://[user:password@]host[:port]")
            }
            rest = url[scheme.upperBound...]
        }
        while rest.hasSuffix("/") { rest = rest.dropLast() }
        if let at = rest.lastIndex(of: "@") {
            guard let text = rest[..<at].removingPercentEncoding else {
                throw Complaint("must not hold a % that escapes nothing")
            }
            credentials = Secret(text.contains(":") ? text : text + ":")
            rest = rest[rest.index(after: at)...]
        }
        guard let place = WrittenForm.hostAndPort(rest) else {
            throw Complaint("must name a host, and a port in 1…65535 if any: http://[user:password@]host[:port]")
        }
        (host, port) = (place.host, place.port ?? 80)
    }
}

extension Spelling where Value == EgressProxy {
    /// Where a proxy is. Secret, since a password may be in it.
    fileprivate static var proxyURL: Self {
        let forms = "http://[user:password@]host[:port]"
        var spelling = Spelling("a URL of a proxy", allowed: forms, write: { _ in Secret.writtenMask }) {
            text throws(Complaint) in
            try EgressProxy(url: text)
        }
        spelling.isSecret = true
        return spelling
    }
}
