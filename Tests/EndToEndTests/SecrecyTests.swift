import Foundation
import Testing

/// Secrets go in everywhere, and come out nowhere: neither in logs nor in metrics, errors, or what the commands print.
@Suite(.ownThread) struct SecrecyTests {
    /// Every secret that the gateway is told in a test, by where. They look like nobody's keys, so that nothing but knowing
    /// them can help.
    private static let canaries = [
        "api_key": "canary.one/1of+many", "api_keys": "canary.another", "header": "canary.in-a-header",
        "anthropic": "canary.anthropic", "gemini": "canary.gemini", "huggingface": "canary.in-a-file",
        "azure": "canary.azure", "aws_id": "canary.aws-id", "aws_secret": "canary.aws/secret",
        "aws_token": "canary.aws-session", "vertex": "canary.access-token", "key": "canary.of-a-client",
        "key_file": "canary.key-in-a-file", "redis": "canary.redis-password", "store": "canary.seals-the-store",
    ]

    /// What a client brings that is nobody's key.
    private static let foreign = ["canary.wrong-bearer", "canary.wrong-header", "canary.in-the-query", "canary.cookie"]

    private static func canary(_ name: String) -> String { canaries[name] ?? "" }

    /// What is sent comes back, head and body: in an error, or where it is asked for in an answer.
    private static func echo() throws -> ScriptedUpstream {
        try ScriptedUpstream { call in
            let head = call.request.fields.map { "\($0.name): \($0.value)" }.joined(separator: " | ")
            let said = "you sent \(call.request.path) \(head) \(call.request.text)"
            let quoted = String(decoding: try JSONEncoder().encode(said), as: UTF8.self)
            if call.request.text.contains("please answer") {
                let known = canaries.values.sorted().joined(separator: " ")
                return try call.answer(Wording.completion("\(known) and card-4111"))
            }
            let statuses = ["400 Bad Request", "401 Unauthorized", "500 Oops", "429 Slow Down"]
            try call.answer(
                #"{"error":{"message":\#(quoted),"type":\#(quoted),"code":\#(quoted),"param":\#(quoted)}}"#,
                status: statuses[call.number % statuses.count])
        }
    }

    private static func configuration(_ upstream: ScriptedUpstream, _ folder: ScratchFolder, format: String) throws
        -> String
    {
        let root = "http://127.0.0.1:\(upstream.port)"
        let (huggingFace, key) = (
            try folder.write(canary("huggingface"), to: "hf"), try folder.write(canary("key_file"), to: "key")
        )
        return """
            providers:
              oa:
                type: openai-compatible
                base_url: "\(root)/v1"
                api_keys: ["\(canary("api_key"))", "\(canary("api_keys"))"]
                headers: { x-extra: "\(canary("header"))" }
              an: { type: anthropic, base_url: "\(root)", api_key: "\(canary("anthropic"))" }
              ge: { type: gemini, base_url: "\(root)/v1beta", api_key: "\(canary("gemini"))" }
              hf: { type: huggingface, base_url: "\(root)/v1", api_key_file: "\(huggingFace)" }
              az: { type: azure-openai, base_url: "\(root)", api_key: "\(canary("azure"))", deployments: { m: m } }
              be:
                type: bedrock
                base_url: "\(root)"
                location: eu-west-3
                access_key_id: "\(canary("aws_id"))"
                secret_access_key: "\(canary("aws_secret"))"
                session_token: "\(canary("aws_token"))"
              ve:
                type: vertex-gemini
                base_url: "\(root)/v1"
                project: p
                location: us-central1
                access_token: "\(canary("vertex"))"
              own: { type: openai-compatible, base_url: "\(root)/v1", forward_client_key: true }
            keys:
              - { name: a, key: "\(canary("key"))" }
              - { name: b, key_file: "\(key)" }
            redis: { url: "redis://:\(canary("redis"))@127.0.0.1:1/0" }
            store: { secret: "\(canary("store"))" }
            resilience: { retry: { max_attempts: 1 } }
            log: { level: trace, format: \(format), bodies: true, max_body_length: 200, redact: ["card-[0-9]+"] }
            """
    }

    private static let providers = ["oa", "an", "ge", "hf", "az", "be", "ve", "own"]

    /// Complains of every secret in a text that somebody may see.
    private func search(_ text: String, _ place: String, for secrets: [String]? = nil) {
        for secret in secrets ?? (Array(Self.canaries.values) + Self.foreign) {
            #expect(!text.contains(secret), "\(secret) in \(place): \(context(of: secret, in: text))")
        }
    }

    private func context(of secret: String, in text: String) -> String {
        guard let found = text.range(of: secret) else { return "" }
        let start = text.index(found.lowerBound, offsetBy: -120, limitedBy: text.startIndex) ?? text.startIndex
        return String(text[start..<found.upperBound])
    }

    private func everything(of answer: HTTPMessage) -> String {
        answer.startLine + answer.fields.map { "\n\($0.name): \($0.value)" }.joined() + "\n" + answer.text
    }

    @Test(arguments: ["json", "text"])
    func `a secret that goes in comes out nowhere`(format: String) throws {
        let upstream = try Self.echo()
        defer { upstream.stop() }
        let folder = try ScratchFolder()
        let configuration = try Self.configuration(upstream, folder, format: format)
        let gateway = try GatewayProcess(configuration)
        defer { gateway.program.signal(SIGKILL) }
        try feed(gateway, configuration)
    }

