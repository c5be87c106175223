import Foundation
import Testing

@testable import WireFormats

@Suite struct OllamaModelListTests {
    private let model = OllamaModelList.Model(
        name: "openai/gpt-5", family: "openai", contextLength: 400_000, capabilities: ["completion", "tools"],
        modifiedAt: 1_786_082_887)

    private let details = #"""
        "details":{"parent_model":"","format":"","family":"openai","families":["openai"],"parameter_size":"",
         "quantization_level":""}
        """#

    @Test func `the list of models has what clients show`() throws {
        #expect(
            try Ollama.object(OllamaModelList.tags([model]))
                == Ollama.object(
                    #"""
                    {"models":[{"name":"openai/gpt-5","model":"openai/gpt-5","modified_at":"2026-08-07T06:08:07Z",
                     "size":0,"digest":"\#(model.digest)",\#(details),"capabilities":["completion","tools"]}]}
                    """#))
        #expect(OllamaModelList.tags([]).text == #"{"models":[]}"#)
    }

    @Test func `the list of running models has what clients show`() throws {
        #expect(
            try Ollama.object(OllamaModelList.running([model], expiresAt: 4_107_542_400))
                == Ollama.object(
                    #"""
                    {"models":[{"name":"openai/gpt-5","model":"openai/gpt-5","size":0,"digest":"\#(model.digest)",
                     \#(details),"expires_at":"2100-03-01T00:00:00Z","size_vram":0,"context_length":400000}]}
                    """#))
    }

    @Test func `a model shows its family, its context and what it can do`() throws {
        #expect(
            try Ollama.object(OllamaModelList.show(model))
                == Ollama.object(
                    #"""
                    {"license":"","modelfile":"","parameters":"","template":"",\#(details),
                     "model_info":{"general.architecture":"openai","general.basename":"openai/gpt-5",
                      "openai.context_length":400000},
                     "capabilities":["completion","tools"],"modified_at":"2026-08-07T06:08:07Z"}
                    """#))
    }

    @Test func `a digest is long enough to be cut, and another for another model`() {
        #expect(model.digest.count == 64 && model.digest.allSatisfy(\.isHexDigit))
        #expect(model.digest == OllamaModelList.Model(name: "openai/gpt-5").digest)
        let others = (0..<100).map { OllamaModelList.Model(name: "m\($0)").digest.prefix(12) }
        #expect(Set(others).count == 100)
    }

    @Test func `the version is told`() {
        #expect(OllamaModelList.version("0.12.6").text == #"{"version":"0.12.6"}"#)
    }

    @Test func `loading and unloading are answered`() throws {
        let chat = OllamaModelLoading.reply(
            model: "m", unloads: false, at: Ollama.place("/api/chat"), created: 1_786_082_887)
        #expect(
            try Ollama.lines(chat) == [
                Ollama.object(
                    #"""
                    {"model":"m","created_at":"2026-08-07T06:08:07Z","message":{"role":"assistant","content":""},
                     "done":true,"done_reason":"load"}
                    """#)
            ])
        let generate = OllamaModelLoading.reply(
            model: "m", unloads: true, at: Ollama.place("/api/generate"), created: 1_786_082_887)
        #expect(
            try Ollama.lines(generate) == [
                Ollama.object(
                    #"""
                    {"model":"m","created_at":"2026-08-07T06:08:07Z","response":"","done":true,"done_reason":"unload"}
                    """#)
            ])
    }

    @Test(arguments: [
        ("{}", false), (#"{"keep_alive":0}"#, true), (#"{"keep_alive":0.0}"#, true), (#"{"keep_alive":5}"#, false),
        (#"{"keep_alive":-1}"#, false), (#"{"keep_alive":"0"}"#, true), (#"{"keep_alive":"0s"}"#, true),
        (#"{"keep_alive":"10m"}"#, false), (#"{"keep_alive":""}"#, false), (#"{"keep_alive":null}"#, false),
    ])
    func `a lifetime of 0 unloads`(body: String, unloads: Bool) throws {
        #expect(try Ollama.parse(body) { OllamaModelLoading.unloads($0) } == unloads)
    }
}
