import Foundation
import Testing

/// The program's command line and configuration, from outside.
@Suite(.ownThread) struct ConfigurationTests {
    private func run(
        _ arguments: [String], file: String? = nil, environment: [String: String] = [:]
    ) throws -> (code: Int32, output: String, errors: String, all: String) {
        let folder = try ScratchFolder()
        var arguments = arguments
        if let file { arguments += ["--config", try folder.write(file, to: "config.yaml")] }
        let result = try Program.run(GatewayProcess.binary, arguments, environment: environment, within: .seconds(15))
        return (result.code, result.output, result.errors, result.output + result.errors)
    }

    private static let good = "providers: { simulated: {} }\n"

    @Test func `it says its version and how it is used`() throws {
        let version = try run(["--version"])
        #expect(version.code == 0)
        #expect(version.output.contains(/\d+\.\d+\.\d+/))
        let help = try run(["--help"])
        #expect(help.code == 0)
        for word in ["serve", "check-config", "print-config", "metrics", "explain"] {
            #expect(help.output.contains(word), "\(word)")
        }
        let serving = try run(["serve", "--help"])
        for word in ["--config", "--host", "--port", "--metrics-port", "--log-level"] {
            #expect(serving.output.contains(word), "\(word)")
        }
    }

    @Test(arguments: [["--no-such-option"], ["no-such-command"], ["serve", "--port", "many"]])
    func `wrong usage ends with 64`(arguments: [String]) throws {
        let result = try run(arguments)
        #expect(result.code == 64)
        #expect(!result.errors.isEmpty)
    }

    @Test func `a port that is taken ends with 69 and is named`() throws {
        let upstream = try ScriptedUpstream(answering: "{}")
        defer { upstream.stop() }
        let other = try FreePorts.take()
        let result = try run(["serve", "--port", "\(upstream.port)", "--metrics-port", "\(other)"], file: Self.good)
        #expect(result.code == 69)
        #expect(result.all.contains("\(upstream.port)"))
    }

    @Test(arguments: ["serve", "check-config"])
    func `every problem of a bad file is printed at once, with its line and the nearest key`(command: String) throws {
        let file = """
            server:
              prot: 8080
              header_timeout: soon
              max_body_bytes: 32 elephants
            providers:
              up: { type: openai-compatible, base_url: "http://127.0.0.1:9/v1", api_kye: x }
            models:
              best: { targets: [{ provider: nobody, model: m }] }
            log: { level: [a, b] }
            """
        let result = try run([command], file: file)
        #expect(result.code == 78)
        let lines = result.errors.split(separator: "\n")
        func expectLine(_ number: Int, _ words: String...) {
            let found = lines.contains { line in
                line.split { !$0.isNumber }.contains("\(number)") && words.allSatisfy { line.contains($0) }
            }
            #expect(found, "line \(number): \(words) in:\n\(result.errors)")
        }
        expectLine(2, "prot", "port")
        expectLine(3, "header_timeout", "soon")
        expectLine(4, "max_body_bytes")
        expectLine(6, "api_kye", "api_key")
        expectLine(8, "nobody")
        expectLine(9, "level")
    }

    @Test(arguments: ["server: [\n", "server: {port: 1\n", "a: b: c\n", "\t- x\n"])
    func `a file that is no YAML ends with 78`(file: String) throws {
        let result = try run(["check-config"], file: file)
        #expect(result.code == 78)
        #expect(!result.errors.isEmpty)
    }

    @Test func `a file that is not there ends with 78`() throws {
        #expect(try run(["check-config", "--config", "/no/such/file.yaml"]).code == 78)
    }

