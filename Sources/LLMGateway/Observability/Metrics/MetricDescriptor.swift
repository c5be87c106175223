/// What a family is called and means: one entry of the catalogue.
struct MetricDescriptor: Sendable, Equatable {
    /// As exposed in the Prometheus text format; a counter's ends with `_total`.
    let name: String
    let kind: MetricKind
    /// What one counts, or the base unit of what is measured.
    let unit: MetricUnit?
    /// One or two sentences; says whether requests, attempts or cache hits are counted.
    let help: String
    /// Label names, in the order in which they are exposed.
    let labels: [String]
    /// Upper bounds of a histogram's buckets, rising, without the infinite one. Empty for other kinds.
    let buckets: [Double]

    init(
        _ name: String, _ kind: MetricKind, unit: MetricUnit? = nil, help: String, labels: [String] = [],
        buckets: [Double] = []
    ) {
        (self.name, self.kind, self.unit, self.help) = (name, kind, unit, help)
        (self.labels, self.buckets) = (labels, buckets)
    }

    /// The family's name in OpenMetrics, where `_total` belongs to a counter's sample and not to the family.
    var openMetricsName: Substring {
        kind == .counter && name.hasSuffix("_total") ? name.dropLast("_total".count) : name[...]
    }
}

enum MetricKind: String, Sendable {
    case counter, gauge, histogram
}

/// A unit as OpenMetrics spells it. `requests`, `tokens` and the like say what a counter counts.
struct MetricUnit: Sendable, Equatable, ExpressibleByStringLiteral {
    let name: String

    init(stringLiteral name: String) { self.name = name }

    static let seconds: MetricUnit = "seconds"
    static let bytes: MetricUnit = "bytes"
}

/// The labels of a family, as a type: a call site can't invent a name, nor forget a value.
protocol MetricLabels: Hashable, Sendable {
    static var names: [String] { get }
    /// As many as there are names, in the same order.
    var values: [String] { get }
    /// How many series a family by these can have; more than that only where upstreams invent statuses.
    static func most(in extent: SeriesExtent) -> Int
}

/// The labels of a family that has one series.
struct NoLabels: MetricLabels {
    static let names: [String] = []
    var values: [String] { [] }
    static func most(in extent: SeriesExtent) -> Int { 1 }
}

/// Writes labels as both exposition formats spell them: `name="value",…`.
enum LabelText {
    static func make(_ names: [String], _ values: [String]) -> String {
        precondition(names.count == values.count, "one value per label")
        return zip(names, values).map { "\($0)=\"\(escaped($1))\"" }.joined(separator: ",")
    }

    /// The series that takes what a full family refuses.
    static func overflow(_ names: [String]) -> String {
        make(names, names.map { _ in "other" })
    }

    private static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\"") || $0 == 0x0A })
        else { return value }
        var written = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": written += #"\\"#
            case "\"": written += #"\""#
            case "\n": written += #"\n"#
            default: written.unicodeScalars.append(scalar)
            }
        }
        return written
    }
}
