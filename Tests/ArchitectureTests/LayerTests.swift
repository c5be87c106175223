import Testing

/// Who may know whom. Inside a module the compiler lets every folder name every other; these tests do not.
@Suite struct LayerTests {
    private var sources: [SourceFile] { SourceFile.product }

    /// What the standard library and the system bring along.
    private static let everywhere: Set<String> = ["Synchronization", "Glibc", "Musl", "Darwin"]

    /// What each folder may import beside that.
    private static let mayImport: [String: Set<String>] = [
        "WireFormats": [],
        "LLMGateway/Policy": [],
        "LLMGateway/Transport": ["NIOCore", "NIOPosix", "NIOSSL", "NIOTLS", "Dispatch"],
        "LLMGateway/Configuration": ["Yams", "WireFormats", "Foundation"],
        "LLMGateway/Observability": [
            // Log lines are JSON texts.
            "WireFormats", "Logging", "Metrics", "CoreMetrics", "NIOCore", "Dispatch", "Foundation",
            // Spans are protobuf messages, compressed.
            "Tracing", "SwiftProtobuf", "FoundationEssentials", "CZlib",
        ],
        "LLMGateway/Access": ["NIOCore", "Crypto", "Logging"],
        "LLMGateway/Routing": ["WireFormats", "NIOCore", "Logging"],
        "LLMGateway/Providers": [
            "WireFormats", "NIOCore", "NIOSSL", "Crypto", "CryptoExtras", "FoundationEssentials",
        ],
        "LLMGateway/State": [
            "WireFormats", "GRDB", "CHiredis", "Crypto", "NIOCore", "NIOPosix", "NIOSSL", "Logging", "Dispatch",
            "Foundation",
        ],
        "LLMGateway/Pipeline": ["WireFormats", "NIOCore", "NIOPosix", "NIOSSL", "Logging", "Tracing"],
        "LLMGateway/Operators": ["WireFormats", "NIOCore", "Logging"],
        "LLMGateway": [
            "WireFormats", "NIOCore", "NIOPosix", "NIOSSL", "Logging", "Metrics", "CoreMetrics", "Tracing", "Dispatch",
        ],
        "llm-gateway": ["LLMGateway", "ArgumentParser", "Dispatch", "Foundation"],
    ]

    @Test func `each folder imports only what its layer may`() {
        for file in sources {
            let layer =
                Self.mayImport.keys.contains("\(file.module)/\(file.folder)")
                ? "\(file.module)/\(file.folder)" : file.module
            let allowed = Self.mayImport[layer] ?? []
            for module in file.imports where !Self.everywhere.contains(module) {
                #expect(allowed.contains(module), "\(file.path) imports \(module)")
            }
        }
    }

    /// Whose types each folder of the gateway may name, beside its own. What is not here may name nobody's.
    private static let mayName: [String: Set<String>] = [
        "Transport": [],
        "Policy": [],
        // Which calls are traced is a decision.
        "Observability": ["Policy"],
        "Configuration": ["Policy", "Observability"],
        "Access": ["Configuration", "Policy", "Observability", "Transport"],
        "Routing": ["Configuration", "Policy", "Observability"],
        "Providers": ["Configuration", "Policy", "Observability", "Routing", "Transport", "Access"],
        "State": ["Configuration", "Policy", "Observability", "Transport"],
        "Pipeline": [
            "Transport", "Policy", "Observability", "Configuration", "Access", "Routing", "Providers", "State", "",
        ],
        "Operators": [
            "Transport", "Policy", "Observability", "Configuration", "Access", "Routing", "Providers", "State",
            "Pipeline", "",
        ],
    ]

