import Foundation
import Testing

@testable import LLMGateway

@Suite struct SecretTests {
    private let hidden = "sk-sesame"

    @Test func `a secret shows dots wherever it is printed`() throws {
        let secret = Secret(hidden)
        var dumped = ""
        dump([secret], to: &dumped)
        let printed = [
            "\(secret)", "\([secret])", String(describing: secret), String(reflecting: ["k": secret]), dumped,
            String(decoding: try JSONEncoder().encode([secret]), as: UTF8.self), "\(Optional(secret) as Any)",
        ]
        for text in printed { #expect(!text.contains("sesame"), "\(text)") }
        #expect("\(secret)" == Secret.mask)
        #expect(secret.reveal() == hidden)
    }

    @Test func `secrets are equal when their texts are`() {
        #expect(Secret("abc") == Secret("abc"))
        #expect(Secret("abc") != Secret("abd"))
        #expect(Secret("abc") != Secret("ab"))
        #expect(Secret("") != Secret("\0"))
        #expect(Secret("") == Secret(""))
    }

    @Test func `neither print-config nor a dump of the configuration shows a secret`() throws {
        let key = TemporaryFiles.file("\n  \(hidden)-file \n")
        defer { TemporaryFiles.remove(key) }
        let loaded = try configuration(
            """
            providers:
              openai: { api_key: "${KEY}", api_keys: [sk-sesame-1, sk-sesame-2], headers: { x-token: sesame } }
              huggingface: { api_key_file: \(key) }
            """, ["KEY": hidden, "OPENAI_API_KEY": hidden])
        var dumped = ""
        dump(loaded, to: &dumped)
        for text in [loaded.printed(), dumped, "\(loaded)", String(reflecting: loaded.settings)] {
            #expect(!text.contains("sesame"))
        }
        #expect(loaded.provider("openai")?.apiKeys.map { $0.reveal() } == [hidden, "sk-sesame-1", "sk-sesame-2"])
        #expect(loaded.provider("huggingface")?.apiKeys.map { $0.reveal() } == ["sk-sesame-file"])
        #expect(loaded.watchedFiles == [key])
    }

    @Test(arguments: [
        "providers: { openai: { api_key: [sk-sesame] } }",
        "providers: { openai: { api_key: \"sk-sesame\\nx\" } }",
        "providers: { openai: { api_keys: sk-sesame } }",
        "providers: { openai: { api_keys: [{ k: sk-sesame }] } }",
        "providers: { openai: sk-sesame }",
        "providers: { openai: { headers: sk-sesame } }",
        "providers: { openai: { base_url: \"https://u:sk-sesame@h\" } }",
        "providers: { openai: { api_key: \"sk-sesame } }",
        "providers: { openai: { api_key: sk-sesame: x } }",
    ])
    func `no problem shows a secret`(yaml: String) {
        let found = problems(yaml)
        #expect(!found.isEmpty)
        #expect(!found.joined().contains("sesame"), "\(found)")
    }

    @Test func `an empty secret file is an unset value, with a warning`() throws {
        let key = TemporaryFiles.file(" \n")
        defer { TemporaryFiles.remove(key) }
        let loaded = try configuration("providers: { openai: { api_key_file: \(key) } }", ["OPENAI_API_KEY": hidden])
        #expect(loaded.provider("openai")?.apiKeys.map { $0.reveal() } == [hidden])
        #expect(loaded.warnings.count == 1)
    }
}
