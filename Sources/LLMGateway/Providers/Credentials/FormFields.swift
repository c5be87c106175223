/// The fields of a form, as bodies and queries hold them (`application/x-www-form-urlencoded`).
struct FormFields {
    static let contentType = (name: "content-type", value: "application/x-www-form-urlencoded")

    let text: String

    init(_ fields: [(name: String, value: String)]) {
        text = fields.map { "\(Self.encoded($0.name))=\(Self.encoded($0.value))" }.joined(separator: "&")
    }

    /// Everything but the unreserved characters of RFC 3986, section 2.3, is escaped.
    private static func encoded(_ text: String) -> String {
        String(decoding: PercentEncoding.escaped(text, keeping: "-._~"), as: UTF8.self)
    }
}
