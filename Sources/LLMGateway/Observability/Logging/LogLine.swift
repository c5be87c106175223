import Logging

/// One line of the log while it is written, in either format.
struct LogLine: ~Copyable {
    var buffer = LineBuffer()
    private let format: LogOutput.Format

    init(_ format: LogOutput.Format) { self.format = format }

    mutating func begin(at time: WallClock, _ level: Logger.Level, _ message: String) {
        switch format {
        case .json:
            buffer.append(#"{"ts":""# as StaticString)
            buffer.append(timestamp: time)
            buffer.append(#"","level":""# as StaticString)
            buffer.append(level.word)
            buffer.append(#"","msg":"# as StaticString)
            buffer.appendJSON(message)
        case .text:
            buffer.append(timestamp: time)
            buffer.append(byte: UInt8(ascii: " "))
            buffer.append(level.word)
            // As wide as the widest but one, so that messages stand in a column.
            for _ in level.word.utf8CodeUnitCount..<max(8, level.word.utf8CodeUnitCount + 1) {
                buffer.append(byte: UInt8(ascii: " "))
            }
            buffer.append(message.contains("\n") ? message.replacing("\n", with: "\\n") : message)
        }
    }

    mutating func end() {
        if format == .json { buffer.append(byte: UInt8(ascii: "}")) }
        buffer.append(byte: UInt8(ascii: "\n"))
    }

    // MARK: Fields. What is absent is null in JSON and left out for people.
    // Never inlined: a request's line has some thirty, and the instruction cache has other things to hold.

    @inline(never)
    mutating func field(_ key: StaticString, _ value: String?) {
        guard begin(key, isPresent: value != nil), let value else { return }
        text(value)
    }

    @inline(never)
    mutating func field(_ key: StaticString, _ value: Int?) {
        guard begin(key, isPresent: value != nil), let value else { return }
        buffer.append(value)
    }

    @inline(never)
    mutating func field(_ key: StaticString, _ value: Double?) {
        guard begin(key, isPresent: value != nil), let value else { return }
        buffer.append(value)
    }

    /// In US dollars.
    @inline(never)
    mutating func field(_ key: StaticString, _ value: Cost?) {
        guard begin(key, isPresent: value != nil), let value else { return }
        buffer.append(value)
    }

    @inline(never)
    mutating func field(_ key: StaticString, _ value: Bool) {
        _ = begin(key, isPresent: true)
        word(value)
    }

    /// In milliseconds.
    @inline(never)
    mutating func field(_ key: StaticString, nanoseconds value: Int64?) {
        guard begin(key, isPresent: value != nil), let value else { return }
        buffer.append(nanoseconds: value)
    }

    @inline(never)
    mutating func field(_ key: StaticString, _ values: [String]) {
        guard begin(key, isPresent: format == .json || !values.isEmpty) else { return }
        if format == .json { buffer.append(byte: UInt8(ascii: "[")) }
        for (position, value) in values.enumerated() {
            if position > 0 { buffer.append(byte: UInt8(ascii: ",")) }
            text(value)
        }
        if format == .json { buffer.append(byte: UInt8(ascii: "]")) }
    }

    /// Metadata under a name that isn't the gateway's choice. The line's own names keep their meaning: the metadata's
    /// get an underscore in front.
    mutating func field(named key: String, _ value: Logger.MetadataValue) {
        let key = ["ts", "level", "msg", "logger", "error"].contains(key) ? "_" + key : key
        switch format {
        case .json:
            buffer.append(byte: UInt8(ascii: ","))
            buffer.appendJSON(key)
            buffer.append(byte: UInt8(ascii: ":"))
            json(value)
        case .text:
            buffer.append(byte: UInt8(ascii: " "))
            buffer.append(key)
            buffer.append(byte: UInt8(ascii: "="))
            buffer.appendReadable("\(value)")
        }
    }

    /// Writes the key, and null for an absent value.
    @inline(__always)
    private mutating func begin(_ key: StaticString, isPresent: Bool) -> Bool {
        if format == .json {
            buffer.append(#",""# as StaticString)
            buffer.append(key)
            buffer.append(#"":"# as StaticString)
            if !isPresent { buffer.append("null" as StaticString) }
        } else if isPresent {
            buffer.append(byte: UInt8(ascii: " "))
            buffer.append(key)
            buffer.append(byte: UInt8(ascii: "="))
        }
        return isPresent
    }

    @inline(__always)
    private mutating func text(_ value: String) {
        if format == .json { buffer.appendJSON(value) } else { buffer.appendReadable(value) }
    }

    private mutating func word(_ value: Bool) {
        buffer.append(value ? "true" as StaticString : "false")
    }

    private mutating func json(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text):
            buffer.appendJSON(text)
        case .stringConvertible(let number as Int):
            buffer.append(number)
        case .stringConvertible(let number as Double):
            buffer.append(number)
        case .stringConvertible(let truth as Bool):
            word(truth)
        case .stringConvertible(let other):
            buffer.appendJSON(other.description)
        case .array(let values):
            buffer.append(byte: UInt8(ascii: "["))
            for (position, value) in values.enumerated() {
                if position > 0 { buffer.append(byte: UInt8(ascii: ",")) }
                json(value)
            }
            buffer.append(byte: UInt8(ascii: "]"))
        case .dictionary(let values):
            buffer.append(byte: UInt8(ascii: "{"))
            for (position, entry) in values.sorted(by: { $0.key < $1.key }).enumerated() {
                if position > 0 { buffer.append(byte: UInt8(ascii: ",")) }
                buffer.appendJSON(entry.key)
                buffer.append(byte: UInt8(ascii: ":"))
                json(entry.value)
            }
            buffer.append(byte: UInt8(ascii: "}"))
        }
    }
}
