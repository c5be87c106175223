/// Moments as people and programs write them (RFC 3339): `2027-01-31T18:00:00Z`, `2027-01-31T18:00:00.5+01:00`.
enum WrittenTime {
    /// - Returns: Seconds since 1970, fractions dropped; nil for anything else.
    static func read(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20 else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            var number = 0
            for byte in bytes[range] {
                guard (0x30...0x39).contains(byte) else { return nil }
                number = number * 10 + Int(byte - 0x30)
            }
            return number
        }
        func isThere(_ signs: String, at offset: Int) -> Bool { signs.utf8.contains(bytes[offset]) }
        guard let year = number(0..<4), isThere("-", at: 4), let month = number(5..<7), isThere("-", at: 7),
            let day = number(8..<10), isThere("Tt ", at: 10), let hour = number(11..<13), isThere(":", at: 13),
            let minute = number(14..<16), isThere(":", at: 16), let second = number(17..<19),
            (1...12).contains(month), hour < 24, minute < 60, second <= 60
        else { return nil }
        let days = CivilDate(year: year, month: month, day: day).daysSinceEpoch
        // A day that the month doesn't have is one of the next.
        guard CivilDate(daysSinceEpoch: days) == CivilDate(year: year, month: month, day: day) else { return nil }

        var rest = bytes[19...]
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
            guard !digits.isEmpty else { return nil }
            rest = rest[digits.endIndex...]
        }
        guard let offset = offset(rest.startIndex, in: bytes, number) else { return nil }
        return Int64(days * 86_400 + hour * 3600 + minute * 60 + second - offset)
    }

    /// How far the zone is ahead of UTC, in seconds.
    private static func offset(_ start: Int, in bytes: [UInt8], _ number: (Range<Int>) -> Int?) -> Int? {
        guard start < bytes.count else { return nil }
        let sign = bytes[start]
        if sign | 0x20 == UInt8(ascii: "z") { return bytes.count == start + 1 ? 0 : nil }
        guard bytes.count == start + 6, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
            let hours = number(start + 1..<start + 3), bytes[start + 3] == UInt8(ascii: ":"),
            let minutes = number(start + 4..<start + 6), hours < 24, minutes < 60
        else { return nil }
        return (hours * 60 + minutes) * (sign == UInt8(ascii: "-") ? -60 : 60)
    }

    /// In UTC: `2027-01-31T18:00:00Z`.
    ///
    /// - Parameter seconds: Since 1970.
    static func write(_ seconds: Int64) -> String {
        let ofDay = Int((seconds % 86_400 + 86_400) % 86_400)
        let date = CivilDate(daysSinceEpoch: (Int(seconds) - ofDay) / 86_400)
        func padded(_ number: Int, _ width: Int = 2) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let time = [ofDay / 3600, ofDay / 60 % 60, ofDay % 60].map { padded($0) }.joined(separator: ":")
        return "\(padded(date.year, 4))-\(padded(date.month))-\(padded(date.day))T\(time)Z"
    }
}

extension Spelling where Value == Int64 {
    /// A moment, in seconds since 1970.
    static var time: Self {
        let kind = "a time such as 2027-01-31T18:00:00Z"
        return Spelling(kind, allowed: "RFC 3339", write: WrittenTime.write) { text throws(Complaint) in
            guard let time = WrittenTime.read(text) else { throw Complaint("must be \(kind), not '\(text)'") }
            return time
        }
    }
}
