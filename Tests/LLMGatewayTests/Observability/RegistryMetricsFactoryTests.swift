import CoreMetrics
import Testing

@testable import LLMGateway

@Suite struct RegistryMetricsFactoryTests {
    let registry = MetricRegistry(loops: 1, maxSeries: 3)

    private func scrape() async -> [Substring] {
        String(decoding: await registry.exposition(accept: nil).body, as: UTF8.self)
            .split(separator: "\n").filter { !$0.hasPrefix("#") && !$0.contains("_bucket") }
    }

    @Test func `what a library reports appears under names that Prometheus takes`() async {
        let factory = RegistryMetricsFactory(registry)
        await registry.collect(factory)
        let counter = factory.makeCounter(label: "pool.leases", dimensions: [("b-c", "2"), ("a", "1"), ("b.c", "3")])
        counter.increment(by: 2)
        counter.increment(by: -5)
        factory.makeCounter(label: "pool.leases", dimensions: [("a", "1"), ("b-c", "2")]).increment(by: 1)
        factory.makeCounter(label: "pool.leases", dimensions: [("le", "x")]).increment(by: 1)
        factory.makeFloatingPointCounter(label: "1st", dimensions: []).increment(by: 0.5)
        let meter = factory.makeMeter(label: "pool-size", dimensions: [])
        meter.set(Int64(4))
        meter.decrement(by: 1.5)
        factory.makeTimer(label: "lookup", dimensions: []).recordNanoseconds(250_000_000)
        factory.makeRecorder(label: "sizes", dimensions: [], aggregate: true).record(Int64(5))
        factory.makeRecorder(label: "last", dimensions: [], aggregate: false).record(6.0)

        #expect(
            await scrape() == [
                #"pool_leases_total{a="1",b_c="2"} 3"#, #"pool_leases_total{label_le="x"} 1"#, "_1st_total 0.5",
                "pool_size 2.5", "lookup_seconds_sum 0.25", "lookup_seconds_count 1", "sizes_sum 5", "sizes_count 1",
                "last 6",
            ])
    }

    @Test func `two kinds of metric under one label are two families`() async {
        let factory = RegistryMetricsFactory(registry)
        await registry.collect(factory)
        factory.makeMeter(label: "size", dimensions: []).set(1.0)
        factory.makeRecorder(label: "size", dimensions: [], aggregate: true).record(2.0)
        #expect(await scrape() == ["size 1", "size_histogram_sum 2", "size_histogram_count 1"])
    }

    @Test func `a library cannot take a name of the gateway's own`() async {
        let factory = RegistryMetricsFactory(registry)
        await registry.collect(factory)
        _ = await registry.counter("mine_total", "Mine.")
        factory.makeCounter(label: "mine", dimensions: []).increment(by: 5)
        #expect(await scrape() == ["mine_total 0"])
    }

    @Test func `labels of a library are bounded too`() async {
        let factory = RegistryMetricsFactory(registry)
        await registry.collect(factory)
        for name in ["a", "b", "c", "d", "e"] {
            factory.makeCounter(label: "x", dimensions: [("n", name)]).increment(by: 1)
        }
        #expect(await scrape().last == #"x_total{n="other"} 2"#)
        #expect(registry.droppedSeries() == 2)
    }

    @Test func `a counter that is reset begins anew`() async {
        let factory = RegistryMetricsFactory(registry)
        await registry.collect(factory)
        let counter = factory.makeCounter(label: "x", dimensions: [])
        counter.increment(by: 3)
        counter.reset()
        counter.increment(by: 1)
        factory.destroyCounter(counter)
        #expect(await scrape() == ["x_total 1"])
    }
}
