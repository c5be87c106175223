/// The addresses of pictures that the servers of a format go to by themselves. The others must be fetched for them.
public enum ReadableAddresses: Sendable, Equatable {
    /// All of them.
    case all
    /// Those which begin in one of these ways.
    case beginning([String])

    /// Whether a picture may be told by this address.
    public func contains(_ address: String) -> Bool {
        switch self {
        case .all: true
        case .beginning(let beginnings): beginnings.contains(where: address.hasPrefix)
        }
    }
}

/// Pictures that are told by their address, and how they come to be told by their bytes.
extension ChatRequest {
    /// The addresses on the web of the pictures in the dialogue, those in results of tools included, that are not among
    /// `readable`: each once, in order.
    public func pictureAddresses(except readable: ReadableAddresses) -> [String] {
        guard readable != .all else { return [] }
        var addresses: [String] = []
        var known: Set<String> = []
        func add(_ parts: [ChatPart]) {
            for part in parts {
                switch part.content {
                case .image(let media):
                    if let address = media.webAddress, !readable.contains(address), known.insert(address).inserted {
                        addresses.append(address)
                    }
                case .toolResult(let result): add(result.parts)
                default: break
                }
            }
        }
        for turn in turns { add(turn.parts) }
        return addresses
    }

    /// Puts pictures themselves in place of their addresses; how closely to look at each, and its name, stay.
    ///
    /// - Parameter pictures: By their addresses. Pictures whose address isn't there stay as they are.
    public mutating func embed(_ pictures: [String: Media]) {
        func embed(in parts: inout [ChatPart]) {
            for place in parts.indices {
                switch parts[place].content {
                case .image(var media):
                    guard let address = media.webAddress, let picture = pictures[address] else { continue }
                    (media.source, media.mediaType) = (picture.source, picture.mediaType)
                    parts[place].content = .image(media)
                case .toolResult(var result):
                    embed(in: &result.parts)
                    parts[place].content = .toolResult(result)
                default: break
                }
            }
        }
        for turn in turns.indices { embed(in: &turns[turn].parts) }
    }
}

extension Media {
    /// Its address, where that is one on the web.
    fileprivate var webAddress: String? {
        guard case .url(let address) = source else { return nil }
        let scheme = address.prefix { $0 != ":" }
        return scheme.lowercased() == "https" || scheme.lowercased() == "http" ? address : nil
    }

    /// A picture of which the bytes are there. What kind it is, they say themselves: PNG, JPEG, GIF or WebP; nil for
    /// all else.
    public init?(picture bytes: UnsafeRawBufferPointer) {
        guard let type = Self.pictureType(bytes) else { return nil }
        self.init(.base64(Base64.encode(bytes)), mediaType: type)
    }

    private static func pictureType(_ bytes: UnsafeRawBufferPointer) -> String? {
        func begins(_ beginning: [UInt8], at offset: Int = 0) -> Bool {
            bytes.count >= offset + beginning.count && bytes.dropFirst(offset).starts(with: beginning)
        }
        if begins([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) { return "image/png" }
        if begins([0xff, 0xd8, 0xff]) { return "image/jpeg" }
        if begins(Array("GIF87a".utf8)) || begins(Array("GIF89a".utf8)) { return "image/gif" }
        if begins(Array("RIFF".utf8)), begins(Array("WEBP".utf8), at: 8) { return "image/webp" }
        return nil
    }
}
