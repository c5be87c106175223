/// An answer that the gateway keeps, with what it takes to go on from it.
struct StoredResponse: Sendable, Equatable {
    /// 16 random bytes, so that replicas need not ask each other. The first ten are the same for all of a dialogue: who has
    /// the id of one knows where to look for the others.
    struct ID: Hashable, Sendable {
        let bytes: [UInt8]

        static let length = 16

        init?(_ bytes: [UInt8]) {
            guard bytes.count == Self.length else { return nil }
            self.bytes = bytes
        }

        private static let dialogueLength = 10

        private init(random: inout some RandomNumberGenerator, dialogue: ArraySlice<UInt8>) {
            bytes = dialogue + (dialogue.count..<Self.length).map { _ in .random(in: .min ... .max, using: &random) }
        }

        /// An id that nobody else will ever have: from the system's randomness.
        ///
        /// - Parameter dialogue: The dialogue's first answer; nil: it is this one.
        static func new(in dialogue: ID? = nil) -> ID {
            var random = SystemRandomNumberGenerator()
            return ID(random: &random, dialogue: dialogue?.bytes.prefix(dialogueLength) ?? [])
        }

        /// What all of a dialogue have in common, and what only this one has; in hexadecimal digits.
        var dialoguePart: String { Self.hexadecimal(bytes.prefix(Self.dialogueLength)) }
        var ownPart: String { Self.hexadecimal(bytes.dropFirst(Self.dialogueLength)) }

        /// The id of another answer of the same dialogue.
        ///
        /// - Parameter digits: Its ``ownPart``; nil comes of anything else.
        func inSameDialogue(own digits: [UInt8]) -> ID? {
            let own = stride(from: 0, to: digits.count - 1, by: 2).compactMap { index in
                UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16)
            }
            return ID(bytes.prefix(Self.dialogueLength) + own)
        }

        private static func hexadecimal(_ bytes: ArraySlice<UInt8>) -> String {
            bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
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
