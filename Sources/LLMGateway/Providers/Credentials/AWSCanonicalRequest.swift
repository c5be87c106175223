/// What of a request AWS signs, in the one spelling that both sides hash.
struct AWSCanonicalRequest {
    let method: String
    /// As on the request line: escaped once, without the query.
    let path: String
    /// As on the request line, escaped, without the question mark.
    var query = ""
    /// The lines that are signed, names in lower case; `host` must be among them. A name may come again.
    let headers: [(name: String, value: String)]
    /// SHA-256 of the body in hexadecimal.
    let bodyHash: String

    /// The text that is hashed, and the names of the signed lines as the signature repeats them.
    var spelled: (text: String, signedNames: String) {
        let headers = canonicalHeaders
        let names = headers.map(\.name).joined(separator: ";")
        let lines =
            [method, canonicalPath, canonicalQuery] + headers.map { "\($0.name):\($0.value)" } + ["", names, bodyHash]
        return (lines.joined(separator: "\n"), names)
    }

    /// The path without empty and dot segments, escaped a second time: every service but S3 wants it so. What is `%3A`
    /// on the wire is signed as `%253A`.
    private var canonicalPath: String {
        var segments: [Substring] = []
        for segment in path.split(separator: "/") where segment != "." {
            if segment == ".." { _ = segments.popLast() } else { segments.append(segment) }
        }
        let slash = path.hasSuffix("/") && !segments.isEmpty ? "/" : ""
        return "/"
            + String(
                decoding: PercentEncoding.escaped(segments.joined(separator: "/") + slash, keeping: "-._~/"),
                as: UTF8.self)
    }

    /// The query's pieces by name, then by value, each with an equals sign.
    private var canonicalQuery: String {
        let pieces = query.split(separator: "&").map { piece -> (name: String, value: String) in
            let name = piece.prefix { $0 != "=" }
            return (String(name), String(piece.dropFirst(name.count + 1)))
        }
        return pieces.sorted(by: <).map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    }

    /// By name, each once; the values of one that came again are joined.
    private var canonicalHeaders: [(name: String, value: String)] {
        var grouped: [(name: String, value: String)] = []
        // Few enough to look through, and a dictionary would lose the order of the values.
        for (name, value) in headers {
            let value = value.split { $0 == " " || $0 == "\t" }.joined(separator: " ")
            if let known = grouped.firstIndex(where: { $0.name == name }) {
                grouped[known].value += "," + value
            } else {
                grouped.append((name, value))
            }
        }
        return grouped.sorted { $0.name < $1.name }
    }
}
