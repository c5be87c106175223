extension Media {
    /// A picture as Ollama's clients send it: base64 alone. What kind it is shows in its first bytes.
    init(ollamaImage text: String) {
        if let data = DataURL(text) {
            self.init(.base64(data.base64), mediaType: data.mediaType)
            return
        }
        let hasLineBreaks = text.utf8.contains { $0 == 0x0a || $0 == 0x0d }
        let base64 = hasLineBreaks ? String(text.unicodeScalars.filter { $0 != "\n" && $0 != "\r" }) : text
        self.init(.base64(base64), mediaType: Self.imageType(ofBase64: base64))
    }

    /// The type of a picture by how its base64 begins; nil for a kind that isn't known here.
    private static func imageType(ofBase64 text: String) -> String? {
        if text.hasPrefix("iVBORw0KGgo") { return "image/png" }
        if text.hasPrefix("/9j/") { return "image/jpeg" }
        if text.hasPrefix("R0lGOD") { return "image/gif" }
        // `RIFF`, four bytes of length, `WEBP`, of whose first letter only the last six bits stand alone.
        if text.hasPrefix("UklGR"), text.utf8.dropFirst(11).starts(with: "XRUJQ".utf8) { return "image/webp" }
        return nil
    }
}
