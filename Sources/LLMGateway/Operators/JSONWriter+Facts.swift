import WireFormats

/// How facts are written for operators: every key is there, null where nothing is known.
extension JSONWriter {
    mutating func fact(_ name: String, _ value: Int?) {
        if let value { field(name, value) } else { null(name) }
    }

    /// - Parameter value: What isn't finite is written as null.
    mutating func fact(_ name: String, _ value: Double?) {
        if let value, value.isFinite { field(name, value) } else { null(name) }
    }

    mutating func fact(_ name: String, _ value: Bool?) {
        if let value { field(name, value) } else { null(name) }
    }

    mutating func fact(_ name: String, _ value: UInt64) { field(name, Int(clamping: value)) }

    /// RFC 3339, in UTC.
    mutating func fact(_ name: String, _ time: WallClock?) {
        nullable(name, time.map { Readiness.timestamp($0.milliseconds) })
    }

    /// In milliseconds, with the digits of microseconds.
    mutating func milliseconds(_ name: String, nanoseconds: Int64?) {
        fact(name, nanoseconds.map { (Double($0) / 1000).rounded() / 1000 })
    }

    /// In seconds, with the digits of milliseconds.
    mutating func seconds(_ name: String, _ duration: Duration?) {
        fact(name, duration.map { ($0 / .milliseconds(1)).rounded() / 1000 })
    }

    mutating func texts(_ name: String, _ texts: [String]) { array(name, texts) { text, json in json.value(text) } }

    /// An amount of money, exactly; null where nobody knows it.
    mutating func dollars(_ name: String, _ cost: Cost?) {
        if let cost { field(name, raw: cost.text.utf8) } else { null(name) }
    }
}
