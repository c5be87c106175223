/// An answer that the gateway keeps, with what it takes to go on from it.
struct StoredResponse: Sendable, Equatable {
    /// 16 random bytes, so that replicas need not ask each other.
    struct ID: Hashable, Sendable {
        let bytes: [UInt8]

        static let length = 16

        init?(_ bytes: [UInt8]) {
            guard bytes.count == Self.length else { return nil }
            self.bytes = bytes
        }

        private init(random: inout some RandomNumberGenerator) {
            bytes = (0..<Self.length).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        }

        /// An id that nobody else will ever have: from the system's randomness.
        static func new() -> ID {
            var random = SystemRandomNumberGenerator()
            return ID(random: &random)
        }
    }

    let id: ID
    /// The name of the client's key; empty for a client without one.
    let key: String
    /// The answer that it goes on from.
    let parent: ID?
    /// The first answer of the dialogue, which may be this one; all that have it are kept as long as any of them is used.
    let dialogue: ID
    /// What the client said in this turn, in its format's words.
    let input: [UInt8]
    /// The answer as the client got it, or would have got it had it not been streamed.
    let answer: [UInt8]

    /// What it takes to keep it, in bytes.
    var size: Int { input.count + answer.count + 256 }
}
