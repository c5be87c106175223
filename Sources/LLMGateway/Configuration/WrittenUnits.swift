/// Durations as people write them: a number and a unit.
enum WrittenDuration {
    private static let units: [(suffix: String, milliseconds: Double)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000),
    ]

    /// `250ms`, `5s`, `1.5s`, `2m`, `1h`, or a bare `0`; whole milliseconds. Nil for anything else.
    static func read(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        guard let unit = units.first(where: { text.hasSuffix($0.suffix) }) else { return nil }
        let digits = text.dropLast(unit.suffix.count)
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }),
            let number = Double(String(digits)), number * unit.milliseconds < 1e15
        else { return nil }
        return .milliseconds(Int64((number * unit.milliseconds).rounded()))
    }

    /// The way that people would write it: below an hour in seconds, whole hours in hours, else in milliseconds.
    static func write(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        if attoseconds != 0 { return "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)ms" }
        return seconds >= 3600 && seconds % 3600 == 0 ? "\(seconds / 3600)h" : "\(seconds)s"
    }
}

/// Numbers of bytes as people write them.
enum WrittenSize {
    private static let units: [(suffix: String, bytes: Int)] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]

    /// `512KiB`, `32MiB`, `1GiB`, or bytes. Nil for anything else, and for more than `Int.max`.
    static func read(_ text: String) -> Int? {
        let unit = units.first { text.hasSuffix($0.suffix) }
        let digits = text.dropLast(unit?.suffix.count ?? 0)
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits) else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit?.bytes ?? 1)
        return overflow ? nil : bytes
    }

    /// In the largest unit that divides it.
    static func write(_ bytes: Int) -> String {
        guard let unit = units.first(where: { bytes >= $0.bytes && bytes % $0.bytes == 0 }) else { return "\(bytes)" }
        return "\(bytes / unit.bytes)\(unit.suffix)"
    }
}
