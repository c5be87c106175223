import Testing

/// What the official Ollama client sees of the simulated models, and of a server that speaks OpenAI's format.
@Suite(.ownThread) struct OllamaClientTests {
    private func sdk(_ name: String, _ gateway: GatewayProcess, model: String = "simulated/echo") throws -> JSON {
        try PythonScript.run("ollama_client.py", ["http://127.0.0.1:\(gateway.port)", name, model])
    }

    private func simulated(_ name: String, model: String = "simulated/echo") throws -> JSON {
        var result = JSON("null")
        try withGateway("providers: { simulated: {} }") { gateway throws in
            result = try sdk(name, gateway, model: model)
        }
        return result
    }

    @Test func `a chat is answered, and streamed line by line`() throws {
        let answer = try simulated("chat")
        #expect(answer["text"].string == "one two three" && answer["role"].string == "assistant")
        #expect(answer["done"].bool == true && answer["done_reason"].string == "stop")
        #expect(answer["input"].int == 5 && answer["output"].int == 3)
        let stream = try simulated("stream")
        #expect(stream["text"].string == "one two three" && (stream["pieces"].int ?? 0) >= 3)
        #expect(stream["done"].bool == true && stream["output"].int == 3)
    }

    @Test func `who divides tokens by time learns the model's pace`() throws {
        let model = "simulated/lorem?first_token=200ms&tokens_per_second=100"
        for name in ["chat", "stream"] {
            let answer = try simulated(name, model: model)
            let durations = answer["durations"].list?.compactMap(\.int) ?? []
            try #require(durations.count == 3, "\(answer)")
            // Nanoseconds: the first token, and a hundred of them a second.
            #expect(durations[0] >= 300_000_000 && durations[1] + durations[2] == durations[0], "\(durations)")
            #expect(durations[1] >= (name == "stream" ? 150_000_000 : 0) && durations[2] >= 100_000_000)
        }
    }

    @Test func `a prompt is completed, whole and streamed`() throws {
        let answer = try simulated("generate")
        #expect(answer["text"].string == "one two three" && answer["streamed"].string == "one two three")
    }

    @Test func `texts are embedded at both paths`() throws {
        let answer = try simulated("embed")
        #expect(answer["vectors"].int == 2 && answer["length"].int == 64 && answer["old"].int == 64)
    }

    @Test func `models are listed and shown`() throws {
        let answer = try simulated("models")
        #expect(answer["names"].list?.compactMap(\.string) == ["echo", "lorem"])
        #expect(answer["capabilities"].list?.isEmpty == false)
    }

    @Test func `an error has the client's shape, in the middle of a stream too`() throws {
        try withGateway("providers: { simulated: {}, openai: { api_key: sk-1 } }") { gateway throws in
            let answer = try sdk("failure", gateway, model: "nobody-has-this")
            #expect(answer["status"].int == 404 && answer["error"].string?.contains("nobody-has-this") == true)
            #expect(try gateway.ask("GET", "/").text == "Ollama is running")
        }
        let broken = try simulated("stream_failure", model: "simulated/error-midstream")
        #expect(broken["failed"].bool == true && broken["text"].string?.isEmpty == false)
    }

    @Test func `a server that speaks OpenAI's format answers with a call of a tool`() throws {
        let upstream = try ScriptedUpstream(
            answering: """
                {"id":"c","object":"chat.completion","created":1,"model":"up","choices":[{"index":0,"message":{"role":"assistant",\
                "content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"get_weather",\
                "arguments":"{\\"city\\":\\"Oslo\\"}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":3,"completion_tokens":4}}
                """)
        try withGateway(before: upstream) { gateway throws in
            let answer = try sdk("tools", gateway, model: "m")
            #expect(answer["calls"][0][0].string == "get_weather" && answer["calls"][0][1]["city"].string == "Oslo")
            #expect(answer["input"].int == 3 && answer["output"].int == 4)
        }
    }

    // MARK: What comes before a call, and after

    @Test func `a model is loaded and unloaded without anything to do`() throws {
        let answer = try simulated("load")
        #expect(answer["reasons"].list?.compactMap(\.string) == ["load", "unload", "load", "unload", "load"])
        #expect(answer["models"].list?.compactMap(\.string) == ["echo"])
    }

