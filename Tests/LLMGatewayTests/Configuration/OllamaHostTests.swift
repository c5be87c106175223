import Testing

@testable import LLMGateway

@Suite struct OllamaHostTests {
    @Test(arguments: [
        ("gpu-box", "http://gpu-box:11434"), ("10.0.0.7", "http://10.0.0.7:11434"), ("gpu-box:80", "http://gpu-box:80"),
        (":8000", "http://127.0.0.1:8000"), ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:9000", "http://127.0.0.1:9000"), ("http://gpu-box", "http://gpu-box"),
        ("https://gpu-box/", "https://gpu-box"), ("https://gpu-box:444/ollama/", "https://gpu-box:444/ollama"),
        ("gpu-box:11434/path", "http://gpu-box:11434/path"), ("::1", "http://[::1]:11434"),
        ("[::1]", "http://[::1]:11434"), ("[::1]:9", "http://[::1]:9"), ("[::]:9", "http://[::1]:9"),
        ("::", "http://[::1]:11434"), ("fe80::1", "http://[fe80::1]:11434"), ("gpu-box:port", "http://gpu-box:11434"),
        ("gpu-box:70000", "http://gpu-box:11434"), ("http://gpu-box:0", "http://gpu-box"),
        ("ollama.com", "https://ollama.com"),
        (#" "gpu-box" "#, "http://gpu-box:11434"), ("'http://0.0.0.0:1'", "http://127.0.0.1:1"),
    ])
    func `the variable says where Ollama is, in the ways that Ollama reads it`(written: String, url: String) throws {
        let configuration = try configuration("", ["OLLAMA_HOST": written])
        #expect(configuration.provider("ollama")?.baseURL == url)
        #expect(configuration.effective("providers.ollama.base_url")?.hasSuffix(" # OLLAMA_HOST") == true)
        #expect(configuration.provider("ollama")?.isNamedByOperator == true)
    }

    @Test func `the file and our own variable beat it`() throws {
        let host = ["OLLAMA_HOST": "gpu-box"]
        let file = try configuration("providers: { ollama: { base_url: 'http://here:1' } }", host)
        #expect(file.provider("ollama")?.baseURL == "http://here:1")
        let variable = try configuration(
            "", host.merging(["LLM_GATEWAY_PROVIDERS_OLLAMA_BASE_URL": "http://v:2"]) { $1 })
        #expect(variable.provider("ollama")?.baseURL == "http://v:2")
    }

    @Test func `it is about the provider of that name only, and an empty one says nothing`() throws {
        let other = try configuration("providers: { mine: { type: ollama } }", ["OLLAMA_HOST": "gpu-box"])
        #expect(other.provider("mine")?.baseURL == "http://127.0.0.1:11434")
        let empty = try configuration("", ["OLLAMA_HOST": " "])
        #expect(empty.provider("ollama")?.baseURL == "http://127.0.0.1:11434")
        #expect(empty.provider("ollama")?.isNamedByOperator == false)
    }

    @Test(arguments: ["ftp://gpu-box", "http://user:secret@gpu-box", "gpu box", "http://gpu-box?x=1"])
    func `what is no address is a problem that names the variable`(written: String) {
        let problems = problems("", ["OLLAMA_HOST": written])
        #expect(problems.count == 1 && problems[0].contains("OLLAMA_HOST"), "\(problems)")
        #expect(!problems.joined().contains("secret"))
    }
}
