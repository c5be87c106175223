import WireFormats

/// `GET /debug/logs?limit=N`: the last lines of this process's log, as they were written and redacted, newest last.
struct DebugLogs: Sendable {
    let output: LogOutput

    private static let usual = 100
    /// How long the answer waits for lines that are still on their way to the log's thread.
    private static let patience: Duration = .milliseconds(100)

    var endpoint: AdminEndpoint { AdminEndpoint(.get, "/debug/logs", answer) }

    private func answer(_ request: AdminRequest) async throws(ChatFailure) -> AdminAnswer {
        let limit = try request.number("limit", in: 1...LogTail.mostLines, default: Self.usual)
        _ = await output.sink.flush(within: Self.patience)
        return await .written { json in
            json.field("format", output.format.rawValue)
            json.fact("dropped", output.sink.dropped)
            json.array("lines", output.sink.tail.last(limit)) { line, json in
                switch output.format {
                case .json: json.value(raw: line)
                case .text: json.value(String(decoding: line, as: UTF8.self))
                }
            }
        }
    }
}
