import Testing

@testable import LLMGateway

@Suite struct RetryAfterTests {
    /// Sun, 06 Nov 1994 08:49:37 GMT.
    let now: Int64 = 784_111_777

    @Test(arguments: [
        ("0", Duration.zero), ("2", .seconds(2)), ("1.5", .milliseconds(1500)), (" 30 ", .seconds(30)),
        ("99999999999999999999", .seconds(86_400)), ("86401", .seconds(86_400)),
    ])
    func `seconds are understood, up to a day`(text: String, expected: Duration) {
        #expect(RetryAfter.delay(retryAfter: text, now: now) == expected)
    }

    @Test(arguments: [
        "Sun, 06 Nov 1994 08:50:07 GMT", "Sunday, 06-Nov-94 08:50:07 GMT", "Sun Nov  6 08:50:07 1994",
    ])
    func `so are all three forms of HTTP dates`(date: String) {
        #expect(RetryAfter.delay(retryAfter: date, now: now) == .seconds(30))
    }

    @Test func `a date that has passed is no delay`() {
        #expect(RetryAfter.delay(retryAfter: "Sun, 06 Nov 1994 08:49:36 GMT", now: now) == .zero)
        #expect(RetryAfter.delay(retryAfter: "Wed, 01 Jan 9999 00:00:00 GMT", now: now) == RetryAfter.longest)
        #expect(RetryAfter.delay(retryAfter: "Sat, 31 Dec 2016 23:59:60 GMT", now: 1_483_228_799) == .seconds(1))
    }

    @Test func `milliseconds are the more exact, and win`() {
        #expect(RetryAfter.delay(retryAfter: "2", retryAfterMilliseconds: "1234.5", now: now) == .milliseconds(1234))
        #expect(RetryAfter.delay(retryAfter: "2", retryAfterMilliseconds: "soon", now: now) == .seconds(2))
        #expect(RetryAfter.delay(retryAfter: nil, retryAfterMilliseconds: "5", now: now) == .milliseconds(5))
    }

    @Test(arguments: [
        "", "-1", "+1", "soon", "1e9", "nan", "inf", "1 2", "1.2.3", "Sun, 32 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Foo 1994 08:49:37 GMT",
        "Sun, 06 Nov 12345 08:49:37 GMT", "a b c d e f",
    ])
    func `what makes no sense is as if it weren't there`(text: String) {
        #expect(RetryAfter.delay(retryAfter: text, now: now) == nil)
    }

    @Test func `days and dates are each other's inverse`() {
        for days in stride(from: -800_000, through: 800_000, by: 13) {
            #expect(CivilDate(daysSinceEpoch: days).daysSinceEpoch == days)
        }
        #expect(CivilDate(daysSinceEpoch: 0) == CivilDate(year: 1970, month: 1, day: 1))
        #expect(CivilDate(daysSinceEpoch: 19_782) == CivilDate(year: 2024, month: 2, day: 29))
    }
}
