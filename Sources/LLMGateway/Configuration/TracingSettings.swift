import Foundation

/// `tracing:`, where spans go and which.
struct TracingSettings: Sendable {
    /// The base of a collector's OTLP/HTTP address, without a slash at its end; nil: nothing is traced.
    let endpoint: String?
    /// Further header lines of each export; they may hold the collector's credential.
    let headers: [(name: String, value: Secret)]
    let serviceName: String
    /// nil: nothing is traced.
    let sampling: TraceSampling?

    init(_ settings: Settings) {
        endpoint =
            settings.read(
                "endpoint", .baseURL, default: "", belowFile: ["OTEL_EXPORTER_OTLP_ENDPOINT"],
                "Where spans go: the base of an OTLP/HTTP collector, http://otel-collector:4318. Empty: nowhere."
            ).nonEmpty
        headers = settings.table(
            "headers", .headerSecret, separator: "-", belowFile: ["OTEL_EXPORTER_OTLP_HEADERS"],
            checkingKeys: WrittenForm.headerName,
            "Headers for the collector; their values are treated as secrets."
        ).map { (name: $0.0.lowercased(), value: $0.1) }
        let ratio = settings.read(
            "sample_ratio", .number(0...1), default: 1,
            "Which part of the calls is traced where the client's trace doesn't say: 0 none, 1 all.")
        let alwaysAbove = settings.read(
            "always_above", .duration(.zero ... .seconds(86_400)), default: .seconds(30),
            "Calls that take longer are traced in any case, and so are those that a provider failed.")
        serviceName = settings.read(
            "service_name", .text, default: "llm-gateway", belowFile: ["OTEL_SERVICE_NAME"],
            "What the gateway is called in traces.")
        sampling = endpoint == nil ? nil : TraceSampling(ratio: ratio, alwaysAbove: alwaysAbove)
    }
}

/// The pairs of a variable as OpenTelemetry spells them: `name=value,name=value`, percent-encoded.
enum WrittenPairs {
    static func read(_ text: String) throws(Complaint) -> [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        for part in text.split(separator: ",") {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(sides[0]).trimmed
            if sides.count == 1, name.isEmpty { continue }
            guard sides.count == 2, !name.isEmpty, let value = String(sides[1]).trimmed.removingPercentEncoding else {
                // The text may hold a secret, and is not repeated.
                throw Complaint("must be pairs such as name=value,name=value, percent-encoded")
            }
            pairs.append((name, value))
        }
        return pairs
    }
}
