/// What Claude can look at and read, and how it must be labelled: a wrong media type is refused.
enum AnthropicMedia {
    /// A picture, correctly labelled.
    static func image(_ image: Media) throws(Untranslatable) -> Media {
        var image = image
        switch image.source {
        case .url(let url): try check(url)
        case .file: try checkKeeper(of: image)
        case .text: throw unknownImage
        case .base64(let data):
            image.mediaType = type(ofBytes: data) ?? essence(of: image.mediaType)
            guard ["image/jpeg", "image/png", "image/gif", "image/webp"].contains(image.mediaType) else {
                throw unknownImage
            }
        }
        return image
    }

    private static let unknownImage = Untranslatable(
        "messages", "This model takes pictures as JPEG, PNG, GIF and WebP only; convert the picture.")

    /// A document as one of the two kinds that there are: PDF and text. A picture that was sent as a document is one.
    static func document(_ document: Media) throws(Untranslatable) -> ChatPart.Content {
        var document = document
        switch document.source {
        case .url(let url): try check(url)
        case .file: try checkKeeper(of: document)
        case .text: break
        case .base64(let data):
            let type = type(ofBytes: data) ?? essence(of: document.mediaType) ?? ""
            if type.hasPrefix("image/") { return .image(try image(document)) }
            document.mediaType = type
            guard type != "application/pdf" else { break }
            guard let text = document.readableText else {
                throw Untranslatable(
                    "messages", "This model takes documents as PDF and text only; convert the document.")
            }
            document.source = .text(text)
        }
        return .document(document)
    }

    private static func checkKeeper(of media: Media) throws(Untranslatable) {
        guard !media.isKept(butNotBy: OpaqueState.anthropic) else {
            throw Untranslatable(
                "messages", "This model can't read a file that another provider keeps; send its bytes.")
        }
    }

    private static func check(_ url: String) throws(Untranslatable) {
        guard url.hasPrefix("https:") || url.hasPrefix("http:") else {
            throw Untranslatable(
                "messages", "This model takes https addresses only; send the bytes, or an https address.")
        }
    }

    /// A media type without its parameters, spelled as it should be.
    private static func essence(of type: String?) -> String? {
        guard let type = type?.split(separator: ";").first?.lowercased() else { return nil }
        return type == "image/jpg" ? "image/jpeg" : type
    }

    /// What the bytes themselves say that they are: every kind begins in its own way, which shows in base64 too.
    private static func type(ofBytes base64: String) -> String? {
        let beginnings = [
            ("iVBORw0KGgo", "image/png"), ("/9j/", "image/jpeg"), ("R0lGOD", "image/gif"), ("UklGR", "image/webp"),
            ("JVBERi", "application/pdf"),
        ]
        return beginnings.first { base64.utf8.starts(with: $0.0.utf8) }?.1
    }
}
