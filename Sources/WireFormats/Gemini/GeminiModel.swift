/// What a model's name says about it, where the target's traits leave a gap.
struct GeminiModel {
    /// 3 for `gemini-3.1-pro-preview`; nil for names that don't say, as those of tuned models.
    let generation: Int?
    /// Whether it is one of the large ones, which can't be kept from thinking.
    let isPro: Bool
    /// Whether it is one of the small ones, which take the least effort of all.
    let isFlash: Bool

    init(_ name: String) {
        (isPro, isFlash) = (name.contains("-pro"), name.contains("-flash"))
        guard let family = name.firstRange(of: "gemini-") else {
            generation = nil
            return
        }
        let digits = name[family.upperBound...].prefix { $0.isASCII && $0.isNumber }
        // `gemini-flash-latest` and its like have been third-generation models since there is one.
        generation = Int(digits) ?? (name.hasSuffix("-latest") ? 3 : nil)
    }

    /// Whether it refuses its own earlier calls of tools when their signatures are missing.
    var needsSignatures: Bool { generation.map { $0 >= 3 } ?? false }

    /// Whether its answer can't be held to a schema while it has tools.
    var choosesBetweenToolsAndSchema: Bool { generation.map { $0 < 3 } ?? false }

    /// How it is asked to think, where nobody knows better.
    var reasoning: TargetTraits.ReasoningStyle { needsSignatures ? .adaptive : .budget }
}