    private func feed(_ gateway: GatewayProcess, _ configuration: String) throws {
        let key = "authorization: Bearer \(Self.canary("key"))"
        // Each credential of each provider, echoed in an error; whole and streamed, translated and not.
        for provider in Self.providers {
            for more in ["", "", #","stream":true"#] {
                let answer = try gateway.chat(model: "\(provider)/m", more: more, headers: [key])
                search(everything(of: answer), "an error of \(provider)")
                let message = #"{"model":"\#(provider)/m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}"#
                let other = try gateway.ask("POST", "/v1/messages", message, headers: [key])
                search(everything(of: other), "an error of \(provider)")
            }
        }
        // What is known, said by a model and by a client, wherever the log cuts it.
        let known = Self.canaries.values.sorted().joined(separator: " ")
        _ = try gateway.chat("please answer \(known) card-4111", model: "oa/m", headers: [key])
        for secret in ["api_key", "vertex", "store"].map(Self.canary) {
            for shift in 0..<20 {
                let filling = String(repeating: "x", count: 140 - shift)
                _ = try gateway.chat("\(filling)\(secret) please answer", model: "oa/m", headers: [key])
            }
        }
        // What a client presents that is nobody's.
        let body = chatBody(model: "oa/m")
        for header in ["authorization: Bearer ", "x-api-key: ", "api-key: ", "x-goog-api-key: "] {
            let answer = try gateway.ask(
                "POST", "/v1/chat/completions", body,
                headers: [header + (header.hasPrefix("a") ? "canary.wrong-bearer" : "canary.wrong-header")])
            #expect(answer.status == 401)
            search(everything(of: answer), "a refusal")
        }
        for path in ["/v1beta/models/m:generateContent?key=canary.in-the-query", "/nowhere?key=canary.in-the-query"] {
            search(
                everything(of: try gateway.ask("POST", path, body, headers: ["cookie: s=canary.cookie"])), "a refusal")
        }
        for path in ["/v1/models", "/health", "/ready", "/admin/keys", "/v1/nothing"] {
            search(everything(of: try gateway.ask("GET", path, headers: [key])), path)
        }
        for path in ["/metrics", "/ready", "/health", "/nothing"] {
            search(everything(of: try gateway.askMetricsPort(path)), path)
        }
        // A configuration that is refused while it runs.
        let broken = configuration.replacing("max_attempts: 1", with: "max_attempts: many")
        try gateway.folder.write(broken, to: "config.yaml")
        gateway.program.signal(SIGHUP)
        try eventually("the refusal") { gateway.program.standardOutput.contains("configuration refused") }
        gateway.program.signal(SIGTERM)
        _ = try gateway.program.waitForExit()
        try eventually("its last words") { gateway.program.hasSaidEverything }
        let said = gateway.program.standardOutput + gateway.program.standardError
        search(said, "the log")
        #expect(!said.contains("card-4111"), "what a pattern of the operator's matches")
        #expect(said.contains("[redacted]") && said.contains("request_body"))
        // Not even in part.
        for part in ["canary.o", "canary.v", "canary.s", "canary.a"] { search(said, "the log", for: [part]) }
    }

    @Test func `what the commands print holds no secret`() throws {
        let upstream = try Self.echo()
        defer { upstream.stop() }
        let folder = try ScratchFolder()
        let configuration = try Self.configuration(upstream, folder, format: "json")
        let file = try folder.write(configuration, to: "config.yaml")
        for arguments in [
            ["print-config"], ["check-config"], ["explain", "--model", "oa/m"],
            ["explain", "--model", "oa/m", "--key", "a"],
        ] {
            let result = try Program.run(GatewayProcess.binary, arguments + ["--config", file])
            #expect(result.code == 0, "\(arguments): \(result.errors)")
            search(result.output + result.errors, arguments.joined(separator: " "))
        }
        // Each secret where something else should be, or spoilt in some way.
        for spoilt in [
            ("api_keys: [", "api_keys: [[canary.one/1of+many], "), ("access_token: \"", "access_token: \"\\n"),
            ("redis://:", "redis://:1%"), ("redis://:", "redis:"), ("127.0.0.1:1/0", "127.0.0.1:x/0"),
            ("base_url: \"http://127", "base_url: \"http://u:canary.anthropic@127"),
            ("/v1\"", "/v1?key=canary.gemini\""),
            ("secret: \"canary.seals-the-store\"", "secret: [canary.seals-the-store]"),
            ("headers: { x-extra: ", "headers: { \"x extra\": "),
            ("key: \"canary.of-a-client\"", "key: { k: canary.of-a-client }"),
            ("name: b, ", "name: b, key: canary.of-a-client, "), ("session_token: \"", "session_token: \"\\u0007"),
        ] {
            let broken = configuration.replacing(spoilt.0, with: spoilt.1)
            #expect(broken != configuration, "\(spoilt.0)")
            let result = try Program.run(
                GatewayProcess.binary, ["check-config", "--config", try folder.write(broken, to: "broken.yaml")])
            #expect(result.code == 78, "\(spoilt.1): \(result.output)")
            search(result.output + result.errors, "the problems of \(spoilt.1)")
        }
    }
}
