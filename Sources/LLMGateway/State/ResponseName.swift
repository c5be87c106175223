/// What the id of a stored response stands for: whose it is, and where the response can be found.
struct ResponseName: Equatable, Sendable {
    enum Place: Equatable, Sendable {
        /// A provider keeps it.
        ///
        /// - credential: The digest of the credential that it was made with (``ResponseSeal/digest(of:)``), so that it is
        ///   known again wherever the credential stands in the configuration; empty for none.
        /// - id: The provider's own id for it.
        case provider(name: String, credential: [UInt8], id: String)
        /// The gateway keeps it, under this id.
        case store(StoredResponse.ID)
    }

    /// The name of the client's key; empty for a client without one. Nobody else may use the id.
    let key: String
    let place: Place

    init(key: String, _ place: Place) { (self.key, self.place) = (key, place) }
}

extension ResponseName {
    /// The first byte: which layout follows. Another one is another version's.
    private enum Layout: UInt8 {
        case provider = 1
        case store = 2
    }

    /// As bytes, to be sealed: the layout, then texts with their lengths before them.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        func add(_ field: some Collection<UInt8>) {
            // Lengths in seven bits a byte, the lowest first.
            var length = field.count
            while length > 0x7f {
                bytes.append(UInt8(truncatingIfNeeded: length) | 0x80)
                length >>= 7
            }
            bytes.append(UInt8(length))
            bytes += field
        }
        switch place {
        case .provider(let name, let credential, let id):
            bytes.append(Layout.provider.rawValue)
            add(key.utf8)
            add(name.utf8)
            add(credential)
            add(id.utf8)
        case .store(let id):
            bytes.append(Layout.store.rawValue)
            add(key.utf8)
            add(id.bytes)
        }
        return bytes
    }

    /// - Returns: nil for bytes that are no name.
    init?(bytes: some Collection<UInt8>) {
        var rest = bytes[...]
        func take() -> [UInt8]? {
            var (length, shift) = (0, 0)
            while let byte = rest.popFirst(), shift < 35 {
                length |= Int(byte & 0x7f) << shift
                shift += 7
                guard byte < 0x80 else { continue }
                guard length <= rest.count else { return nil }
                defer { rest.removeFirst(length) }
                return Array(rest.prefix(length))
            }
            return nil
        }
        func takeText() -> String? { take().flatMap { String(validating: $0, as: UTF8.self) } }

        guard let layout = rest.popFirst().flatMap(Layout.init), let key = takeText() else { return nil }
        switch layout {
        case .provider:
            guard let name = takeText(), let credential = take(), let id = takeText() else { return nil }
            place = .provider(name: name, credential: credential, id: id)
        case .store:
            guard let id = take().flatMap(StoredResponse.ID.init) else { return nil }
            place = .store(id)
        }
        guard rest.isEmpty else { return nil }
        self.key = key
    }
}
