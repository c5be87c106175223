import Foundation
import Testing

/// The dashboards, rules and alerts in `dashboards/`, held to the built program.
@Suite(.ownThread) struct DashboardsTests {
    private static let folder = "\(GatewayProcess.packageRoot)/dashboards"

    /// Runs `dashboards/check` with a catalogue of metrics.
    private func check(_ catalogue: String) throws -> (code: Int32, output: String, errors: String) {
        let folder = try ScratchFolder()
        let file = try folder.write(catalogue, to: "catalogue.json")
        return try Program.run(PythonScript.python, ["\(Self.folder)/check", file])
    }

    private func catalogue() throws -> String {
        let printed = try Program.run(GatewayProcess.binary, ["metrics", "--json"])
        #expect(printed.code == 0)
        return printed.output
    }

    @Test func `dashboards and rules name what the gateway exports, all of it, and nothing else`() throws {
        let result = try check(catalogue())
        #expect(result.code == 0)
        #expect(result.errors == "")
    }

    /// What a later change may do, and what the check says to it.
    @Test(arguments: [
        (
            #""llm_gateway_queue_depth""#, #""llm_gateway_queue_length""#,
            [
                "LLMGatewayQueueSaturated: there is no metric llm_gateway_queue_depth",
                "providers / Waiting in queues: there is no metric llm_gateway_queue_depth",
                "llm_gateway_queue_length is exported, and no dashboard or rule asks for it",
            ]
        ),
        (
            #""labels": ["key", "limit"]"#, #""labels": ["key", "bound"]"#,
            ["LLMGatewayBudgetSpent: llm_gateway_rate_limited_total has no label limit"]
        ),
        (
            #""labels": ["provider", "reason"]"#, #""labels": ["provider"]"#,
            ["providers / Retries: sum has no label reason"]
        ),
    ])
    func `a metric or a label that is called otherwise is missed where it is asked for`(
        name: String, otherName: String, complaints: [String]
    ) throws {
        let catalogue = try catalogue()
        #expect(catalogue.contains(name))
        let result = try check(catalogue.replacingOccurrences(of: name, with: otherName))
        #expect(result.code != 0)
        for complaint in complaints { #expect(result.errors.contains(complaint + "\n"), "\(complaint)") }
    }

    @Test(.undisturbed, .enabled(if: RedisProcess.isInstalled))
    func `every panel has data and the right alerts fire when everything goes wrong`() throws {
        let play = try Program.run(
            PythonScript.python, ["\(Self.folder)/see-it-work", GatewayProcess.binary], within: .seconds(300))
        #expect(play.code == 0)
        #expect(play.errors == "")
        #expect(play.output.hasSuffix("every panel had data, and the right alerts fired\n"), "\(play.output)")
    }
}
