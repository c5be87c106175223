import Foundation
import Testing

@testable import WireFormats

@Suite(.enabled(if: Recordings.areThere, Recordings.absence))
struct RecordedStreamsTests {
    private func format(_ path: String) -> any WireFormat {
        if path.contains("/responses/") { return OpenAIResponsesFormat() }
        return path.contains("/completions/") ? OpenAICompletionsFormat() : OpenAIChatFormat()
    }

    @Test(
        arguments: Recordings.of(
            "chat_completions", "openai_chat_completions", "tgi_chat_completions", "completions", "responses"))
    func `every recording is understood, and its bytes pass unchanged`(path: String) throws {
        try Recordings.read(path) { recording throws in
            let format = format(path)
            guard let response = recording["response"], response["status"]?.wholeNumber == 200 else { return }
            if let stream = try Recordings.stream(recording) {
                let choices = recording["request"]?["body"]?["n"]?.wholeNumber ?? 1
                for cuts in [[], Array(stride(from: 7, to: stream.count, by: 113))] {
                    let passage = StreamTapTests.pass(
                        stream, through: format, hidesUsage: false, choices: choices, splitAt: cuts)
                    #expect(!passage.tap.isForeign)
                    if passage.tap.failure == nil {
                        // An error behind a whole answer is left out: what it says is not for the client.
                        if !stream.text.contains(#""error":{"#) { #expect(passage.output == stream) }
                        #expect(passage.tap.isComplete)
                        #expect(passage.tap.model?.isEmpty == false)
                        #expect(passage.tap.contentEvents > 0)
                    }
                }
            } else if let body = response.optional("body"), body.kind == .object, body.optional("error") == nil {
                let answer = try format.readAnswer(body.raw, using: JSONTape())
                #expect(answer.model != nil)
                if body.optional("usage") != nil { #expect((answer.usage?.output ?? 0) >= 0 && answer.usage != nil) }
            }
        }
    }

    @Test(arguments: Recordings.of("chat_completions", "openai_chat_completions", "completions"))
    func `hiding usage takes away at most the one chunk without choices`(path: String) throws {
        try Recordings.read(path) { recording throws in
            guard let stream = try Recordings.stream(recording) else { return }
            let shown = StreamTapTests.pass(stream, through: format(path), hidesUsage: false)
            guard shown.tap.failure == nil, !stream.text.contains(#""error":{"#) else { return }
            let hidden = StreamTapTests.pass(
                stream, through: format(path), hidesUsage: true,
                splitAt: Array(stride(from: 50, to: stream.count, by: 77)))
            #expect(hidden.tap.usage == shown.tap.usage)
            let lost = stream.text.components(separatedBy: "\n\n").filter {
                !$0.isEmpty && !hidden.output.text.contains($0)
            }
            #expect(lost.count <= 1)
            for chunk in lost { #expect(chunk.replacing(" ", with: "").contains(#""choices":[]"#)) }
        }
    }

    @Test func `Groq's named error event is a failure`() throws {
        for path in Recordings.of("chat_completions") where path.contains("groq-chatcompletions-4d555ec2-0") {
            try Recordings.read(path) { recording throws in
                let stream = try #require(try Recordings.stream(recording))
                let tap = StreamTapTests.pass(stream, hidesUsage: false).tap
                #expect(tap.failure?.message != nil && !tap.isComplete)
            }
        }
    }

    @Test(
        arguments: Recordings.of("chat_completions", "embeddings", "completions", "responses").filter {
            !$0.hasPrefix("ollama/")
        })
    func `every recorded request has an outline`(path: String) throws {
        try Recordings.read(path) { recording throws in
            guard let body = recording["request"]?.optional("body"), body.kind == .object, body["model"] != nil,
                recording["response"]?["status"]?.wholeNumber == 200
            else { return }
            let format: any WireFormat = path.contains("/embeddings/") ? OpenAIEmbeddingsFormat() : format(path)
            let outline = try format.outline(body.raw, at: format.place, using: JSONTape())
            #expect(try outline.model == body.required("model").string())
        }
    }
}
