/// A request's method, as far as the gateway tells them apart. Methods are case-sensitive: `get` is ``other``.
enum HTTPMethod: Equatable, Sendable {
    case get, head, post, put, delete, options, patch, other

    @inline(__always)
    init(_ name: UnsafeRawPointer, count: Int) {
        self = .other
        switch count {
        case 3:
            if Self.bytes(name, are: "GET") { self = .get } else if Self.bytes(name, are: "PUT") { self = .put }
        case 4:
            if Self.bytes(name, are: "POST") { self = .post } else if Self.bytes(name, are: "HEAD") { self = .head }
        case 5: if Self.bytes(name, are: "PATCH") { self = .patch }
        case 6: if Self.bytes(name, are: "DELETE") { self = .delete }
        case 7: if Self.bytes(name, are: "OPTIONS") { self = .options }
        default: break
        }
    }

    /// The name on the wire; empty for ``other``.
    var name: StaticString {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        case .patch: "PATCH"
        case .other: ""
        }
    }

    /// `name` has as many bytes as `wanted`.
    @inline(__always)
    private static func bytes(_ name: UnsafeRawPointer, are wanted: StaticString) -> Bool {
        var index = 0
        while index < wanted.utf8CodeUnitCount {
            if name.load(fromByteOffset: index, as: UInt8.self) != wanted.utf8Start[index] { return false }
            index &+= 1
        }
        return true
    }
}
