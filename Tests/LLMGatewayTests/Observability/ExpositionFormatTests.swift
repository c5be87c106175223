import Testing

@testable import LLMGateway

@Suite struct ExpositionFormatTests {
    @Test(
        arguments: [
            (nil, ExpositionFormat.prometheusText),
            ("", .prometheusText),
            ("*/*", .prometheusText),
            ("text/html", .prometheusText),
            ("application/openmetrics-text", .openMetrics),
            ("Application/OpenMetrics-Text; Version=1.0.0", .openMetrics),
            ("application/openmetrics-text; version=0.0.1", .prometheusText),
            ("application/openmetrics-text; q=0, text/plain", .prometheusText),
            ("application/openmetrics-text; q=0.3, text/plain; q=0.5", .prometheusText),
            ("application/openmetrics-text;q=0.5,*/*;q=0.1", .openMetrics),
            ("application/openmetrics-text;q=0.5,text/plain;q=0.4,*/*", .openMetrics),
            // Prometheus 2 and 3.
            (
                "application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,"
                    + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", .openMetrics
            ),
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                    + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                .openMetrics
            ),
        ] as [(String?, ExpositionFormat)])
    func `the scraper's preference decides`(accept: String?, expected: ExpositionFormat) {
        #expect(ExpositionFormat(accept: accept) == expected)
    }

    private func families() -> [FamilyReading] {
        [
            FamilyReading(
                MetricDescriptor(
                    "calls_total", .counter, unit: "calls", help: "Calls, \"all\"\nof C:\\.", labels: ["to"]),
                [
                    SeriesSample(labels: LabelText.make(["to"], ["a"]), .whole(3)),
                    SeriesSample(labels: LabelText.make(["to"], ["q\"b\\n\nü"]), .whole(0)),
                ]),
            FamilyReading(
                MetricDescriptor("open", .gauge, unit: .bytes, help: "Open."), [SeriesSample(.decimal(-2.5))]),
            FamilyReading(
                MetricDescriptor(
                    "took_seconds", .histogram, unit: .seconds, help: "Took.", buckets: [0.000_01, 0.5, 2]),
                [
                    SeriesSample(
                        labels: #"x="y""#,
                        .histogram(
                            HistogramReading(
                                counts: [1, 0, 2, 1], sum: 7.25,
                                exemplars: [nil, nil, Exemplar(traceID: "4bf9", value: 1.5, time: 1700.25), nil])))
                ]),
        ]
    }

    @Test func `Prometheus text has counters by their full names, cumulative buckets and escaped labels`() {
        #expect(
            String(decoding: ExpositionFormat.prometheusText.write(families()), as: UTF8.self) == #"""
                # HELP calls_total Calls, "all"\nof C:\\.
                # TYPE calls_total counter
                calls_total{to="a"} 3
                calls_total{to="q\"b\\n\nü"} 0
                # HELP open Open.
                # TYPE open gauge
                open -2.5
                # HELP took_seconds Took.
                # TYPE took_seconds histogram
                took_seconds_bucket{x="y",le="1e-05"} 1
                took_seconds_bucket{x="y",le="0.5"} 1
                took_seconds_bucket{x="y",le="2.0"} 3
                took_seconds_bucket{x="y",le="+Inf"} 4
                took_seconds_sum{x="y"} 7.25
                took_seconds_count{x="y"} 4

                """#)
    }

    @Test func `OpenMetrics has families without _total, units where the name has them, exemplars, and an end`() {
        #expect(
            String(decoding: ExpositionFormat.openMetrics.write(families()), as: UTF8.self) == #"""
                # HELP calls Calls, \"all\"\nof C:\\.
                # TYPE calls counter
                calls_total{to="a"} 3
                calls_total{to="q\"b\\n\nü"} 0
                # HELP open Open.
                # TYPE open gauge
                open -2.5
                # HELP took_seconds Took.
                # TYPE took_seconds histogram
                # UNIT took_seconds seconds
                took_seconds_bucket{x="y",le="1e-05"} 1
                took_seconds_bucket{x="y",le="0.5"} 1
                took_seconds_bucket{x="y",le="2.0"} 3 # {trace_id="4bf9"} 1.5 1700.25
                took_seconds_bucket{x="y",le="+Inf"} 4
                took_seconds_sum{x="y"} 7.25
                took_seconds_count{x="y"} 4
                # EOF

                """#)
    }

    @Test func `numbers that are none have the formats' words`() {
        let gauges = [Double.nan, .infinity, -.infinity, 1e18, 12].map {
            FamilyReading(MetricDescriptor("g", .gauge, help: "G."), [SeriesSample(.decimal($0))])
        }
        let lines = String(decoding: ExpositionFormat.prometheusText.write(gauges), as: UTF8.self).split(
            separator: "\n")
        #expect(lines.filter { !$0.hasPrefix("#") } == ["g NaN", "g +Inf", "g -Inf", "g 1e+18", "g 12"])
    }
}