    @Test func `a good file is good, and JSON is YAML`() throws {
        #expect(try run(["check-config"], file: Self.good).code == 0)
        #expect(
            try run(["check-config"], file: #"{"server": {"port": 8081}, "providers": {"simulated": {}}}"#).code == 0)
        #expect(try run(["check-config"], file: "").code == 0)
    }

    @Test func `the configuration in force is printed with its sources and without its secrets`() throws {
        let file = """
            server: { port: 8123 }
            providers:
              openai: { api_key: "${OPENAI_SECRET}" }
            """
        let result = try run(
            ["print-config"], file: file,
            environment: ["OPENAI_SECRET": "sk-very-secret-12345", "LLM_GATEWAY_SERVER_DRAIN_DELAY": "3s"])
        #expect(result.code == 0)
        #expect(result.output.contains("8123"))
        #expect(result.output.contains("LLM_GATEWAY_SERVER_DRAIN_DELAY"))
        #expect(result.output.contains("max_body_bytes"))
        #expect(!result.all.contains("sk-very-secret-12345"))
    }

    @Test func `the environment goes above the file and the command line above both`() throws {
        let file = "server: { port: 8123, header_timeout: 7s }\nmetrics: { port: 9123 }\nproviders: { simulated: {} }\n"
        let result = try run(
            ["print-config", "--port", "8125"], file: file,
            environment: [
                "LLM_GATEWAY_SERVER_PORT": "8124", "LLM_GATEWAY_METRICS_PORT": "9124", "LLM_GATEWAY_NO_SUCH_THING": "1",
            ])
        #expect(result.code == 0)
        #expect(result.output.contains("8125") && !result.output.contains("8124") && !result.output.contains("8123"))
        #expect(result.output.contains("9124") && !result.output.contains("9123"))
        #expect(result.output.contains("7s"))
        #expect(result.all.contains("LLM_GATEWAY_NO_SUCH_THING"), "an unknown variable is warned of")
    }

    @Test func `a provider's key in the environment enables it`() throws {
        try withGateway("providers: { simulated: {} }", environment: ["OPENAI_API_KEY": "sk-from-environment"]) {
            gateway throws in
            let ready = try eventually("the first round of probes") {
                let answer = try gateway.ask("GET", "/ready")
                return answer.json["providers"].keys.contains("openai") ? answer : nil
            }
            #expect(ready.json["providers"]["openai"]["status"].string != "disabled")
            #expect(!gateway.program.standardOutput.contains("sk-from-environment"))
        }
    }

    @Test func `an open gateway says so at its start`() throws {
        try withGateway(Self.good) { gateway throws in
            try eventually("a line that says it is open") {
                gateway.logLines.contains { $0["msg"].string?.lowercased().contains("open") == true }
            }
        }
    }

    @Test func `the catalogue of metrics is printed`() throws {
        let table = try run(["metrics"])
        #expect(table.code == 0)
        #expect(table.output.contains("llm_gateway_requests_total"))
    }

    // MARK: Reload

    private static func mapping(_ name: String, _ port: Int) -> String {
        "providers: { up: { type: openai-compatible, base_url: 'http://127.0.0.1:\(port)/v1', models: [\(name)] } }\n"
    }

    private func names(_ gateway: GatewayProcess) throws -> [String] {
        try gateway.ask("GET", "/v1/models").json["data"].list?.compactMap { $0["id"].string } ?? []
    }

    @Test(arguments: [true, false])
    func `a changed file is read again, on the signal and by itself`(onSignal: Bool) throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion())
        defer { upstream.stop() }
        try withGateway(Self.mapping("before", upstream.port)) { gateway throws in
            #expect(try names(gateway) == ["before"])
            try gateway.folder.write(Self.mapping("after", upstream.port), to: "config.yaml")
            if onSignal { gateway.program.signal(SIGHUP) }
            try eventually("the new model", within: .seconds(10)) { try names(gateway) == ["after"] }
            let reloads = try gateway.metrics().sum("llm_gateway_config_reloads_total", ["result": "success"])
            #expect(reloads >= 1)
        }
    }

    @Test func `a bad file is refused and the old configuration stays`() throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion())
        defer { upstream.stop() }
        try withGateway(Self.mapping("before", upstream.port)) { gateway throws in
            try gateway.folder.write("providers: { up: { nonsense: 1 } }", to: "config.yaml")
            gateway.program.signal(SIGHUP)
            try eventually("the refusal to be counted", within: .seconds(10)) {
                try gateway.metrics().sum("llm_gateway_config_reloads_total", ["result": "failure"]) >= 1
            }
            #expect(try names(gateway) == ["before"])
            #expect(try gateway.chat(model: "before").status == 200)
            #expect(gateway.logLines.contains { $0.description.contains("nonsense") })
        }
    }

    @Test func `a stream in flight keeps the configuration that it began with`() throws {
        let goOn = Notes<Bool>()
        let upstream = try ScriptedUpstream { call in
            try call.startStream()
            try call.event(Wording.delta("Hi"))
            try eventually("the reload", within: .seconds(15)) { !goOn.all.isEmpty }
            for data in [Wording.finish, "[DONE]"] { try call.event(data) }
            try call.endStream()
        }
        defer { upstream.stop() }
        try withGateway(Self.mapping("before", upstream.port)) { gateway throws in
            let (wire, _) = try gateway.startStream(model: "before")
            var rest: [UInt8] = []
            _ = try wire.takeEvent(&rest)
            try gateway.folder.write("providers: { simulated: {} }", to: "config.yaml")
            gateway.program.signal(SIGHUP)
            try eventually("the new model", within: .seconds(10)) { try names(gateway).contains("echo") }
            goOn.add(true)
            #expect(try wire.takeEvent(&rest)?.contains("stop") == true)
            #expect(try wire.takeEvent(&rest) == "data: [DONE]")
            #expect(try wire.takeEvent(&rest) == nil)
        }
    }

    @Test func `a secret file that changes is read again`() throws {
        let upstream = try ScriptedUpstream(answering: Wording.completion())
        defer { upstream.stop() }
        let secrets = try ScratchFolder()
        let path = try secrets.write("first-key-0123456789\n", to: "key")
        let file = """
            providers:
              up: { type: openai-compatible, base_url: "http://127.0.0.1:\(upstream.port)/v1", api_key_file: "\(path)", models: [m] }
            """
        try withGateway(file) { gateway throws in
            _ = try gateway.chat()
            #expect(try upstream.call(1)["authorization"] == "Bearer first-key-0123456789")
            try secrets.write("second-key-0123456789\n", to: "key")
            try eventually("the new key", within: .seconds(10)) {
                _ = try gateway.chat()
                return upstream.calls.last?["authorization"] == "Bearer second-key-0123456789"
            }
        }
    }

    @Test func `a changed port is not taken over, and that is said`() throws {
        try withGateway(Self.good) { gateway throws in
            try gateway.folder.write(Self.good + "server: { host: 127.0.0.2, threads: 7 }", to: "config.yaml")
            gateway.program.signal(SIGHUP)
            try eventually("a line about a restart", within: .seconds(10)) {
                gateway.logLines.contains { $0.description.contains("restart") }
            }
            #expect(try gateway.ask("GET", "/health").status == 200)
        }
    }
}
