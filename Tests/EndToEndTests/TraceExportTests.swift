import Foundation
import Testing

/// How spans get to their collector, and what it costs when they don't: nobody's call.
@Suite(.ownThread) struct TraceExportTests {
    private func withSimulated(
        _ tracing: String, environment: [String: String] = [:], _ body: (GatewayProcess) throws -> Void
    ) throws {
        try withGateway("providers: { simulated: {} }\n" + tracing, environment: environment, body)
    }

    private func call(_ gateway: GatewayProcess, _ name: String) throws {
        let start = ContinuousClock.now
        #expect(try gateway.chat(model: "simulated/echo", headers: ["x-request-id: \(name)"]).status == 200)
        #expect(ContinuousClock.now - start < .seconds(3))
    }

    private func dropped(_ gateway: GatewayProcess) throws -> Double {
        try gateway.metrics().sum("llm_gateway_trace_spans_dropped_total")
    }

    private func warnings(_ gateway: GatewayProcess) -> [String] {
        gateway.logLines.compactMap { $0["msg"].string }.filter { $0.contains("the collector") }
    }

    @Test func `OpenTelemetry's own variables say where spans go, and the file beats them`() throws {
        let collector = try TraceCollector()
        let variables = [
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:\(collector.port)/",
            "OTEL_EXPORTER_OTLP_HEADERS": "x-one=a%20b, x-two=2", "OTEL_SERVICE_NAME": "from-the-variable",
        ]
        try withSimulated("tracing: { service_name: mine, headers: { x-two: file } }", environment: variables) {
            gateway throws in
            try call(gateway, "r1")
            let spans = try collector.spans(of: "r1")
            #expect(spans[1]["kind"].string == "client", "also where the model is in the same process")
            let export = try #require(collector.exports.first)
            #expect(export["resource"]["service.name"].string == "mine")
            #expect(export["headers"]["x-one"].string == "a b" && export["headers"]["x-two"].string == "file")
            #expect(export["path"].string == "/v1/traces")
        }
    }

    @Test func `a collector that has no room is asked again, and told of every call`() throws {
        let collector = try TraceCollector("503 1")
        try withSimulated(collector.settings()) { gateway throws in
            try call(gateway, "r1")
            try eventually("the first try", within: .seconds(10)) { collector.exports.count >= 1 }
            try collector.become("ok")
            #expect(try collector.spans(of: "r1").count == 2)
            #expect(try dropped(gateway) == 0)
            try eventually("the report") { warnings(gateway).count == 2 }
            #expect(warnings(gateway)[0].contains("does not take spans"))
        }
    }

    @Test func `what a collector refuses is dropped and counted, and so is what it takes only in part`() throws {
        let collector = try TraceCollector("400")
        try withSimulated(collector.settings()) { gateway throws in
            try call(gateway, "r1")
            try eventually("the dropped spans", within: .seconds(10)) { (try? dropped(gateway)) == 2 }
            try collector.become("partial 1")
            try call(gateway, "r2")
            try eventually("another one", within: .seconds(10)) { (try? dropped(gateway)) == 3 }
            #expect(collector.exports.count == 2)
        }
    }

    @Test(arguments: ["away", "hangs"])
    func `a collector that is away or hangs holds nobody up, not even the end`(trouble: String) throws {
        let collector = try TraceCollector("hang")
        let port = trouble == "away" ? try FreePorts.take() : collector.port
        try withGateway("providers: { simulated: {} }\ntracing: { endpoint: \"http://127.0.0.1:\(port)\" }") {
            gateway throws in
            for number in 0..<20 { try call(gateway, "r\(number)") }
            usleep(1_500_000)
            for number in 20..<40 { try call(gateway, "r\(number)") }
        }
        let gateway = try GatewayProcess(
            "providers: { simulated: {} }\ntracing: { endpoint: \"http://127.0.0.1:\(port)\" }")
        defer { gateway.program.signal(SIGKILL) }
        try call(gateway, "last")
        let start = ContinuousClock.now
        gateway.program.signal(SIGTERM)
        #expect(try gateway.program.waitForExit() == 0)
        #expect(ContinuousClock.now - start < .seconds(9))
    }

    @Test func `spans that wait are sent before the end`() throws {
        let collector = try TraceCollector()
        let gateway = try GatewayProcess("providers: { simulated: {} }\n" + collector.settings())
        defer { gateway.program.signal(SIGKILL) }
        for number in 0..<30 { try call(gateway, "r\(number)") }
        gateway.program.signal(SIGTERM)
        #expect(try gateway.program.waitForExit() == 0)
        for number in 0..<30 { #expect(try collector.spans(of: "r\(number)").count == 2) }
    }

    @Test func `tracing is switched on and off while the gateway runs`() throws {
        let collector = try TraceCollector()
        try withSimulated("") { gateway throws in
            func become(_ tracing: String, _ generation: Double) throws {
                try gateway.folder.write("providers: { simulated: {} }\n" + tracing, to: "config.yaml")
                gateway.program.signal(SIGHUP)
                try eventually("the reload") {
                    (try? gateway.metrics().sum("llm_gateway_config_generation")) ?? 0 >= generation
                }
            }
            try call(gateway, "before")
            try become(collector.settings(), 2)
            try call(gateway, "on")
            #expect(try collector.spans(of: "on").count == 2)
            try become("", 3)
            try call(gateway, "after")
            try become(collector.settings(), 4)
            try call(gateway, "again")
            _ = try collector.spans(of: "again")
            let seen = Set(collector.spans.compactMap { $0["attributes"]["llm_gateway.request_id"].string })
            #expect(seen == ["on", "again"])
        }
    }

    @Test func `the collector's headers are nobody's to see`() throws {
        let folder = try ScratchFolder()
        let file = try folder.write(
            #"tracing: { endpoint: "http://c:4318", headers: { authorization: "Bearer canary-1" } }"#, to: "c.yaml")
        let shown = try Program.run(
            GatewayProcess.binary, ["print-config", "--config", file],
            environment: ["OTEL_EXPORTER_OTLP_HEADERS": "x-key=canary-2"])
        #expect(shown.code == 0 && shown.output.contains("x-key") && shown.output.contains("authorization"))
        #expect(!(shown.output + shown.errors).contains("canary"))
        let wrong = try Program.run(
            GatewayProcess.binary, ["check-config", "--config", file],
            environment: ["OTEL_EXPORTER_OTLP_HEADERS": "canary-3"])
        #expect(wrong.code == 78 && !(wrong.output + wrong.errors).contains("canary"))
    }

    @Test(arguments: ["sample_ratio: 1.1", "sample_ratio: -0.1", "sample_ratio: nan", "endpoint: collector:4317"])
    func `settings that mean nothing are refused`(setting: String) throws {
        let folder = try ScratchFolder()
        let file = try folder.write("tracing: { \(setting) }", to: "c.yaml")
        let check = try Program.run(GatewayProcess.binary, ["check-config", "--config", file])
        #expect(check.code == 78 && (check.output + check.errors).contains("tracing."))
    }
}
