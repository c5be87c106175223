/// How a scrape is written: Prometheus text 0.0.4, or OpenMetrics 1.0.0.
enum ExpositionFormat: Sendable, Equatable {
    case prometheusText
    case openMetrics

    /// Chooses by the `accept` header. OpenMetrics must be asked for by name, and not less than plain text is;
    /// whoever accepts neither gets the text all the same, because a scrape in an odd format beats none.
    init(accept: String?) {
        var openMetrics = Preference()
        var text = Preference()
        for range in (accept ?? "").split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.trimmed.lowercased() }
            let parameters = parts.dropFirst().map { $0.split(separator: "=", maxSplits: 1).map(\.trimmed) }
            let version = parameters.first { $0.first == "version" }?.last
            let quality = parameters.first { $0.first == "q" }?.last.flatMap { Double($0) } ?? 1

            switch parts.first {
            case "application/openmetrics-text" where version == nil || version == "1.0.0":
                openMetrics.offer(quality, rank: 3)
            case "text/plain" where version == nil || version == "0.0.4":
                text.offer(quality, rank: 3)
            case "application/*":
                openMetrics.offer(quality, rank: 2)
            case "text/*":
                text.offer(quality, rank: 2)
            case "*/*":
                text.offer(quality, rank: 1)
            default:
                break
            }
        }
        self = openMetrics.quality > 0 && openMetrics.quality >= text.quality ? .openMetrics : .prometheusText
    }

    /// The quality of the most specific range that matches.
    private struct Preference {
        private(set) var quality = 0.0
        private var rank = 0

        mutating func offer(_ quality: Double, rank: Int) {
            guard rank >= self.rank else { return }
            self.quality = rank > self.rank ? quality : max(quality, self.quality)
            self.rank = rank
        }
    }

    var contentType: String {
        switch self {
        case .prometheusText: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    /// Writes the families in their order.
    func write(_ families: [FamilyReading]) -> [UInt8] {
        var writer = ExpositionWriter(format: self)
        for family in families { writer.write(family) }
        if self == .openMetrics { writer.end() }
        return writer.bytes
    }
}

private struct ExpositionWriter {
    let format: ExpositionFormat
    private(set) var bytes: [UInt8] = []

    init(format: ExpositionFormat) {
        self.format = format
        bytes.reserveCapacity(64 * 1024)
    }

    mutating func write(_ family: FamilyReading) {
        let descriptor = family.descriptor
        let name = format == .openMetrics ? String(descriptor.openMetricsName) : descriptor.name
        put("# HELP ", name, " ", escapedHelp(descriptor.help), "\n")
        put("# TYPE ", name, " ", descriptor.kind.rawValue, "\n")
        // OpenMetrics demands that the name ends with its unit.
        if format == .openMetrics, let unit = descriptor.unit, name.hasSuffix("_\(unit.name)") {
            put("# UNIT ", name, " ", unit.name, "\n")
        }
        let bounds = descriptor.buckets.map { "le=\"\($0)\"} " } + ["le=\"+Inf\"} "]
        for series in family.series {
            switch series.reading {
            case .whole(let value):
                begin(descriptor.name, "", series.labels)
                end(value)
            case .decimal(let value):
                begin(descriptor.name, "", series.labels)
                end(value)
            case .histogram(let histogram):
                write(histogram, descriptor.name, series.labels, bounds)
            }
        }
    }

    mutating func end() { put("# EOF\n") }

    private mutating func write(
        _ histogram: HistogramReading, _ name: String, _ labels: String, _ bounds: [String]
    ) {
        // A scrape is mostly lines of buckets: all of a series' begin alike.
        let beginning = Array("\(name)_bucket{\(labels)\(labels.isEmpty ? "" : ",")".utf8)
        var cumulative: UInt64 = 0
        for (position, bound) in bounds.enumerated() {
            cumulative &+= histogram.counts[position]
            bytes.append(contentsOf: beginning)
            put(bound)
            put(cumulative)
            if format == .openMetrics, position < histogram.exemplars.count,
                let exemplar = histogram.exemplars[position]
            {
                put(" # {", LabelText.make(["trace_id"], [exemplar.traceID]), "} ")
                put(number(exemplar.value), " ", number(exemplar.time))
            }
            put("\n")
        }
        begin(name, "_sum", labels)
        end(histogram.sum)
        begin(name, "_count", labels)
        end(cumulative)  // of the same cells, so it equals the infinite bucket
    }

    /// A sample's name and labels.
    private mutating func begin(_ name: String, _ suffix: String, _ labels: String) {
        put(name)
        put(suffix)
        if labels.isEmpty { return put(" ") }
        put("{")
        put(labels)
        put("} ")
    }

    private mutating func end(_ value: UInt64) {
        put(value)
        put("\n")
    }

    private mutating func end(_ value: Double) {
        put(number(value))
        put("\n")
    }

    private mutating func put(_ value: UInt64) {
        // Most series of most scrapes.
        if value < 10 { bytes.append(UInt8(ascii: "0") + UInt8(value)) } else { put("\(value)") }
    }

    private mutating func put(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func put(_ pieces: String...) { for piece in pieces { put(piece) } }

    private func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 { return "\(whole)" }
        return "\(value)"
    }

    private func escapedHelp(_ help: String) -> String {
        var written = ""
        for scalar in help.unicodeScalars {
            switch scalar {
            case "\\": written += #"\\"#
            case "\n": written += #"\n"#
            case "\"" where format == .openMetrics: written += #"\""#
            default: written.unicodeScalars.append(scalar)
            }
        }
        return written
    }
}

extension StringProtocol {
    /// Without the spaces and tabs around it.
    fileprivate var trimmed: SubSequence {
        var rest = self[...]
        while rest.first == " " || rest.first == "\t" { rest.removeFirst() }
        while rest.last == " " || rest.last == "\t" { rest.removeLast() }
        return rest
    }
}
