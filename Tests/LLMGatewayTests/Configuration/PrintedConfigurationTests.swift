import Testing

@testable import LLMGateway

@Suite struct PrintedConfigurationTests {
    @Test func `print-config shows every value and where it came from`() throws {
        let loaded = try configuration(
            """
            server:
              port: 81
              cors: { origins: ["*"] }
            resilience: { timeouts: { total: 90s } }
            providers:
              openai:
                api_key: sk-sesame
                headers: { x-team: a }
                timeouts: { connect: 1500ms }
            models:
              gpt-4.1:
                targets:
                  - { provider: openai, model: gpt-4.1 }
                  - { provider: simulated, model: "llama3:latest", weight: 2 }
            """, ["LLM_GATEWAY_LOG_LEVEL": "debug"])
        let printed = loaded.printed()
        #expect(
            printed.hasPrefix(
                """
                server:
                  host: 127.0.0.1                           # default
                  port: 81                                  # config.yaml:2
                  threads: 0                                # default
                  max_body_bytes: 32MiB                     # default

                """))
        #expect(
            printed.contains(
                """
                  cors:
                    origins: ["*"]                          # config.yaml:3
                    credentials: false                      # default
                metrics:

                """))
        #expect(printed.contains("\n  level: debug                              # LLM_GATEWAY_LOG_LEVEL\n"))
        #expect(
            printed.contains(
                """
                providers:
                  openai:
                    type: openai                            # default
                    enabled: auto                           # default
                    base_url: https://api.openai.com/v1     # default
                    api_key: "********"                     # config.yaml:7
                    headers:
                      x-team: "********"                    # config.yaml:8
                    models: []                              # default
                    timeouts:
                      connect: 1500ms                       # config.yaml:9
                      first_byte: 120s                      # as resilience.timeouts.first_byte
                      idle: 120s                            # as resilience.timeouts.idle
                      total: 90s                            # as resilience.timeouts.total

                """))
        #expect(
            printed.contains(
                """
                models:
                  gpt-4.1:
                    strategy: priority                      # default
                    fallbacks: []                           # default
                    fallbacks_on: [error]                   # default
                    hedge_after: 0s                         # default
                    affinity: none                          # default
                    targets:
                      - provider: openai                    # config.yaml:13
                        model: gpt-4.1                      # config.yaml:13
                        weight: 1                           # default
                      - provider: simulated                 # config.yaml:14
                        model: llama3:latest                # config.yaml:14
                        weight: 2                           # config.yaml:14

                """))
    }

    @Test func `what print-config prints is YAML that says the same`() throws {
        let loaded = try configuration("server: { host: \"::1\" }\nproviders: { simulated: { first_token: 300ms } }")
        let again = try configuration(loaded.printed())
        #expect(again.values.map(\.written) == loaded.values.map(\.written))
    }

    @Test func `text that some reader of YAML takes for something else is in quotes`() throws {
        let words = ["off", "Yes", "n", "true", "1.5", "12", "0x1F", "1_000", "12:30", "1e3", ".5", "null"]
        for word in words { #expect(YAMLOutline.scalar(word) == "\"\(word)\"") }
        for word in ["127.0.0.1", "gpt-4.1", "llama3:latest", "offer", "2024-10-21", "3b", "./a"] {
            #expect(YAMLOutline.scalar(word) == word)
        }
        let printed = try configuration(
            "routing: { fetch_images: off }\nproviders: { openai: { enabled: false, models: [\"1.5\"] } }"
        ).printed()
        #expect(printed.contains("fetch_images: \"off\" ") && printed.contains("models: [\"1.5\"] "))
        #expect(printed.contains("enabled: false "))
    }

    @Test func `a setting that is as the process runs with it again needs no restart`() throws {
        let running = try configuration("server: { port: 1 }")
        let changed = try configuration("server: { port: 2 }")
        func pending(from old: GatewayConfiguration, to new: GatewayConfiguration) -> [String] {
            GatewayConfiguration.restartRequired(from: old, to: new, running: running)
        }
        #expect(pending(from: running, to: changed) == ["server.port"])
        #expect(pending(from: changed, to: changed) == [], "it was said")
        #expect(pending(from: changed, to: running) == [])
    }

    @Test func `a change that a reload can't apply is named`() throws {
        let old = try configuration(
            "server: { port: 1, tls: { certificate_file: a, key_file: b } }\nlog: { level: info }")
        let new = try configuration(
            "server: { port: 2, tls: { certificate_file: c, key_file: b } }\nlog: { level: debug }")
        #expect(
            GatewayConfiguration.restartRequired(from: old, to: new) == ["server.port", "server.tls.certificate_file"])
        #expect(GatewayConfiguration.restartRequired(from: new, to: new) == [])
    }

    @Test func `a secret that a reload can't apply is named, and so is one that is gone`() throws {
        let old = try configuration(
            "redis: { url: \"redis://:one-secret@127.0.0.1:1\" }\nstore: { secret: first-secret }")
        let new = try configuration(
            "redis: { url: \"redis://:two-secret@127.0.0.1:1\" }\nstore: { secret: first-secret }")
        #expect(GatewayConfiguration.restartRequired(from: old, to: new) == ["redis.url"])
        #expect(GatewayConfiguration.restartRequired(from: old, to: old) == [])
        #expect(
            GatewayConfiguration.restartRequired(from: old, to: try configuration("")).sorted() == [
                "redis.url", "store.secret",
            ])
    }
}
