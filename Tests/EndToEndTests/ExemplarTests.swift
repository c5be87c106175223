import Foundation
import Testing

/// Latencies lead to traces: an OpenMetrics scrape shows, by the bucket, a call that took so long.
@Suite(.ownThread) struct ExemplarTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"

    @Test func `latency histograms carry trace ids in OpenMetrics, and Prometheus's own parser reads them`() throws {
        try withGateway("providers: { simulated: {} }") { gateway throws in
            for more in ["", #","stream":true"#] {
                let answer = try gateway.chat(
                    model: "simulated/lorem", more: more,
                    headers: ["traceparent: 00-\(Self.trace)-00f067aa0ba902b7-01"])
                #expect(answer.status == 200)
            }
            let scrape = try gateway.askMetricsPort("/metrics", headers: ["accept: application/openmetrics-text"])
            let folder = try ScratchFolder()
            let read = try PythonScript.run("openmetrics_exemplars.py", [try folder.write(scrape.text, to: "scrape")])
            let exemplars = read["exemplars"].list ?? []
            for name in ["request_duration_seconds", "time_to_first_token_seconds", "overhead_seconds"] {
                let own = exemplars.filter { $0["name"].string == "llm_gateway_" + name }
                #expect(!own.isEmpty, "\(name)")
                for exemplar in own {
                    #expect(exemplar["labels"]["trace_id"].string == Self.trace && exemplar["timed"].bool == true)
                    // It is one of its bucket's.
                    let bound = exemplar["le"].string.flatMap { Double($0) } ?? .infinity
                    #expect((exemplar["value"].double ?? .infinity) <= bound)
                }
            }
            #expect((read["families"].list?.count ?? 0) > 40)

            let text = try gateway.askMetricsPort("/metrics")
            #expect(text["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
            #expect(!text.text.contains("trace_id") && !text.text.contains(" # {"))
        }
    }
}
