import Foundation

/// An OTLP collector that decodes with OpenTelemetry's own package, and does with exports what the test wants.
final class TraceCollector: Sendable {
    let port: Int
    private let program: Program
    private let folder: ScratchFolder

    /// - Parameter mode: See `Scripts/collect_traces.py`.
    init(_ mode: String = "ok") throws {
        folder = try ScratchFolder()
        let file = try folder.write(mode, to: "mode")
        let program = try Program(PythonScript.python, [PythonScript.path("collect_traces.py"), file])
        self.program = program
        port = try eventually("the collector's port; it said: \(program.standardError)", within: .seconds(20)) {
            let line = program.standardOutput.split(separator: "\n").first { $0.hasPrefix("listening ") }
            return line.flatMap { Int($0.dropFirst("listening ".count)) }
        }
    }

    deinit { program.signal(SIGKILL) }

    func become(_ mode: String) throws { try folder.write(mode, to: "mode") }

    /// What was sent so far, whatever became of it.
    var exports: [JSON] {
        program.standardOutput.split(separator: "\n").map { JSON(String($0)) }.filter { $0["spans"].list != nil }
    }

    /// The spans that it took.
    var spans: [JSON] {
        exports.filter { ["ok", "partial"].contains($0["mode"].string) }.flatMap { $0["spans"].list ?? [] }
    }

    /// The spans of the call with this request id: its own and those of its attempts, in their order; waits for them.
    func spans(of requestID: String, within limit: Duration = .seconds(10)) throws -> [JSON] {
        try eventually("the spans of request \(requestID)", within: limit) {
            let spans = spans
            let own = spans.first { $0["attributes"]["llm_gateway.request_id"].string == requestID }
            return own.map { own in
                [own] + spans.filter { $0["parent_span_id"].string == own["span_id"].string }
            }
        }
    }

    /// Settings that have a gateway send here.
    func settings(_ more: String = "") -> String {
        #"tracing: { endpoint: "http://127.0.0.1:\#(port)"\#(more.isEmpty ? "" : ", " + more) }"#
    }
}
