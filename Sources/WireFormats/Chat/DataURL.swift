/// A `data:` URL whose bytes are base64 (RFC 2397).
struct DataURL {
    /// As `image/png`; nil where the URL says none.
    let mediaType: String?
    /// The bytes, without white space.
    let base64: String

    /// nil for every other URL.
    init?(_ url: String) {
        guard url.utf8.prefix(5).elementsEqual("data:".utf8) || url.prefix(5).lowercased() == "data:",
            let comma = url.utf8.firstIndex(of: UInt8(ascii: ","))
        else { return nil }
        let parameters = url[url.utf8.index(url.startIndex, offsetBy: 5)..<comma]
            .split(separator: ";", omittingEmptySubsequences: false)
        guard parameters.dropFirst().contains(where: { $0.lowercased() == "base64" }) else { return nil }
        let type = parameters[0].lowercased()
        mediaType = type.isEmpty ? nil : type
        base64 = String(url[url.utf8.index(after: comma)...])
    }
}
