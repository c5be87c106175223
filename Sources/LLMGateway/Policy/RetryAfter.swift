/// What an upstream asks for when it says "not now".
enum RetryAfter {
    /// The longest delay that is believed; more is taken as this. A daily quota needs no more.
    static let longest: Duration = .seconds(86_400)

    /// The delay that an answer's headers ask for.
    ///
    /// `retry-after-ms` is the more exact one, and wins. A time that has passed is a delay of zero.
    ///
    /// - Parameters:
    ///   - retryAfter: `retry-after`: seconds (a fraction is understood) or an HTTP date in any of its three forms.
    ///   - retryAfterMilliseconds: `retry-after-ms`.
    ///   - now: Seconds since 1970; only dates need it.
    /// - Returns: 0...``longest``; nil when neither header is there and makes sense.
    static func delay(retryAfter: String?, retryAfterMilliseconds: String? = nil, now: Int64) -> Duration? {
        if let milliseconds = retryAfterMilliseconds.flatMap(number) { return bounded(seconds: milliseconds / 1000) }
        guard let retryAfter else { return nil }
        if let seconds = number(retryAfter) { return bounded(seconds: seconds) }
        return httpDate(retryAfter).map { bounded(seconds: Double($0 - now)) }
    }

    private static func bounded(seconds: Double) -> Duration {
        seconds >= 86_400 ? longest : .milliseconds(Int64(max(0, seconds) * 1000))
    }

    /// A decimal number without sign or exponent.
    private static func number(_ text: String) -> Double? {
        let trimmed = text.utf8.drop { $0 == 0x20 || $0 == 0x09 }
        let digits = trimmed.prefix { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        guard (0x30...0x39).contains(digits.first ?? 0) else { return nil }
        guard trimmed.dropFirst(digits.count).allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else { return nil }
        return Double(Substring(digits))
    }

    /// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` or
    /// `Sun Nov  6 08:49:37 1994` (RFC 9110, section 5.6.7); nil for anything else.
    private static func httpDate(_ text: String) -> Int64? {
        let words = text.split { $0 == " " || $0 == "-" || $0 == "," }
        guard words.count >= 5 else { return nil }
        // Only asctime's form puts the month before the day.
        let monthFirst = month(words[1]) != nil
        let (dayWord, monthWord) = monthFirst ? (words[2], words[1]) : (words[1], words[2])
        let (yearWord, timeWord) = monthFirst ? (words[4], words[3]) : (words[3], words[4])

        let time = timeWord.split(separator: ":", omittingEmptySubsequences: false).map { small($0) }
        guard let day = small(dayWord), (1...31).contains(day), let month = month(monthWord),
            let year = year(yearWord),
            time.count == 3, let hour = time[0], hour < 24, let minute = time[1], minute < 60,
            let second = time[2], second <= 60
        else { return nil }
        let days = CivilDate(year: year, month: month, day: day).daysSinceEpoch
        return Int64(((days * 24 + hour) * 60 + minute) * 60 + second)
    }

    private static func month(_ word: Substring) -> Int? {
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return names.firstIndex { $0 == word }.map { $0 + 1 }
    }

    /// Four digits, or two: those below 70 are of this century.
    private static func year(_ word: Substring) -> Int? {
        guard let year = small(word) else { return nil }
        if word.utf8.count == 4 { return year }
        return word.utf8.count == 2 ? year + (year < 70 ? 2000 : 1900) : nil
    }

    /// At most four digits.
    private static func small(_ word: Substring) -> Int? {
        guard word.utf8.count <= 4, word.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(word)
    }
}
