import Foundation
import Testing

/// `llm-gateway keys`, before the gateway's first start and beside it.
@Suite(.ownThread) struct KeysCommandTests {
    private func run(_ folder: ScratchFolder, _ arguments: String...) throws -> (
        code: Int32, output: String, errors: String
    ) {
        try Program.run(
            GatewayProcess.binary, ["keys"] + arguments + ["--config", "\(folder.path)/config.yaml"],
            environment: ["LLM_GATEWAY_STORE_PATH": "\(folder.path)/made/store.sqlite"])
    }

    private func folder(_ configuration: String = "") throws -> ScratchFolder {
        let folder = try ScratchFolder()
        try folder.write("providers: { simulated: {} }\n\(configuration)", to: "config.yaml")
        return folder
    }

    @Test func `the first key is made before the first start, and counts at it`() throws {
        let folder = try folder()
        #expect(
            try run(folder, "list").output == "NAME  ADMIN  FROM  EXPIRES  REQUESTS  INPUT  OUTPUT  COST USD  MODELS\n")
        let refused = try run(folder, "create", "--name", "plain")
        #expect(refused.code == 64 && refused.errors.contains("admin") && refused.output.isEmpty)
        let made = try run(folder, "create", "--name", "root", "--admin")
        #expect(made.code == 0 && made.output.wholeMatch(of: /sk-gw-[A-Za-z0-9_-]{43}\n/) != nil, "\(made)")
        let key = made.output.trimmingCharacters(in: .newlines)

        let store = ["LLM_GATEWAY_STORE_PATH": "\(folder.path)/made/store.sqlite"]
        try withGateway("providers: { simulated: {} }", environment: store) { gateway throws in
            func chat(_ key: String) throws -> Int {
                try gateway.chat(model: "echo", headers: ["x-api-key: \(key)"]).status
            }
            #expect(try gateway.chat(model: "echo").status == 401)
            #expect(try chat(key) == 200)
            let second = try run(
                folder, "create", "--name", "team", "--models", "gpt-*,echo", "--requests-per-minute", "60",
                "--tokens-per-minute", "1000", "--burst", "5", "--max-in-flight", "2", "--budget", "1.5",
                "--budget-period", "week", "--expires-at", "2099-01-01T00:00:00Z", "--json")
            let entry = JSON(second.output)
            #expect(entry["name"].string == "team" && entry["models"][1].string == "echo")
            #expect(entry["requests_per_minute"].int == 60 && entry["tokens_per_minute"].int == 1000)
            #expect(entry["burst"].int == 5 && entry["max_in_flight"].int == 2)
            #expect(entry["budget"]["usd"].double == 1.5 && entry["budget"]["period"].string == "week")
            let team = try #require(entry["key"].string)
            try eventually("the running gateway knows it") { try chat(team) == 200 }
            #expect(try gateway.chat(model: "llama", headers: ["x-api-key: \(team)"]).status == 403)
            try eventually("its use is written") {
                JSON(try run(folder, "list", "--json").output)["keys"].list?
                    .contains { $0["name"].string == "team" && $0["usage"]["requests"].int == 1 } == true
            }
            #expect(try run(folder, "revoke", "team").code == 0)
            try eventually("the running gateway has forgotten it") { try chat(team) == 401 }
        }
        let list = try run(folder, "list").output.split(separator: "\n")
        #expect(list.count == 2 && list[1].contains(/root +yes +run time +never +1 +2 +2 +0 +all/), "\(list)")
    }

    @Test func `what can't be done is said in a sentence`() throws {
        let folder = try folder("keys: [{ name: file, key: sk-file }]")
        #expect(try run(folder, "create", "--name", "a").code == 0, "a key of the configuration was there first")
        let taken = try run(folder, "create", "--name", "a")
        #expect(taken.code == 64 && taken.errors.contains("'a'"))
        let ofFile = try run(folder, "create", "--name", "file")
        #expect(ofFile.code == 64 && ofFile.errors.contains("'file'"))
        let period = try run(folder, "create", "--name", "b", "--budget", "1", "--budget-period", "year")
        #expect(period.code == 64 && period.errors.contains("budget.period"))
        let unknown = try run(folder, "revoke", "nobody")
        #expect(unknown.code == 64 && unknown.errors.contains("nobody"))
        let configured = try run(folder, "revoke", "file")
        #expect(configured.code == 64 && configured.errors.contains("configuration"))
        #expect(try run(folder, "list").output.contains(/file +no +configuration/))
    }

    @Test func `a store that can't be used is told of`() throws {
        let folder = try folder()
        try folder.write("I am a file.", to: "made")
        let made = try run(folder, "create", "--name", "root", "--admin")
        #expect(made.code == 1 && made.output.isEmpty && made.errors.contains("store"))
    }
}