    @Test func `nothing points up`() {
        let gateway = sources.filter { $0.module == "LLMGateway" }
        var home: [String: String] = [:]
        for file in gateway { for type in file.declaredTypes { home[type] = file.folder } }
        #expect(home.count > 50, "the sources were found and read")
        var nested: [String: Set<String>] = [:]
        for file in gateway { nested[file.folder, default: []].formUnion(file.nestedTypes) }
        for file in gateway where !file.folder.isEmpty {
            let allowed = Self.mayName[file.folder] ?? []
            for (number, line) in file.names.enumerated() {
                for word in SourceFile.words(line) {
                    guard let folder = home[String(word)], folder != file.folder else { continue }
                    if nested[file.folder]?.contains(String(word)) == true { continue }
                    #expect(
                        allowed.contains(folder),
                        "\(file.path):\(number + 1) names \(word) of \(folder.isEmpty ? "the module's root" : folder)")
                }
            }
        }
    }

    @Test func `no wire format knows another`() {
        let formats = sources.filter { $0.module == "WireFormats" }
        // What the formats are made of, and the room that those of one vendor share.
        let shared: Set<String> = ["", "Chat", "Embeddings", "Framing", "JSON", "OpenAI"]
        var home: [String: String] = [:]
        for file in formats where !shared.contains(file.folder) {
            for type in file.declaredTypes { home[type] = file.folder }
        }
        for file in formats where file.fileName != "BuiltInFormats.swift" {
            for word in file.names.flatMap(SourceFile.words) {
                guard let folder = home[String(word)], folder != file.folder else { continue }
                Issue.record("\(file.path) names \(word) of \(folder)")
            }
        }
    }

    @Test func `transport has never heard of a language model`() {
        let foreign =
            /(?i)^(chat|prompt|llm|openai|anthropic|completion|embedding|model|provider)|(Model|Provider|WireFormat|FormatID)/
        for file in sources where file.folder == "Transport" {
            for (number, line) in file.names.enumerated() {
                // A name of NIO's.
                for word in SourceFile.words(line) where word.contains(foreign) && word != "SocketOptionProvider" {
                    Issue.record("\(file.path):\(number + 1) says \(word)")
                }
            }
        }
    }

    @Test func `policy and formats have no clock, lock, log, metric or randomness of their own`() {
        let doing: Set<Substring> = [
            "Mutex", "Atomic", "Logger", "ContinuousClock", "SuspendingClock", "Task", "async", "await",
            "SystemRandomNumberGenerator", "GatewayMetrics", "Counter", "Histogram", "EventLoop", "Date",
        ]
        for file in sources where file.module == "WireFormats" || file.folder == "Policy" {
            for (number, line) in file.names.enumerated() {
                // A point in time may be handed in; the clock may not be asked.
                let line = line.replacing("ContinuousClock.Instant", with: "")
                for word in SourceFile.words(line) where doing.contains(word) {
                    Issue.record("\(file.path):\(number + 1) uses \(word)")
                }
            }
        }
    }

    /// Words that only a vendor's API has; `model` and the like are everybody's.
    private static let vendorFields: Set<Substring> = [
        "max_tokens", "max_completion_tokens", "stream_options", "include_usage", "tool_choice", "tool_calls",
        "tool_call_id", "response_format", "finish_reason", "prompt_tokens", "completion_tokens", "encoding_format",
        "parallel_tool_calls", "stop_reason", "stop_sequences", "max_tokens_to_sample", "thinking", "cache_control",
        "content_block_delta", "generationConfig", "usageMetadata", "thoughtSignature", "eval_count", "num_predict",
        "previous_response_id",
    ]

    @Test func `a vendor's field names are known to the vendor's format alone`() {
        for file in sources {
            let isFormat =
                file.module == "WireFormats" && !["", "Chat", "Embeddings", "Framing", "JSON"].contains(file.folder)
            // What gets lost is counted by name, whatever the format was; and a model may be called anything.
            guard !isFormat, file.path != "Sources/WireFormats/Loss.swift", !file.path.contains("/ModelTable/") else {
                continue
            }
            // What OpenTelemetry calls it is no vendor's word.
            for (number, line) in file.code.enumerated() where !line.contains(#""gen_ai."#) {
                for word in SourceFile.words(line) where Self.vendorFields.contains(word) {
                    Issue.record("\(file.path):\(number + 1) knows \(word)")
                }
            }
        }
    }
}
