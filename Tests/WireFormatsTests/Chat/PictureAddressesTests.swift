import Testing

@testable import WireFormats

@Suite struct PictureAddressesTests {
    private func picture(_ url: String, detail: String? = nil) -> ChatPart {
        .image(Media(url: url, detail: detail))
    }

    private var request: ChatRequest {
        ChatRequest(
            model: "m",
            turns: [
                ChatTurn(.user, [.text("Look:"), picture("https://a.example/1.png", detail: "low")]),
                ChatTurn(.assistant, [.toolCall(ToolCall(id: "c", name: "f", arguments: "{}"))]),
                ChatTurn(
                    .user,
                    [
                        .toolResult(
                            ToolResult(callID: "c", parts: [.text("t"), picture("HTTPS://b.example/2.gif")])),
                        picture("https://a.example/1.png"), picture("s3://bucket/3.png"),
                        picture("data:image/png;base64,iVBORw0KGgo="), picture("http://c.example/4"),
                        ChatPart(.document(Media(.url("https://d.example/5.pdf")))),
                    ]),
            ])
    }

    @Test func `the pictures on the web are found in turns and in results of tools, each once, in order`() {
        #expect(
            request.pictureAddresses(except: .beginning([])) == [
                "https://a.example/1.png", "HTTPS://b.example/2.gif", "http://c.example/4",
            ])
        #expect(
            request.pictureAddresses(except: .beginning(["https://a.example/", "s3://"])) == [
                "HTTPS://b.example/2.gif", "http://c.example/4",
            ])
        #expect(request.pictureAddresses(except: .all).isEmpty)
    }

    @Test func `a picture that was fetched stands in every place of its address`() throws {
        var embedded = request
        let bytes = Media(.base64("iVBORw0KGgo="), mediaType: "image/png")
        embedded.embed(["https://a.example/1.png": bytes, "HTTPS://b.example/2.gif": bytes])
        #expect(embedded.pictureAddresses(except: .beginning([])) == ["http://c.example/4"])
        #expect(
            embedded.turns[0].parts[1]
                == .image(Media(.base64("iVBORw0KGgo="), mediaType: "image/png", detail: "low")))
        guard case .toolResult(let result) = embedded.turns[2].parts[0].content else {
            Issue.record("the result is there")
            return
        }
        #expect(result.parts[1] == .image(bytes))
        #expect(embedded.turns[2].parts[2...] == request.turns[2].parts[2...])
    }

    private static let pictures: [([UInt8], String)] = [
        ([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0], "image/png"), ([0xff, 0xd8, 0xff, 0xe0], "image/jpeg"),
        (Array("GIF87a.".utf8), "image/gif"), (Array("GIF89a.".utf8), "image/gif"),
        (Array("RIFF".utf8) + [1, 2, 3, 4] + Array("WEBPVP8 ".utf8), "image/webp"),
    ]

    @Test(arguments: pictures)
    func `a picture's kind is what its bytes say`(bytes: [UInt8], type: String) throws {
        let picture = try #require(bytes.withUnsafeBytes { Media(picture: $0) })
        #expect(picture.mediaType == type)
        #expect(picture.source == .base64(Base64.encode(bytes)))
    }

    @Test(arguments: ["", "GIF", "GIF88a", "<svg/>", "RIFF1234WAVE", "RIFF", "BM", "%PDF-1.7", "<html>", "\u{89}PNG"])
    func `what is no picture that providers take is none`(text: String) {
        #expect(text.withBytes { Media(picture: $0) } == nil)
    }

    @Test func `formats say which addresses they take`() {
        func readable(_ id: FormatID) -> ReadableAddresses? {
            [any WireFormat].builtIn.first { $0.id == id }?.upstreamChat?.readableAddresses
        }
        #expect(readable(.openAIChat) == .all)
        #expect(readable("anthropic-messages") == .all)
        for id in ["ollama", "gemini", "bedrock-converse"] as [FormatID] {
            #expect(readable(id)?.contains("https://a.example/1.png") == false)
        }
        #expect(readable("gemini")?.contains("gs://bucket/1.png") == true)
        #expect(readable("bedrock-converse")?.contains("s3://bucket/1.png") == true)
    }
}
