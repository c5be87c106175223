/// What the request that the connection holds says of itself.
extension ServerConnection {
    var method: HTTPMethod { parser.method }
    var isHTTP11: Bool { parser.isHTTP11 }
    var expectsContinue: Bool { parser.expectsContinue }
    var fields: HeaderFields { parser.fields }

    var path: String { text(parser.path) }
    var pathRange: Range<Int> { parser.path }
    var queryRange: Range<Int>? { parser.query }
    var methodName: String { text(parser.methodRange) }

    /// Whether the connection goes away with the current answer.
    var willClose: Bool { closesAfterAnswer || loop.isDraining }

    /// The value of a header, if the client sent it; its first, if there are several.
    func header(_ field: KnownField) -> String? {
        parser.fields.first(field).map { text($0.value) }
    }
}
