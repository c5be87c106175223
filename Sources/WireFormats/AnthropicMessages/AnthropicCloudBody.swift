/// What a cloud that serves Anthropic's models wants otherwise in a body of Messages: the version that the API's own
/// clients say in a header stands in the body, and the model, where the path names it, does not.
public struct AnthropicCloudBody: Sendable {
    /// The version that the cloud's documentation names.
    private let version: String

    /// - Parameter version: What a body says that comes without a version of its own.
    public init(version: String) { self.version = version }

    /// - Parameters:
    ///   - body: A body of Messages; a version of its own stays.
    ///   - keepsModel: Whether the path names none.
    ///   - header: What the client's `anthropic-version` says.
    public func edits(to body: JSONNode, keepsModel: Bool, header: String?) -> [BodySplice] {
        guard body["anthropic_version"] == nil else {
            return keepsModel ? [] : body.removal(of: "model").map { [BodySplice($0, [])] } ?? []
        }
        let said = header.flatMap { Self.isNew($0) ? $0 : nil } ?? version
        let member = Array(#""anthropic_version":"#.utf8) + JSONWriter.write { $0.value(said) }
        if !keepsModel, let model = body.rangeOfMember("model") { return [BodySplice(model, member)] }
        let start = body.range.lowerBound + 1
        return [BodySplice(start..<start, member + [UInt8(ascii: ",")])]
    }

    /// The clouds know no version of the API itself but those since 2026, which are said alike everywhere.
    private static func isNew(_ version: String) -> Bool { version.utf8.count == 10 && version >= "2026" }
}
