import Testing

@testable import LLMGateway

@Suite struct CounterTests {
    struct Pair: MetricLabels {
        static func most(in extent: SeriesExtent) -> Int { extent.targets }
        static let names = ["a", "b"]
        var a: String
        var b: String
        var values: [String] { [a, b] }
    }

    @Test func `what loops and other threads add at once is all there in the sum`() async {
        let registry = MetricRegistry(loops: 3)
        let counter = await registry.counter("c_total", "C.")
        let dollars = await registry.decimalCounter("d_total", "D.", by: NoLabels.self).series(NoLabels())
        let gauge = await registry.gauge("g", "G.")
        let times = await registry.histogram("h_seconds", "H.", buckets: [1, 2], by: NoLabels.self).series(NoLabels())
        let shards = (0..<3).map { registry.shard(ofLoop: $0) } + [registry.sharedShard, registry.sharedShard]

        await withTaskGroup { group in
            for shard in shards {
                group.addTask {
                    for turn in 0..<20_000 {
                        counter.add(on: shard)
                        dollars.add(0.5, on: shard)
                        gauge.add(turn.isMultiple(of: 2) ? 3 : -1, on: shard)
                        times.observe(Double(turn % 3), on: shard)
                    }
                }
            }
        }

        #expect(counter.value == 100_000)
        #expect(dollars.value == 50_000)
        #expect(gauge.value == 100_000)
        guard case .histogram(let seen) = times.reading else {
            Issue.record("a histogram reads as one")
            return
        }
        #expect(seen.counts == [66_670, 33_330, 0])  // 0 and 1 are within the first bound
        #expect(seen.sum == Double(seen.counts[1] * 2 + 5 * 6_667))
    }

    @Test func `a gauge may rise on one loop and fall on another`() async {
        let registry = MetricRegistry(loops: 2)
        let gauge = await registry.gauge("g", "G.")
        gauge.add(5, on: registry.shard(ofLoop: 0))
        gauge.add(-2, on: registry.shard(ofLoop: 1))
        #expect(gauge.value == 3)
    }

    @Test func `a gauge that is set keeps the last value, and may be adjusted`() async {
        let gauge = await MetricRegistry(loops: 1).gauge("g", "G.")
        gauge.set(4)
        gauge.set(2.5)
        gauge.adjust(by: -1)
        #expect(gauge.value == 1.5)
    }

    @Test func `a decimal counter ignores what would make it fall`() async {
        let registry = MetricRegistry(loops: 1)
        let counter = await registry.decimalCounter("d_total", "D.", by: NoLabels.self).series(NoLabels())
        for amount in [1.5, -1, .nan, .infinity] { counter.add(amount, on: registry.sharedShard) }
        #expect(counter.value == 1.5)
    }

    @Test func `a value on a bound counts below it, and not a number counts nowhere`() async {
        let registry = MetricRegistry(loops: 1)
        let times = await registry.histogram("h_seconds", "H.", buckets: [1, 2], by: NoLabels.self).series(NoLabels())
        for value in [0, 1, 1.5, 2, 7, .nan] { times.observe(value, on: registry.shard(ofLoop: 0)) }
        #expect(times.reading == .histogram(HistogramReading(counts: [2, 2, 1], sum: 11.5, exemplars: [])))
    }

    @Test func `an exemplar stays for a second, and is not replaced at once`() async {
        let registry = MetricRegistry(loops: 1)
        let times = await registry.histogram("h_seconds", "H.", buckets: [1], by: NoLabels.self).series(NoLabels())
        times.observe(0.5, on: registry.sharedShard, traceID: "first")
        times.observe(0.6, on: registry.sharedShard, traceID: "second")
        times.observe(3, on: registry.sharedShard, traceID: String(repeating: "x", count: 200))
        guard case .histogram(let seen) = times.reading else {
            Issue.record("a histogram reads as one")
            return
        }
        #expect(seen.exemplars.map(\.?.traceID) == ["first", nil])
    }

    @Test func `the same labels are the same series`() async {
        let registry = MetricRegistry(loops: 1)
        let family = await registry.counter("c_total", "C.", by: Pair.self)
        family.series(Pair(a: "x", b: "y")).add(on: registry.sharedShard)
        family.series(Pair(a: "x", b: "y")).add(2, on: registry.sharedShard)
        #expect(family.series(Pair(a: "x", b: "y")).value == 3)
        #expect(await registry.readings().first?.series.count == 1)
    }

    @Test func `a family that is full counts in its series of other, and says how often`() async {
        let registry = MetricRegistry(loops: 1, maxSeries: 2)
        let family = await registry.counter("c_total", "C.", by: Pair.self)
        for name in ["one", "two", "three", "four", "one"] {
            family.series(Pair(a: name, b: "z")).add(on: registry.sharedShard)
        }
        let reading = await registry.readings()[0]
        #expect(reading.series.map(\.labels) == [#"a="one",b="z""#, #"a="two",b="z""#, #"a="other",b="other""#])
        #expect(reading.series.map(\.reading) == [.whole(2), .whole(1), .whole(2)])
        #expect(registry.droppedSeries() == 2)
    }

    @Test func `a full family uses the series of other that it has already`() async {
        let registry = MetricRegistry(loops: 1, maxSeries: 1)
        let family = await registry.counter("c_total", "C.", by: Pair.self)
        family.series(Pair(a: "other", b: "other")).add(on: registry.sharedShard)
        family.series(Pair(a: "new", b: "new")).add(on: registry.sharedShard)
        #expect(await registry.readings()[0].series.map(\.reading) == [.whole(2)])
    }
}
