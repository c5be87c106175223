import Foundation
import Testing

/// Gateways in front of gateways.
@Suite(.ownThread) struct LoopTests {
    @Test func `a call that comes back by way of another gateway goes round no further`() throws {
        let (one, other) = (try FreePorts.take(), try FreePorts.take())
        func configuration(_ next: Int) -> String {
            """
            providers: { next: { type: openai-compatible, base_url: "http://127.0.0.1:\(next)/v1", retry: { max_attempts: 1 } } }
            routing: { default_provider: next }
            """
        }
        func start(_ port: Int, before next: Int) throws -> (ScratchFolder, Program) {
            let folder = try ScratchFolder()
            let file = try folder.write(configuration(next), to: "config.yaml")
            let program = try Program(
                GatewayProcess.binary,
                ["serve", "--config", file, "--port", "\(port)", "--metrics-port", "\(try FreePorts.take())"],
                environment: [
                    "LLM_GATEWAY_STORE_PATH": "\(folder.path)/store.sqlite",
                    "LLM_GATEWAY_PROVIDERS_OLLAMA_ENABLED": "false",
                ])
            try eventually("a gateway on \(port)", within: .seconds(15)) {
                guard let wire = try? Wire(to: port) else { return false }
                wire.close()
                return true
            }
            return (folder, program)
        }
        let gateways = [try start(one, before: other), try start(other, before: one)]
        defer { for (_, program) in gateways { program.signal(SIGKILL) } }
        let wire = try Wire(to: one)
        defer { wire.close() }
        try wire.send(request("POST", "/v1/chat/completions", chatBody()))
        let answer = try wire.takeAnswer(within: .seconds(10))
        #expect(answer.status == 508 && answer.json["error"]["code"].string == "loop_detected", "\(answer.text)")
        func calls(_ program: Program) -> Int {
            program.standardOutput.split(separator: "\n").count { $0.contains(#""msg":"request""#) }
        }
        try eventually("the first has told of it twice, the second once") {
            calls(gateways[0].1) == 2 && calls(gateways[1].1) == 1
        }
    }
}
