/// Dates as HTTP writes them (RFC 9110, 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`, always 29 bytes.
struct HTTPDate: Equatable, Sendable {
    /// Seconds since 1970-01-01 00:00:00 UTC. What can be written is the years 0 to 9999; beyond them, the nearest date.
    let unixSeconds: Int

    /// Bytes of a date.
    static let length = 29

    init(unixSeconds: Int) { self.unixSeconds = min(max(unixSeconds, -62_167_219_200), 253_402_300_799) }

    /// Reads the one form that is still generated; nil for the two obsolete ones and for anything else. The weekday is not compared.
    init?(_ text: UnsafeRawBufferPointer) {
        guard text.count == Self.length, text[3...4].elementsEqual(", ".utf8), text[25...].elementsEqual(" GMT".utf8),
            text[7] == 0x20, text[11] == 0x20, text[16] == 0x20,
            text[19] == UInt8(ascii: ":"), text[22] == UInt8(ascii: ":"),
            let month = (0..<12).first(where: { text[8...10].elementsEqual(Self.name($0, of: Self.months)) }),
            let day = Self.number(text, 5...6), let year = Self.number(text, 12...15),
            let hour = Self.number(text, 17...18), let minute = Self.number(text, 20...21),
            let second = Self.number(text, 23...24),
            1...31 ~= day, hour < 24, minute < 60, second <= 60
        else { return nil }
        let days = Self.days(year: year, month: month + 1, day: day)
        self.init(unixSeconds: days * 86_400 + hour * 3600 + minute * 60 + second)
    }

    /// The text; made once a second and kept by whoever sends it.
    var text: String {
        withUnsafeTemporaryAllocation(byteCount: Self.length, alignment: 1) { memory in
            var writer = HeadWriter(into: memory)
            write(to: &writer)
            return String(decoding: UnsafeRawBufferPointer(memory), as: UTF8.self)
        }
    }

    /// Writes the text, 29 bytes.
    func write(to writer: inout HeadWriter) {
        // Euclidean division: dates before 1970 count too.
        let second = (unixSeconds % 86_400 + 86_400) % 86_400
        let dayNumber = (unixSeconds - second) / 86_400
        let (year, month, day) = Self.civil(dayNumber)
        for byte in Self.name((dayNumber % 7 + 11) % 7, of: Self.weekdays) { writer.byte(byte) }
        writer.bytes(", ")
        Self.twoDigits(day, &writer)
        writer.byte(FieldGrammar.space)
        for byte in Self.name(month - 1, of: Self.months) { writer.byte(byte) }
        writer.byte(FieldGrammar.space)
        Self.twoDigits(year / 100, &writer)
        Self.twoDigits(year % 100, &writer)
        writer.byte(FieldGrammar.space)
        Self.twoDigits(second / 3600, &writer)
        writer.byte(UInt8(ascii: ":"))
        Self.twoDigits(second / 60 % 60, &writer)
        writer.byte(UInt8(ascii: ":"))
        Self.twoDigits(second % 60, &writer)
        writer.bytes(" GMT")
    }

    private static let weekdays: StaticString = "SunMonTueWedThuFriSat"
    private static let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"

    private static func name(_ index: Int, of names: StaticString) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: names.utf8Start + index * 3, count: 3)
    }

    private static func twoDigits(_ number: Int, _ writer: inout HeadWriter) {
        writer.byte(UInt8(truncatingIfNeeded: number / 10) &+ 0x30)
        writer.byte(UInt8(truncatingIfNeeded: number % 10) &+ 0x30)
    }

    private static func number(_ text: UnsafeRawBufferPointer, _ digits: ClosedRange<Int>) -> Int? {
        FieldSection.decimal(UnsafeRawBufferPointer(rebasing: text[digits]))
    }

    /// Days since 1970-01-01 to a date of the Gregorian calendar. Years begin in March here, so that the leap day comes last; an era
    /// is the 400 years (146,097 days) after which the calendar repeats itself.
    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let sinceYear0 = days + 719_468
        let era = (sinceYear0 >= 0 ? sinceYear0 : sinceYear0 - 146_096) / 146_097
        let dayOfEra = sinceYear0 - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        let year = yearOfEra + era * 400
        return month < 10 ? (year, month + 3, day) : (year + 1, month - 9, day)
    }

    /// The inverse of ``civil(_:)``.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
