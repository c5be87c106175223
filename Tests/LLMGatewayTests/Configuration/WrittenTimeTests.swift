import Testing

@testable import LLMGateway

@Suite struct WrittenTimeTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2026-11-21T09:30:00Z", 1_795_253_400), ("2026-11-21t09:30:00z", 1_795_253_400),
        ("2026-11-21 10:30:00.999+01:00", 1_795_253_400), ("2026-11-20T23:30:00.1-10:00", 1_795_253_400),
        ("2028-02-29T23:59:60Z", 1_835_481_600), ("1969-12-31T23:59:59Z", -1),
        ("0001-01-01T00:00:00Z", -62_135_596_800),
    ])
    func `a time is read to the second, in any zone`(text: String, seconds: Int64) {
        #expect(WrittenTime.read(text) == seconds)
    }

    @Test(arguments: [
        "", "soon", "2026-11-21", "2026-11-21T09:30:00", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
        "2026-11-21T24:00:00Z", "2026-11-21T09:60:00Z", "2026-11-21T09:30:00.Z", "2026-11-21T09:30:00+1:00",
        "2026-11-21T09:30:00Z ", "2026-11-21T09:30:00+25:00", "+026-11-21T09:30:00Z", "2026-11-21T09:30:00é",
        "1795253400", "2026-00-10T00:00:00Z", "2026-01-00T00:00:00Z",
    ])
    func `what is no time is none`(text: String) {
        #expect(WrittenTime.read(text) == nil)
    }

    @Test(arguments: [0, 1_795_253_400, -1, 951_782_400, 4_102_444_799, -62_135_596_800] as [Int64])
    func `a time that was written is read as it was`(seconds: Int64) {
        #expect(WrittenTime.read(WrittenTime.write(seconds)) == seconds)
        #expect(WrittenTime.write(1_795_253_400) == "2026-11-21T09:30:00Z")
    }
}
