/// Marks up to which Bedrock shall keep its work. Only so many are taken, and the long-lived ones must come first.
struct BedrockCachePoints {
    private let model: BedrockModel
    /// How many marks are yet to be left out: the first ones, since a later one covers what they cover.
    private var surplus: Int
    /// Whether a mark with the usual lifetime was written.
    private var hasShort = false

    private static let most = 4

    /// - Parameter count: How many marks the client gave.
    init(_ count: Int, for model: BedrockModel) {
        self.model = model
        surplus = max(0, count - Self.most)
    }

    /// Writes a mark behind what was written, if `hint` asks for one that the model takes.
    mutating func write(_ hint: CacheHint?, isTool: Bool = false, to json: inout JSONWriter, losses: inout LossList) {
        guard let hint else { return }
        guard model.isClaude || model.isNova && !isTool else {
            return losses.add("cache_control", "the model takes no such mark there")
        }
        guard surplus == 0 else {
            surplus -= 1
            return losses.add("cache_control", "only the last four marks are sent")
        }
        let wantsLong = hint.lifetime == "1h"
        let isLong = wantsLong && model.isClaude && !hasShort
        losses.add("cache_control", "shortened to the usual time", if: wantsLong && !isLong)
        hasShort = hasShort || !isLong
        json.object { json in
            json.object("cachePoint") { json in
                json.field("type", "default")
                json.field("ttl", isLong ? "1h" : nil)
            }
        }
    }
}
