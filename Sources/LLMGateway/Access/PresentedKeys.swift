extension ServerConnection {
    /// The headers that a key may come in, in the order in which they count; `?key=` comes after them.
    private static let keyFields: [KnownField] = [.authorization, .xAPIKey, .apiKey, .xGoogAPIKey]

    /// The first of the keys that the request brings which `find` knows.
    func firstKey<Found>(_ find: (UnsafeRawBufferPointer) -> Found?) -> Found? {
        withHead { head in
            for known in Self.keyFields where fields.contains(known) {
                for field in fields.all where field.known == known {
                    let value = field.value(in: head)
                    guard let key = known == .authorization ? Self.bearer(value) : value, !key.isEmpty else { continue }
                    if let found = find(key) { return found }
                }
            }
            guard let query = queryRange else { return nil }
            for parameter in head[query].split(separator: UInt8(ascii: "&")) where parameter.starts(with: "key=".utf8) {
                var key = PercentEncoding.decoded(UnsafeRawBufferPointer(rebasing: parameter.dropFirst(4)))
                if let found = key.withUTF8({ find(UnsafeRawBufferPointer($0)) }) { return found }
            }
            return nil
        }
    }

    /// What follows `Bearer`; nil for another scheme.
    private static func bearer(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let scheme = value.prefix { $0 != UInt8(ascii: " ") }
        guard scheme.count == 6, zip(scheme, "bearer".utf8).allSatisfy({ $0 | 0x20 == $1 }) else { return nil }
        return UnsafeRawBufferPointer(rebasing: value.dropFirst(6).drop { $0 == UInt8(ascii: " ") })
    }
}