    @Test func `a real server of Ollama's is asked to load and unload`() throws {
        let upstream = try ScriptedUpstream { call in
            let isChat = call.request.path == "/api/chat"
            let reason = call.request.json["keep_alive"].isNull ? "load" : "unload"
            let message = isChat ? #""message":{"role":"assistant","content":""}"# : #""response":"""#
            try call.answer(
                #"{"model":"there","created_at":"2026-01-01T00:00:00Z",\#(message),"done":true,"done_reason":"\#(reason)"}"#
            )
        }
        defer { upstream.stop() }
        try withGateway("providers: { ollama: { base_url: 'http://127.0.0.1:\(upstream.port)' } }") { gateway throws in
            let answer = try sdk("load", gateway, model: "llama3.2")
            #expect(answer["reasons"].list?.compactMap(\.string) == ["load", "unload", "load", "unload", "load"])
            #expect(answer["models"].list?.compactMap(\.string) == ["there"])
            #expect(upstream.calls.count == 5 && upstream.calls[0].json["model"].string == "llama3.2")
        }
    }

    /// What `ollama run`, `stop`, `list`, `show` and `ps` send, as its source has it.
    @Test func `the requests of Ollama's own program are answered`() throws {
        try withGateway("providers: { simulated: { models: [echo, 'vendor/m:8b'] } }") { gateway throws in
            let alive = try gateway.ask("HEAD", "/", headers: ["accept: application/json"])
            #expect(alive.status == 200 && alive.body.isEmpty)
            let show = #"{"model":"","system":"","template":"","verbose":false,"options":null,"name":"vendor/m:8b"}"#
            let shown = try gateway.ask("POST", "/api/show", show)
            #expect(shown.status == 200 && shown.json["capabilities"].list?.isEmpty == false)
            #expect(shown.json["details"].keys.contains("parent_model") && !shown.json["model_info"].isNull)
            let rest = #""suffix":"","system":"","template":"","context":null,"options":null"#
            let load = try gateway.ask("POST", "/api/generate", #"{"model":"vendor/m:8b","prompt":"",\#(rest)}"#)
            #expect(load.json["done_reason"].string == "load" && load["content-type"] == "application/json")
            let stop = #"{"model":"vendor/m:8b","prompt":"",\#(rest),"keep_alive":"0s"}"#
            #expect(try gateway.ask("POST", "/api/generate", stop).json["done_reason"].string == "unload")
            let chat = #"{"model":"vendor/m:8b","messages":[{"role":"user","content":"a b"}],"options":{}}"#
            let lines = try gateway.ask("POST", "/api/chat", chat).text.split(
                separator: "\n", omittingEmptySubsequences: false)
            // Its reader takes every line for JSON: there must be no empty one before the end.
            #expect(
                lines.last == ""
                    && lines.dropLast().allSatisfy { JSON(String($0))["message"]["role"].string == "assistant" })
            for model in try #require(try gateway.ask("GET", "/api/tags").json["models"].list) {
                #expect((model["digest"].string?.count ?? 0) >= 12 && model["size"].int != nil)
                #expect(model["modified_at"].string?.hasSuffix("Z") == true)
            }
            #expect(try gateway.ask("GET", "/api/ps").json["models"].list?.isEmpty == true)
            #expect(try gateway.ask("GET", "/api/version").json["version"].string?.contains(".") == true)
            let pinned = try gateway.ask("POST", "/api/show", #"{"model":"simulated/lorem"}"#)
            #expect(pinned.json["model_info"]["general.basename"].string == "simulated/lorem")
            let unknown = try gateway.ask("POST", "/api/show", #"{"model":"","name":"nobody"}"#)
            #expect(unknown.status == 404 && unknown.json["error"].string?.contains("nobody") == true)
        }
    }

    @Test func `a person with a browser is sent to the dashboard, a program is told who it is`() throws {
        try withGateway("providers: { simulated: {} }") { gateway throws in
            for method in ["GET", "HEAD"] {
                for accept in ["text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "application/json, TEXT/HTML;q=0.5"] {
                    let answer = try gateway.ask(method, "/", headers: ["accept: \(accept)"])
                    #expect(answer.status == 302 && answer["location"] == "/dashboard", "\(method) \(accept)")
                }
                for headers in [[], ["accept: */*"], ["accept: application/json"], ["accept: text/htmlx"]] {
                    let answer = try gateway.ask(method, "/", headers: headers)
                    #expect(answer.status == 200 && answer.text == (method == "HEAD" ? "" : "Ollama is running"))
                }
            }
        }
    }

    @Test func `models with slashes and colons are listed, shown and called, at one provider too`() throws {
        try withGateway("providers: { simulated: { models: ['vendor/m:8b'] } }") { gateway throws in
            for base in ["http://127.0.0.1:\(gateway.port)", "http://127.0.0.1:\(gateway.port)/simulated"] {
                let shown = try PythonScript.run("ollama_client.py", [base, "show", "vendor/m:8b"])
                #expect(shown["names"].list?.compactMap(\.string) == ["vendor/m:8b"])
                #expect(shown["architecture"].string == "simulated")
                let chat = try PythonScript.run("ollama_client.py", [base, "chat", "vendor/m:8b"])
                #expect(chat["text"].string == "one two three")
            }
        }
    }
}
