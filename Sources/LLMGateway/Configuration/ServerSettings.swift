/// `server:`, the proxy port and the connections to it.
struct ServerSettings: Sendable {
    let host: String
    let port: Int
    /// Event loops; 0: one per core.
    let threads: Int
    /// Bytes.
    let maxBodyBytes: Int
    let maxConnections: Int
    let headerTimeout: Duration
    let bodyTimeout: Duration
    let keepAliveTimeout: Duration
    /// Zero: none.
    let streamKeepAlive: Duration
    let drainDelay: Duration
    let shutdownGrace: Duration
    /// Addresses and networks, as written and checked: `10.0.0.0/8`.
    let trustedProxies: [String]
    /// Nil: plain HTTP.
    let tls: TLS?
    let cors: CORS

    /// `server.tls`: both files, in PEM.
    struct TLS: Sendable, Equatable {
        let certificateFile: String
        let keyFile: String
    }

    /// `server.cors`. No origins: no CORS headers. `*` never comes together with credentials.
    struct CORS: Sendable, Equatable {
        let origins: [String]
        let credentials: Bool
    }

    init(_ settings: Settings) {
        let second = Duration.seconds(1)
        let day = Duration.seconds(86_400)
        host = settings.read(
            "host", .host, default: "127.0.0.1", aboveFile: ["GATEWAY_HOST"], needsRestart: true,
            "Address that the proxy port listens on. Containers set 0.0.0.0.")
        port = settings.read(
            "port", .port, default: 8080, aboveFile: ["PROXY_PORT", "GATEWAY_PORT"], needsRestart: true,
            "The proxy port. 0 takes a free one.")
        threads = settings.read(
            "threads", .integer(0...1024), default: 0, needsRestart: true, "Event loops. 0: one per core.")
        maxBodyBytes = settings.read(
            "max_body_bytes", .size(1024...(4 << 30)), default: 32 << 20, needsRestart: true,
            "A longer request body is refused with 413.")
        maxConnections = settings.read(
            "max_connections", .integer(1...10_000_000), default: 20_000, needsRestart: true,
            "Beyond it new connections wait in the kernel's backlog, and beyond two thirds of the limit of open files.")
        headerTimeout = settings.read(
            "header_timeout", .duration(.milliseconds(1)...day), default: second * 10, needsRestart: true,
            "Time for a whole request head to come in.")
        bodyTimeout = settings.read(
            "body_timeout", .duration(.milliseconds(1)...day), default: second * 60, needsRestart: true,
            "Longest time between two reads of a request body.")
        keepAliveTimeout = settings.read(
            "keep_alive_timeout", .duration(.milliseconds(1)...day), default: second * 75, needsRestart: true,
            "An idle connection is closed after it.")
        streamKeepAlive = settings.read(
            "stream_keep_alive", .duration(.zero...day), default: second * 15,
            "While an upstream is silent, a streaming client gets a sign of life this often. 0: none.")
        drainDelay = settings.read(
            "drain_delay", .duration(.zero...day), default: .zero,
            "After SIGTERM, time in which requests are still served while /ready already says 503.")
        shutdownGrace = settings.read(
            "shutdown_grace", .duration(.zero...day), default: second * 30,
            "Time that requests in flight have to finish after that.")
        trustedProxies = settings.read(
            "trusted_proxies", .list(allowed: "addresses, networks", each: WrittenForm.network), default: [],
            "Networks whose x-forwarded-for is believed for per-IP limits and logs.")
        tls = Self.tls(settings.section("tls"))
        cors = Self.cors(settings.section("cors"))
    }

    private static func tls(_ settings: Settings) -> TLS? {
        let certificate = settings.read(
            "certificate_file", .text, default: "", needsRestart: true,
            "Certificate chain of the proxy port, PEM. With key_file it turns TLS on.")
        let key = settings.read(
            "key_file", .text, default: "", needsRestart: true, "The certificate's private key, PEM.")
        if certificate.isEmpty, !key.isEmpty {
            settings.complain("key_file", "needs server.tls.certificate_file beside it")
        }
        if key.isEmpty, !certificate.isEmpty {
            settings.complain("certificate_file", "needs server.tls.key_file beside it")
        }
        return certificate.isEmpty || key.isEmpty ? nil : TLS(certificateFile: certificate, keyFile: key)
    }

    private static func cors(_ settings: Settings) -> CORS {
        let cors = CORS(
            origins: settings.read(
                "origins", .list(allowed: "* or origins", each: WrittenForm.corsOrigin), default: [],
                aboveFile: ["GATEWAY_CORS_ORIGIN"],
                "Origins of browser pages that may call the gateway. [\"*\"] allows all."),
            credentials: settings.read(
                "credentials", .flag, default: false,
                "Let these pages send cookies and authorization. Never together with \"*\"."))
        if cors.credentials, cors.origins.contains("*") {
            settings.complain("credentials", "can't be true while server.cors.origins allows every origin (*)")
        }
        return cors
    }
}

/// `metrics:`, the metrics port and what is on it.
struct MetricsSettings: Sendable {
    let host: String
    let port: Int
    let onProxyPort: Bool
    /// Series in one family; what is over goes to a series called `other`.
    let maxSeries: Int

    init(_ settings: Settings) {
        host = settings.read(
            "host", .host, default: "127.0.0.1", needsRestart: true,
            "Address that the metrics port listens on. Containers set 0.0.0.0.")
        port = settings.read(
            "port", .port, default: 9090, aboveFile: ["METRICS_PORT"], needsRestart: true,
            "The metrics port: /metrics, /health, /ready. 0 takes a free one.")
        onProxyPort = settings.read(
            "on_proxy_port", .flag, default: false, "Serve /metrics on the proxy port too.")
        maxSeries = settings.read(
            "max_series", .integer(1...1_000_000), default: 10_000, needsRestart: true,
            "Series in one metric family; what is over goes to a series called other, and is counted.")
    }
}
