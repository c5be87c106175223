/// `grpc:`, an API that this build doesn't have: only its being off can be said.
struct GRPCSettings: Sendable {
    init(_ settings: Settings) {
        _ = settings.read(
            "port", .noPort, default: 0, "The port of the gRPC API, which this build doesn't have: 0 is all it can be.")
    }
}

extension Spelling where Value == Int {
    /// The port of what isn't there.
    fileprivate static var noPort: Self {
        var spelling = Spelling("0", allowed: "0", literal: .number, write: { "\($0)" }) { text throws(Complaint) in
            guard Int(text) == 0 else {
                throw Complaint("must be 0, not '\(text)': this build has no gRPC API")
            }
            return 0
        }
        spelling.isPort = true
        return spelling
    }
}
