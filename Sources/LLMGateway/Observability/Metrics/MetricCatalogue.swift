/// Every family there is, for people and for the checks of dashboards and alerts: `llm-gateway metrics`.
struct MetricCatalogue: Sendable, Equatable {
    let entries: [MetricDescriptor]

    /// Columns as wide as their widest cell: name, type, labels, unit, help; a histogram's buckets in a line below it.
    var table: String {
        let header = ["NAME", "TYPE", "LABELS", "UNIT", "HELP"]
        let rows = entries.map { entry in
            [entry.name, entry.kind.rawValue, dash(entry.labels), entry.unit?.name ?? "-", entry.help]
        }
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }

        var text = line(header, widths)
        for (entry, row) in zip(entries, rows) {
            text += line(row, widths)
            if !entry.buckets.isEmpty {
                text += "  buckets: " + entry.buckets.map(written).joined(separator: " ") + "\n"
            }
        }
        return text
    }

    /// An array of objects with `name`, `type`, `labels`, `unit` (null when there is none), `help`, and `buckets` for
    /// histograms. One family a line.
    var json: String {
        let objects = entries.map { entry in
            var fields = [
                "\"name\": \(quoted(entry.name))", "\"type\": \(quoted(entry.kind.rawValue))",
                "\"labels\": [\(entry.labels.map(quoted).joined(separator: ", "))]",
                "\"unit\": \(entry.unit.map { quoted($0.name) } ?? "null")", "\"help\": \(quoted(entry.help))",
            ]
            if entry.kind == .histogram {
                fields.append("\"buckets\": [\(entry.buckets.map(written).joined(separator: ", "))]")
            }
            return "  {\(fields.joined(separator: ", "))}"
        }
        return "[\n\(objects.joined(separator: ",\n"))\n]\n"
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        let padded = zip(cells, widths).map { cell, width in
            cell + String(repeating: " ", count: max(0, width - cell.count))
        }
        var line = padded.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return line + "\n"
    }

    private func dash(_ labels: [String]) -> String { labels.isEmpty ? "-" : labels.joined(separator: ",") }

    private func written(_ bound: Double) -> String {
        Int(exactly: bound).map(String.init) ?? "\(bound)"
    }

    private func quoted(_ text: String) -> String {
        var line = LineBuffer(capacity: text.utf8.count + 2)
        line.appendJSON(text)
        return line.text
    }
}
