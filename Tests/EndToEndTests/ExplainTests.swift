import Foundation
import Testing

/// `llm-gateway explain`, from outside.
@Suite(.ownThread) struct ExplainTests {
    private func explain(_ arguments: [String], code: Int32 = 0) throws -> String {
        let folder = try ScratchFolder()
        defer { withExtendedLifetime(folder) {} }
        let path = try folder.write(Self.file, to: "config.yaml")
        let result = try Program.run(
            GatewayProcess.binary, ["explain", "--config", path] + arguments, environment: [:], within: .seconds(15))
        #expect(result.code == code, "\(result.errors)")
        return result.output + result.errors
    }

    private static let file = """
        providers:
          one: { type: openai-compatible, base_url: "http://127.0.0.1:9/v1" }
          two: { type: openai-compatible, base_url: "http://127.0.0.1:9/v1" }
          anthropic: {}
          simulated: {}
        model_info:
          dear: { usd_per_million: { input: 10, output: 30 } }
          cheap: { context_window: 8192, images: false, usd_per_million: { input: 1, output: 2 } }
        models:
          best:
            strategy: cheapest
            targets:
              - { provider: one, model: dear }
              - { provider: two, model: cheap }
              - { provider: anthropic, model: claude-sonnet-4-5 }
            fallbacks: [spare]
          spare: { strategy: weighted, targets: [{ provider: one, model: a, weight: 3 }, { provider: simulated, model: lorem }] }
        keys:
          - { name: team, key: sk-team, models: ["spare*"] }
        """

    @Test func `targets come in the order in which they are tried, with what is known of each`() throws {
        let text = try explain(["--model", "best"])
        #expect(text.contains("decided by  the entry under models:"))
        #expect(
            text.contains(
                "1.  two/cheap; up to 8192 tokens of input; not for calls that need images; $1.0 in, $2.0 out"))
        #expect(text.contains("2.  one/dear; $10.0 in, $30.0 out"))
        #expect(text.contains("-   anthropic/claude-sonnet-4-5: "))
        #expect(text.contains("ANTHROPIC_API_KEY"))
        #expect(text.contains("fallback    spare (after error)"))
        #expect(text.contains("1.  one/a; 75 % of calls; price unknown"))
        #expect(text.contains("2.  simulated/lorem; 25 % of calls; free"))
    }

    @Test func `a name that leads nowhere is explained as a client would be told`() throws {
        let text = try explain(["--model", "nobody/knows"], code: 1)
        #expect(text.contains("no target   404 model_not_found: "))
    }

    @Test func `it says what a key may`() throws {
        #expect(try explain(["--model", "spare", "--key", "team"]).contains("team: may use it"))
        #expect(try explain(["--model", "best", "--key", "team"]).contains("may not use it (403 model_not_allowed)"))
        let unknown = try explain(["--model", "best", "--key", "other"], code: 1)
        #expect(unknown.contains("There is no key named 'other'; there are team.\n"))
    }
}
