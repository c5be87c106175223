/// A number that stands for some bytes (FNV-1a): to make up ids that are the same every time. Not a safeguard.
struct OllamaFingerprint {
    private var state: UInt64

    /// A fingerprint of nothing; another seed makes another fingerprint of the same bytes.
    init(seed: UInt8 = 0) {
        state = 0xcbf2_9ce4_8422_2325
        if seed > 0 { add(seed) }
    }

    mutating func add(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }

    mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { add(byte) }
    }

    /// In 16 digits.
    var hexadecimal: String {
        let digits = String(state, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
