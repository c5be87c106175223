import WireFormats

/// The values of a client's `anthropic-beta`, on their way to a platform that refuses a call for a value that it doesn't
/// know.
struct AnthropicBetas {
    static let header = "anthropic-beta"

    /// As the platform calls those that it knows.
    let values: [String]
    /// Whether it doesn't know some.
    let dropsSome: Bool

    /// - Parameters:
    ///   - lines: What the client's lines of that name say.
    ///   - names: What the platform calls the values that it knows.
    init(_ lines: [String], knownAs names: [String: String]) {
        let said = lines.flatMap { $0.split(separator: ",") }
            .map { String($0.drop { $0 == " " }.prefix { $0 != " " }) }
            .filter { !$0.isEmpty }
        var values: [String] = []
        for value in said.compactMap({ names[$0] }) where !values.contains(value) { values.append(value) }
        self.values = values
        dropsSome = said.contains { names[$0] == nil }
    }
}

extension Call {
    /// What of the client's betas goes along to a platform, and notes the loss of others; nil: all of them.
    ///
    /// - Parameter names: As ``PlatformProvider/knownBetas``.
    func betas(knownAs names: [String: String]?) -> AnthropicBetas? {
        guard let names else { return nil }
        let lines = connection.withHead { head in
            connection.fields.all.filter { $0.isNamed(AnthropicBetas.header, in: head) }
                .map { String(decoding: $0.value(in: head), as: UTF8.self) }
        }
        guard !lines.isEmpty else { return nil }
        let betas = AnthropicBetas(lines, knownAs: names)
        if betas.dropsSome, !losses.contains(where: { $0.field == "anthropic_beta" }) {
            losses.append(Loss("anthropic_beta", "values that this platform does not know are left out"))
        }
        return betas
    }
}
