import Foundation
import Testing

/// Answers recorded from real providers, one JSON file each; see `WIRE_FIXTURES`.
private let recordings = ProcessInfo.processInfo.environment["WIRE_FIXTURES"] ?? ""

/// What each official SDK sees of the answers that were recorded from real providers: each provider's own words, through
/// the gateway, in the SDK's.
@Suite(
    .ownThread,
    .enabled(
        if: FileManager.default.fileExists(atPath: recordings + "/index.json"),
        "No recordings are here; set WIRE_FIXTURES to their folder."))
struct RecordedProvidersTests {
    @Test func `every SDK reads every provider's recorded answers, streams, calls, usage and failures`() throws {
        let script = PythonScript.path("recorded_providers.py")
        let upstream = try Program(PythonScript.python, [script, "serve", recordings])
        defer { upstream.stop(within: .seconds(1)) }
        let port = try eventually("the replaying server", within: .seconds(30)) {
            upstream.standardOutput.firstMatch(of: /listening (\d+)/).map { String($0.1) }
        }
        let configuration = try Program.run(
            PythonScript.python, [script, "list", recordings, port], within: .seconds(60)
        ).output
        try withGateway(configuration) { gateway throws in
            for sdk in ["openai_chat", "openai_responses", "anthropic", "gemini", "ollama"] {
                let seen = try PythonScript.run(
                    "recorded_providers.py",
                    ["ask", recordings, "http://127.0.0.1:\(gateway.port)", sdk], within: .seconds(300))
                #expect((seen["asked"].int ?? 0) > 150)
                for problem in seen["problems"].list ?? [] {
                    Issue.record("\(sdk): \(problem.string ?? "")")
                }
            }
        }
    }
}
