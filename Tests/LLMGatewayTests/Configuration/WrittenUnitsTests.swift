import Testing

@testable import LLMGateway

@Suite struct WrittenUnitsTests {
    @Test(arguments: [
        ("250ms", Duration.milliseconds(250)), ("5s", .seconds(5)), ("2m", .seconds(120)), ("1h", .seconds(3600)),
        ("1.5s", .milliseconds(1500)), ("0", .zero), ("0s", .zero), ("2160h", .seconds(7_776_000)),
    ])
    func `a duration is a number and a unit`(text: String, duration: Duration) {
        #expect(WrittenDuration.read(text) == duration)
        #expect(WrittenDuration.read(WrittenDuration.write(duration)) == duration)
    }

    @Test(arguments: ["5", "s", "", "-5s", "5 s", "5d", "1e3s", "99999999999999999999h", "1.2.3s", "٥s"])
    func `anything else is no duration`(text: String) {
        #expect(WrittenDuration.read(text) == nil)
    }

    @Test(arguments: [("0", 0), ("1000", 1000), ("512KiB", 512 << 10), ("32MiB", 32 << 20), ("1GiB", 1 << 30)])
    func `a size is bytes, or a number and a unit`(text: String, bytes: Int) {
        #expect(WrittenSize.read(text) == bytes)
        #expect(WrittenSize.write(bytes) == text)
    }

    @Test(arguments: ["", "KiB", "-1", "1.5MiB", "32MB", "9999999999999999999", "9223372036854775807KiB"])
    func `anything else is no size`(text: String) {
        #expect(WrittenSize.read(text) == nil)
    }

    @Test func `the nearest name has the fewest edits`() {
        #expect(NearestName.distance("port", "prot") == 1)
        #expect(NearestName.distance("kitten", "sitting") == 3)
        #expect(NearestName.distance("", "abc") == 3)
        #expect(NearestName.to("prot", among: ["host", "port"]) == "port")
        #expect(NearestName.to("zzz", among: ["host", "port"], atMost: 1) == nil)
        #expect(NearestName.to("a", among: []) == nil)
    }
}
