import Testing

@testable import LLMGateway

struct HTTPDateTests {
    private func read(_ text: String) -> Int? {
        Array(text.utf8).withUnsafeBytes { HTTPDate($0)?.unixSeconds }
    }

    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (-1, "Wed, 31 Dec 1969 23:59:59 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"), (-62_167_219_200, "Sat, 01 Jan 0000 00:00:00 GMT"),
    ])
    func `a date is written and read`(seconds: Int, text: String) {
        #expect(HTTPDate(unixSeconds: seconds).text == text)
        #expect(read(text) == seconds)
    }

    @Test func `every day of four centuries comes back`() {
        for day in stride(from: -100_000, to: 200_000, by: 37) {
            let date = HTTPDate(unixSeconds: day * 86_400 + 40_271)
            #expect(read(date.text) == date.unixSeconds)
        }
    }

    @Test func `what can't be written is the nearest date that can`() {
        #expect(HTTPDate(unixSeconds: .max).text == "Fri, 31 Dec 9999 23:59:59 GMT")
        #expect(HTTPDate(unixSeconds: .min).text == "Sat, 01 Jan 0000 00:00:00 GMT")
    }

    @Test(arguments: [
        "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, +6 Nov 1994 08:49:37 GMT", "120",
    ])
    func `anything else is no date`(text: String) {
        #expect(read(text) == nil)
    }
}
