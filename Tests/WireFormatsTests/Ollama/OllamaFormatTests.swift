import Foundation
import Testing

@testable import WireFormats

@Suite struct OllamaFormatTests {
    private func outline(_ text: String, at path: String = "/api/chat") throws -> CallOutline {
        try text.withBytes { try Ollama.format.outline($0, at: Ollama.place(path), using: JSONTape()) }
    }

    @Test func `it answers at four paths, in lines`() {
        #expect(Ollama.format.id == .ollama)
        #expect(
            Ollama.format.endpoints == [
                FormatEndpoint("POST", "/api/chat", .chat), FormatEndpoint("POST", "/api/generate", .chat),
                FormatEndpoint("POST", "/api/embed", .embeddings),
                FormatEndpoint("POST", "/api/embeddings", .embeddings),
            ])
        #expect(Ollama.format.streamContentType(at: Ollama.place("/api/chat")) == "application/x-ndjson")
    }

    @Test func `a chat streams unless it says otherwise`() throws {
        for (member, streams) in [("", true), (#","stream":null"#, true), (#","stream":false"#, false)] {
            for (path, main) in [
                ("/api/chat", #","messages":[{"role":"user","content":"a"}]"#), ("/api/generate", #","prompt":"a""#),
            ] {
                let outline = try outline(#"{"model":"m"\#(main)\#(member)}"#, at: path)
                #expect(outline.streams == streams && outline.asksForUsage && outline.choices == 1)
            }
        }
        #expect(try !outline(#"{"model":"m","input":"a"}"#, at: "/api/embed").streams)
    }

    @Test(arguments: [
        ("/api/chat", #""messages":[]"#), ("/api/chat", #""messages":null,"stream":true"#),
        ("/api/generate", #""keep_alive":0"#), ("/api/generate", #""prompt":"""#),
        ("/api/generate", #""prompt":null,"system":"Be brief.","stream":true"#),
    ])
    func `without a prompt or a message a model is only loaded, and that is said in one piece`(
        path: String, rest: String
    )
        throws
    {
        let body = #"{"model":"m",\#(rest)}"#
        let outline = try outline(body, at: path)
        #expect(outline.asksNothing && !outline.streams)
        let answer = try #require(
            try Ollama.parse(body) {
                Ollama.format.answerToNothing($0, at: Ollama.place(path), model: "shown", created: 1)
            })
        let reason = rest.contains("keep_alive") ? "unload" : "load"
        #expect(try Ollama.object(answer)["done_reason"] as? String == reason)
        #expect(try Ollama.object(answer)["model"] as? String == "shown")
        let asking = try self.outline(
            path == "/api/chat"
                ? #"{"model":"m","messages":[{"role":"user","content":""}]}"# : #"{"model":"m","prompt":" "}"#, at: path
        )
        #expect(!asking.asksNothing && asking.streams)
    }

    /// What `/api/show` says to a body; nil for a model that it doesn't know.
    private func shown(_ body: String, among names: String...) throws -> String? {
        let inquiry = Inquiry(
            at: CallPlace(FormatEndpoint("POST", "/api/show", .modelList)),
            about: names.map { ModelEntry(name: $0, ownedBy: "p", created: 1) })
        switch try Ollama.parse(body, { Ollama.format.answer(inquiry, $0) }) {
        case .json(let json):
            let info = try Ollama.object(json)["model_info"] as? [String: Any]
            return info?["general.basename"] as? String
        case .unknownModel: return nil
        case .malformed(let malformed): throw malformed
        }
    }

    @Test func `a model is shown under either key, with a tag and without`() throws {
        #expect(try shown(#"{"model":"a/b:8b"}"#, among: "x", "a/b:8b") == "a/b:8b")
        // Ollama's own program says the older key, beside an empty new one.
        #expect(try shown(#"{"model":"","name":"x","verbose":false,"options":null}"#, among: "x") == "x")
        #expect(try shown(#"{"model":"x:latest"}"#, among: "x") == "x")
        #expect(try shown(#"{"model":"x"}"#, among: "x:latest") == "x:latest")
        #expect(try shown(#"{"model":"x"}"#, among: "x:latest", "x") == "x")
        #expect(try shown(#"{"model":"x:1b"}"#, among: "x") == nil)
        for body in ["{}", #"{"model":""}"#, #"{"name":""}"#, #"{"model":1}"#, #"{"model":null}"#] {
            #expect(throws: MalformedBody.self, "\(body)") { try shown(body, among: "x") }
        }
    }

    @Test func `a model that no list has is shown when it can be called`() throws {
        let inquiry = Inquiry(at: CallPlace(FormatEndpoint("POST", "/api/show", .modelList)), about: []) { name in
            name == "p/m" ? ModelEntry(name: name, ownedBy: "p", created: 1) : nil
        }
        func isShown(_ name: String) throws -> Bool {
            let answer = try Ollama.parse(#"{"model":"\#(name)"}"#) { Ollama.format.answer(inquiry, $0) }
            return answer != .unknownModel(name)
        }
        #expect(try isShown("p/m") && !isShown("p/n"))
    }

    @Test func `a listed name without its tag means the latest`() {
        #expect(Ollama.format.otherName(ofListed: "llama3.2:latest") == "llama3.2")
        #expect(Ollama.format.otherName(ofListed: "llama3.2:1b") == nil)
        #expect(OpenAIChatFormat().otherName(ofListed: "m:latest") == nil)
    }

    @Test func `text is counted, pictures aren't`() throws {
        let chat = try outline(
            #"""
            {"model":"m","options":{"num_predict":9},"tools":[{}],"messages":[{"role":"user","content":"abc","images":["AAAA"]},
             {"role":"assistant","content":"de","thinking":"f","tool_calls":[{}]}]}
            """#)
        #expect(chat.estimatedInputBytes == 6 + 4 + 4 && chat.maxOutputTokens == 9)
        let generate = try outline(
            #"{"model":"m","prompt":"abc","system":"de","images":["AAAA"],"options":{"num_predict":-1}}"#,
            at: "/api/generate")
        #expect(generate.estimatedInputBytes == 5 && generate.maxOutputTokens == nil)
        #expect(try outline(#"{"model":"m","input":["ab","c"]}"#, at: "/api/embed").estimatedInputBytes == 3)
        #expect(try outline(#"{"model":"m","prompt":"ab"}"#, at: "/api/embeddings").estimatedInputBytes == 2)
    }

    @Test func `another model's name is put in its place, and nothing else`() throws {
        let text = #"{"model":"m","messages":[]}"#
        let splices = Ollama.format.splices(try outline(text), model: "n", askForUsage: true)
        #expect(splices == [BodySplice(9..<12, Array(#""n""#.utf8))])
        #expect(Ollama.format.splices(try outline(text), model: "m", askForUsage: true).isEmpty)
    }

    @Test(arguments: [
        ("/api/chat", "{"), ("/api/chat", "[]"), ("/api/chat", "{}"), ("/api/chat", #"{"model":"m"}"#),
        ("/api/chat", #"{"model":"","messages":[]}"#), ("/api/chat", #"{"model":1,"messages":[]}"#),
        ("/api/chat", #"{"model":"m","model":"n","messages":[]}"#), ("/api/chat", #"{"model":"m","messages":[1]}"#),
        ("/api/chat", #"{"model":"m","messages":"x"}"#), ("/api/chat", #"{"model":"m","messages":[],"stream":"x"}"#),
        ("/api/generate", #"{"prompt":"x"}"#), ("/api/generate", #"{"model":"m","prompt":1}"#),
        ("/api/embed", #"{"model":"m"}"#), ("/api/embed", #"{"model":"m","input":[1]}"#),
        ("/api/embeddings", #"{"model":"m","input":"x"}"#),
    ])
    func `what nobody could answer is refused`(path: String, text: String) {
        #expect(throws: MalformedBody.self) { try outline(text, at: path) }
    }

    @Test func `an answer tells its model and what it used`() throws {
        func read(_ text: String) throws -> AnswerOutline {
            try text.withBytes { try Ollama.format.readAnswer($0, using: JSONTape()) }
        }
        let chat = try read(#"{"model":"m","message":{},"prompt_eval_count":2,"eval_count":3}"#)
        #expect(
            chat == AnswerOutline(model: "m", usage: TokenUsage(inputUncached: 2, output: 3), modelRange: 9..<12))
        #expect(try read(#"{"response":""}"#) == AnswerOutline())
        #expect(try read(#"{"embeddings":[],"prompt_eval_count":1}"#).usage == TokenUsage(inputUncached: 1))
        #expect(try read(#"{"embedding":[]}"#) == AnswerOutline())
        for text in ["", "<html>", "[]", "{}", #"{"error":"x"}"#, #"{"error":{"message":"x"}}"#] {
            #expect(throws: MalformedBody.self) { try read(text) }
        }
    }

    @Test func `failures are written and read`() {
        let failure = ChatFailure(status: 404, type: "t", code: "c", message: "No \"x\".")
        #expect(Ollama.format.failureBody(failure, requestID: "r").text == #"{"error":"No \"x\"."}"#)
        #expect(Ollama.format.failureEvent(failure, requestID: "r").text == #"{"error":"No \"x\"."}"# + "\n")
        func read(_ text: String) -> UpstreamFailureBody? {
            text.withBytes { Ollama.format.readFailure($0, using: JSONTape()) }
        }
        for text in [#"{"error":"x"}"#, #"{"error":{"message":"x"}}"#, #"{"message":"x"}"#] {
            #expect(read(text) == UpstreamFailureBody(message: "x"))
        }
        for text in ["", "<html>", "[]", "{}", #"{"error":""}"#, #"{"error":1}"#] { #expect(read(text) == nil) }
    }

    @Test func `a stream that passes is followed`() {
        let stream = Array(
            #"""
            {"model":"m","message":{"content":"ab","thinking":"c"},"done":false}
            {"model":"m","message":{"content":"","tool_calls":[{"function":{"arguments":{}}}]},"done":false}
            {"model":"m","message":{"content":""},"done":true,"prompt_eval_count":2,"eval_count":3}

            """#.utf8)
        let (tally, fates) = Ollama.follow(stream)
        #expect(tally.isComplete && !tally.isForeign && tally.failure == nil && tally.model == "m")
        #expect(tally.usage == TokenUsage(inputUncached: 2, output: 3))
        #expect(tally.contentEvents == 2 && tally.outputBytes == 5)
        #expect(fates == [.pass, .pass, .pass])
        let generated = Ollama.follow(Array(#"{"model":"m","response":"ab","done":true}"#.utf8) + [0x0a]).tally
        #expect(generated.outputBytes == 2 && generated.usage == nil && generated.isComplete)
    }

    @Test func `an error in a stream that passes is swallowed and noted`() {
        let (tally, fates) = Ollama.follow(Array("{\"response\":\"a\"}\n{\"error\":\"x\"}\n".utf8))
        #expect(tally.failure == UpstreamFailureBody(message: "x") && !tally.isComplete)
        #expect(fates == [.pass, .drop])
        #expect(Ollama.follow(Array("<html>\n".utf8)).tally.isForeign)
        #expect(Ollama.follow(Array("{\"choices\":[]}\n".utf8)).tally.isForeign)
    }
}
