import WireFormats

/// The bytes of one line while it is written. Owns its memory; every append checks that there is room.
struct LineBuffer: ~Copyable {
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    private(set) var count = 0

    /// - Parameter capacity: To begin with, in bytes; it grows.
    init(capacity: Int = 1024) {
        self.capacity = max(16, capacity)
        base = Self.allocate(self.capacity)
    }

    deinit { base.deallocate() }

    private static func allocate(_ count: Int) -> UnsafeMutableRawPointer {
        UnsafeMutableRawPointer(UnsafeMutablePointer<UInt8>.allocate(capacity: count))
    }

    /// Calls `body` with what was written so far; the pointer is good for the call only.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        body(UnsafeRawBufferPointer(start: base, count: count))
    }

    var text: String { withBytes { String(decoding: $0, as: UTF8.self) } }

    @inline(__always)
    private mutating func reserve(_ more: Int) {
        if count &+ more > capacity { grow(to: count + more) }
    }

    @inline(never)
    private mutating func grow(to needed: Int) {
        let larger = max(needed, 2 * capacity)
        let moved = Self.allocate(larger)
        moved.copyMemory(from: base, byteCount: count)
        base.deallocate()
        (base, capacity) = (moved, larger)
    }

    @inline(__always)
    mutating func append(byte: UInt8) {
        reserve(1)
        base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count &+= 1
    }

    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        reserve(bytes.count)
        (base + count).copyMemory(from: source, byteCount: bytes.count)
        count &+= bytes.count
    }

    @inline(__always)
    mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Without quotes, and as it is.
    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    // MARK: Numbers

    mutating func append(_ number: Int) {
        if number < 0 { append(byte: UInt8(ascii: "-")) }
        append(digits: UInt64(number.magnitude), atLeast: 1)
    }

    /// Decimal digits, with zeros in front up to `width`, which is 20 at most.
    mutating func append(digits number: UInt64, atLeast width: Int) {
        let longest = 20
        reserve(longest)
        // From the last digit backwards into the spare room, then to the front of it.
        var position = count &+ longest
        var rest = number
        repeat {
            let (tens, digit) = rest.quotientAndRemainder(dividingBy: 10)
            position &-= 1
            base.storeBytes(
                of: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit), toByteOffset: position, as: UInt8.self)
            rest = tens
        } while rest > 0 || count &+ longest &- position < min(width, longest)
        let length = count &+ longest &- position
        (base + count).copyMemory(from: base + position, byteCount: length)
        count &+= length
    }

    /// A JSON number, the shortest that reads back the same; null for what JSON has no number for.
    mutating func append(_ number: Double) {
        guard number.isFinite else { return append("null" as StaticString) }
        append("\(number)")
    }

    /// Milliseconds with three decimals; a JSON number. Precision is a microsecond.
    mutating func append(nanoseconds: Int64) {
        let microseconds = nanoseconds / 1000
        if microseconds < 0 { append(byte: UInt8(ascii: "-")) }
        let (whole, rest) = UInt64(microseconds.magnitude).quotientAndRemainder(dividingBy: 1000)
        append(digits: whole, atLeast: 1)
        append(byte: UInt8(ascii: "."))
        append(digits: rest, atLeast: 3)
    }

    /// In US dollars, exactly and without exponent; a JSON number.
    mutating func append(_ cost: Cost) {
        let (whole, rest) = cost.picodollars.quotientAndRemainder(dividingBy: Cost.picodollarsPerDollar)
        append(whole)
        guard rest > 0 else { return }
        append(byte: UInt8(ascii: "."))
        append(digits: UInt64(rest), atLeast: Cost.fractionDigits)
        while base.load(fromByteOffset: count &- 1, as: UInt8.self) == UInt8(ascii: "0") { count &-= 1 }
    }

    // MARK: Timestamps

    /// RFC 3339 in UTC with milliseconds: `2026-11-21T10:58:01.123Z`. Costs less than guarding a cached one would.
    mutating func append(timestamp time: WallClock) {
        let (days, second) = time.seconds.flooredDivision(by: 86_400)
        // The civil calendar from days, with years that begin in March so that leap days come last
        // (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
        let (era, dayOfEra) = (days + 719_468).flooredDivision(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)

        append(digits: UInt64(max(0, year)), atLeast: 4)
        append(byte: UInt8(ascii: "-"))
        append(twoDigits: month)
        append(byte: UInt8(ascii: "-"))
        append(twoDigits: dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
        append(byte: UInt8(ascii: "T"))
        append(twoDigits: second / 3600)
        append(byte: UInt8(ascii: ":"))
        append(twoDigits: second / 60 % 60)
        append(byte: UInt8(ascii: ":"))
        append(twoDigits: second % 60)
        append(byte: UInt8(ascii: "."))
        append(digits: UInt64(time.nanoseconds / 1_000_000), atLeast: 3)
        append(byte: UInt8(ascii: "Z"))
    }

    @inline(__always)
    private mutating func append(twoDigits number: Int64) {
        append(byte: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number / 10))
        append(byte: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number % 10))
    }

    // MARK: Texts

    /// A JSON string, quoted and escaped.
    mutating func appendJSON(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            let bytes = UnsafeRawBufferPointer(utf8)
            reserve(bytes.count + 2)
            append(byte: UInt8(ascii: "\""))
            JSONEscape.write(bytes) { append($0) }
            append(byte: UInt8(ascii: "\""))
        }
    }

    /// As people read it: bare where that is unmistakable, else as JSON writes it.
    mutating func appendReadable(_ text: String) {
        let isBare = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3D && $0 != 0x7F }
        if isBare { append(text) } else { appendJSON(text) }
    }
}

extension Int64 {
    /// Rounds down, so that days before 1970 have hours from 0 to 23 too.
    fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
