import Foundation
import Testing

/// The built program, running on ports of its own with a configuration of the test's.
final class GatewayProcess: Sendable {
    let program: Program
    let port: Int
    let metricsPort: Int
    let folder: ScratchFolder

    var configurationFile: String { "\(folder.path)/config.yaml" }

    /// `LLM_GATEWAY_BINARY`, which `make test` sets, else what `make build` made.
    static let binary: String =
        ProcessInfo.processInfo.environment["LLM_GATEWAY_BINARY"] ?? "\(packageRoot)/.build/release/llm-gateway"

    static let packageRoot: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url.path
    }()

    /// Starts it and waits until it answers.
    ///
    /// - Parameters:
    ///   - configuration: YAML; the ports come from the command line.
    ///   - environment: all the environment it has, beside `PATH` and the like, and a store of its own.
    ///   - ports: the proxy port and the metrics port; nil: free ones.
    ///   - openFiles: how many it may have; nil: as many as the test.
    init(
        _ configuration: String, environment: [String: String] = [:], ports: (proxy: Int, metrics: Int)? = nil,
        openFiles: Int? = nil
    ) throws {
        folder = try ScratchFolder()
        try folder.write(configuration, to: "config.yaml")
        var environment = ["LLM_GATEWAY_STORE_PATH": "\(folder.path)/store.sqlite"].merging(environment) { $1 }
        // A server of Ollama's on this machine is no test's business that doesn't speak of it.
        if !configuration.contains("ollama") { environment["LLM_GATEWAY_PROVIDERS_OLLAMA_ENABLED"] = "false" }
        for _ in 0..<5 {
            let (port, metricsPort) = try ports ?? (FreePorts.take(), FreePorts.take())
            let limited = openFiles.map { ["/usr/bin/prlimit", "--nofile=\($0)"] } ?? []
            let command =
                limited + [
                    Self.binary, "serve", "--config", "\(folder.path)/config.yaml", "--port", "\(port)",
                    "--metrics-port", "\(metricsPort)",
                ]
            let program = try Program(command[0], Array(command.dropFirst()), environment: environment)
            do {
                try eventually("the gateway's first answer", within: .seconds(15)) {
                    if let code = program.exitCode { throw Ended(code: code) }
                    return (try? Self.health(of: metricsPort)) == 200
                }
            } catch let end as Ended where end.code == 69 {
                continue  // somebody else took the port first
            } catch {
                program.stop()
                throw Unfulfilled(
                    "\(error); \(program.standardError.suffix(2000)) \(program.standardOutput.suffix(2000))")
            }
            (self.program, self.port, self.metricsPort) = (program, port, metricsPort)
            return
        }
        throw Unfulfilled("two free ports for the gateway")
    }

    private struct Ended: Error { let code: Int32 }

    private static func health(of port: Int) throws -> Int {
        let wire = try Wire(to: port)
        defer { wire.close() }
        try wire.send("GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        return try wire.takeAnswer(within: .seconds(2)).status
    }

    // MARK: Asking

    func connect(receiveBuffer: Int32? = nil) throws -> Wire {
        try Wire(to: port, receiveBuffer: receiveBuffer)
    }

    /// Sends one request on a connection of its own and takes the whole answer.
    func ask(
        _ method: String, _ path: String, _ body: String? = nil, headers: [String] = [],
        within limit: Duration = .seconds(20)
    ) throws -> HTTPMessage {
        let wire = try connect()
        defer { wire.close() }
        try wire.send(request(method, path, body, headers: headers))
        return try wire.takeAnswer(toHead: method == "HEAD", within: limit)
    }

    /// A chat with one user message.
    func chat(
        _ text: String = "Hello there", model: String = "m", more: String = "", headers: [String] = [],
        within limit: Duration = .seconds(20)
    ) throws -> HTTPMessage {
        try ask(
            "POST", "/v1/chat/completions", chatBody(text, model: model, more: more), headers: headers, within: limit)
    }

    /// Starts a streamed chat, the last request of its connection; the wire stands behind the answer's head.
    func startStream(
        model: String = "m", more: String = "", receiveBuffer: Int32? = nil, within limit: Duration = .seconds(10)
    ) throws -> (wire: Wire, head: HTTPMessage) {
        let wire = try connect(receiveBuffer: receiveBuffer)
        let body = chatBody("Hello", model: model, more: #", "stream": true"# + more)
        try wire.send(request("POST", "/v1/chat/completions", body, headers: ["connection: close"]))
        return (wire, try wire.takeHead(within: limit))
    }

    // MARK: What it says of itself

    /// The JSON lines it has logged so far.
    var logLines: [JSON] {
        program.standardOutput.split(separator: "\n").map { JSON(String($0)) }.filter { !$0.isNull }
    }

    /// The log line of the request with this id; waits for it.
    func logLine(of requestID: String) throws -> JSON {
        try eventually("a log line for request \(requestID)") {
            logLines.first { $0["msg"].string == "request" && $0["request_id"].string == requestID }
        }
    }

    /// Waits for the next request's log line that `matches`.
    func logLine(where matches: (JSON) -> Bool) throws -> JSON {
        try eventually("a log line as expected") {
            logLines.first { $0["msg"].string == "request" && matches($0) }
        }
    }

    func askMetricsPort(_ path: String, headers: [String] = []) throws -> HTTPMessage {
        let wire = try Wire(to: metricsPort)
        defer { wire.close() }
        try wire.send(request("GET", path, headers: headers))
        return try wire.takeAnswer(within: .seconds(5))
    }

    func metrics() throws -> Samples {
        Samples(try askMetricsPort("/metrics").text)
    }
}

/// A request's bytes, as text; with a body, its length is said.
func request(_ method: String, _ path: String, _ body: String? = nil, headers: [String] = []) -> String {
    var lines = ["\(method) \(path) HTTP/1.1", "host: localhost"]
    if let body { lines += ["content-type: application/json", "content-length: \(body.utf8.count)"] }
    return (lines + headers).joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
}

func chatBody(_ text: String = "Hello there", model: String = "m", more: String = "") -> String {
    #"{"model": "\#(model)", "messages": [{"role": "user", "content": "\#(text)"}]\#(more)}"#
}

/// Runs a test against a gateway of its own, which must have survived it.
func withGateway(
    _ configuration: String, environment: [String: String] = [:], openFiles: Int? = nil,
    _ body: (GatewayProcess) throws -> Void
) throws {
    let gateway = try GatewayProcess(configuration, environment: environment, openFiles: openFiles)
    defer { gateway.program.signal(SIGKILL) }
    try body(gateway)
    try gateway.mustLive()
}

/// The same, before an upstream that plays the test's script.
///
/// - Parameters:
///   - settings: more of the provider's entry: `api_key: a, timeouts: { idle: 1s }`.
///   - configuration: more YAML at the top level.
func withGateway(
    before upstream: ScriptedUpstream, provider settings: String = "api_key: sk-upstream-0123456789abcdef",
    also configuration: String = "", openFiles: Int? = nil, _ body: (GatewayProcess) throws -> Void
) throws {
    defer { upstream.stop() }
    try withGateway(
        """
        providers:
          up: { type: openai-compatible, base_url: "http://127.0.0.1:\(upstream.port)/v1", \(settings) }
        routing: { default_provider: up }
        \(configuration)
        """, openFiles: openFiles, body)
}

/// The same, before two upstreams, which as `first` and `second` serve the model `m`, in this order.
///
/// - Parameters:
///   - settings: More of both providers' entries.
///   - model: More of the model's entry: `hedge_after: 1s`.
func withGateway(
    before first: ScriptedUpstream, and second: ScriptedUpstream, provider settings: String = "api_key: a",
    model: String = "strategy: priority", also configuration: String = "", _ body: (GatewayProcess) throws -> Void
) throws {
    defer {
        first.stop()
        second.stop()
    }
    func entry(_ upstream: ScriptedUpstream) -> String {
        #"{ type: openai-compatible, base_url: "http://127.0.0.1:\#(upstream.port)/v1", \#(settings) }"#
    }
    try withGateway(
        """
        providers: { first: \(entry(first)), second: \(entry(second)) }
        models:
          m: { \(model), targets: [{ provider: first, model: m }, { provider: second, model: m }] }
        \(configuration)
        """, body)
}

extension GatewayProcess {
    /// - Throws: ``Unfulfilled`` with its last words when it has ended.
    func mustLive() throws {
        if let code = program.exitCode {
            throw Unfulfilled("the gateway ended with \(code): \(program.standardError.suffix(2000))")
        }
    }
}
