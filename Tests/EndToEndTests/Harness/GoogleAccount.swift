import Foundation

/// A service account of Google's with a key pair of its own, made by openssl.
struct GoogleAccount {
    let folder: ScratchFolder
    let email = "gateway@proj.iam.gserviceaccount.com"

    /// The JSON that Google's console gives out.
    var file: String { "\(folder.path)/account.json" }

    /// - Parameter tokenPort: Where tokens are given out, on this machine.
    init(tokenPort: Int) throws {
        folder = try ScratchFolder()
        try openssl(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", path("key.pem")])
        try openssl(["pkey", "-in", path("key.pem"), "-pubout", "-out", path("public.pem")])
        try writeFile(tokenPort: tokenPort)
    }

    /// Writes the JSON once more, as after a change of the account's settings.
    func writeFile(tokenPort: Int) throws {
        let members = [
            "type": "service_account", "client_email": email, "private_key_id": "key-1",
            "private_key": try String(contentsOfFile: path("key.pem"), encoding: .utf8),
            "token_uri": "http://127.0.0.1:\(tokenPort)/token",
        ]
        try JSONEncoder().encode(members).write(to: URL(fileURLWithPath: file), options: .atomic)
    }

    /// The claims of an assertion, once its signature has been checked with the public key.
    func claims(ofAssertion assertion: String) throws -> JSON {
        let parts = assertion.split(separator: ".").map(String.init)
        guard parts.count == 3, let signature = Self.decoded(parts[2]), let claims = Self.decoded(parts[1]),
            let header = Self.decoded(parts[0])
        else { throw Unfulfilled("'\(assertion)' is no JWT") }
        guard JSON(Array(header))["alg"].string == "RS256", JSON(Array(header))["kid"].string == "key-1" else {
            throw Unfulfilled("the header says \(String(decoding: header, as: UTF8.self))")
        }
        try folder.write("\(parts[0]).\(parts[1])", to: "signed")
        try signature.write(to: URL(fileURLWithPath: path("signature")))
        try openssl(["dgst", "-sha256", "-verify", path("public.pem"), "-signature", path("signature"), path("signed")])
        return JSON(Array(claims))
    }

    private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

    private func openssl(_ arguments: [String]) throws {
        let result = try Program.run("/usr/bin/openssl", arguments)
        guard result.code == 0 else { throw Unfulfilled("openssl \(arguments): \(result.errors)\(result.output)") }
    }

    private static func decoded(_ base64URL: String) -> Data? {
        let text = base64URL.replacing("-", with: "+").replacing("_", with: "/")
        return Data(base64Encoded: text + String(repeating: "=", count: (4 - text.count % 4) % 4))
    }
}

extension HTTPMessage {
    /// The fields of a form in the body.
    var form: [String: String] {
        var fields: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            fields[parts[0]] = parts.count == 2 ? parts[1].removingPercentEncoding : ""
        }
        return fields
    }
}
