import Foundation

/// What a scrape showed: every sample with its labels.
struct Samples {
    let all: [(name: String, labels: [String: String], value: Double)]

    /// Reads the text exposition; label values hold no escaped quotes here.
    init(_ text: String) {
        all = text.split(separator: "\n").compactMap { line in
            guard !line.hasPrefix("#") else { return nil }
            let series: Substring
            var labels: [String: String] = [:]
            let rest: Substring
            if let open = line.firstIndex(of: "{"), let close = line.lastIndex(of: "}") {
                series = line[..<open]
                rest = line[line.index(after: close)...]
                for pair in line[line.index(after: open)..<close].components(separatedBy: "\",") {
                    let parts = pair.split(separator: "=", maxSplits: 1)
                    guard parts.count == 2 else { continue }
                    labels[String(parts[0])] = parts[1].trimmingCharacters(in: ["\""])
                }
            } else {
                let parts = line.split(separator: " ", maxSplits: 1)
                guard parts.count == 2 else { return nil }
                (series, rest) = (parts[0], parts[1])
            }
            guard let value = rest.split(separator: " ").first.flatMap({ Double($0) }) else { return nil }
            return (String(series), labels, value)
        }
    }

    /// The sum over the series of this name that have these labels; 0 when there is none.
    func sum(_ name: String, _ labels: [String: String] = [:]) -> Double {
        matching(name, labels).reduce(0) { $0 + $1.value }
    }

    /// The least value among the series of this name; 0 when there is none.
    func least(_ name: String) -> Double { matching(name, [:]).map(\.value).min() ?? 0 }

    func has(_ name: String, _ labels: [String: String] = [:]) -> Bool { !matching(name, labels).isEmpty }

    private func matching(
        _ name: String, _ labels: [String: String]
    ) -> [(name: String, labels: [String: String], value: Double)] {
        all.filter { sample in sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value } }
    }
}
