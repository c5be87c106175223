import Testing

@testable import WireFormats

@Suite struct MediaTextTests {
    @Test func `a document's text is read whatever it came as, and only where it is one`() {
        let bytes = "T25jZSB1cG9uIGEgdGltZS4="
        for type in ["text/plain", "text/markdown; charset=utf-8", "application/json", "application/ld+json"] {
            #expect(Media(.base64(bytes), mediaType: type).readableText == "Once upon a time.", "\(type)")
        }
        #expect(Media(.text("words")).readableText == "words")
        #expect(Media(.base64(bytes), mediaType: "application/pdf").readableText == nil)
        #expect(Media(.base64(bytes)).readableText == nil)
        #expect(Media(.base64("/+8="), mediaType: "text/plain").readableText == nil)
        #expect(Media(.url("https://example.com/a.txt"), mediaType: "text/plain").readableText == nil)
    }
}
