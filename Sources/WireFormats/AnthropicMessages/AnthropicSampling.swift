/// How an answer is drawn, as far as Anthropic can be told.
struct AnthropicSampling {
    private(set) var temperature: Double?
    private(set) var topP: Double?
    private(set) var topK: Int?

    /// - Parameter thinks: Whether the model is asked to think, which leaves little to choose.
    init(_ sampling: Sampling, thinks: Bool, for target: TargetTraits, losses: inout AnthropicLosses) {
        (temperature, topP, topK) = (sampling.temperature, sampling.topP, sampling.topK)
        if let wanted = temperature, wanted > 1 {
            temperature = 1
            losses.note("temperature", "lowered to 1, Anthropic's highest")
        }
        if temperature != nil, let share = topP {
            topP = nil
            if share < 1 { losses.note("top_p", "Anthropic takes it without a temperature only") }
        }
        if thinks { keep(topPFrom: 0.95, "Claude doesn't take it while it thinks", &losses) }
        if target.takesSampling == false { keep(topPFrom: 1, "the model doesn't take it", &losses) }
        reportUnknown(sampling, &losses)
    }

    /// Leaves out what isn't the model's own way.
    private mutating func keep(topPFrom least: Double, _ why: String, _ losses: inout AnthropicLosses) {
        if let wanted = temperature, wanted != 1 {
            temperature = nil
            losses.note("temperature", why)
        }
        if let share = topP, share < least {
            topP = nil
            losses.note("top_p", why)
        }
        if topK != nil {
            topK = nil
            losses.note("top_k", why)
        }
    }

    private func reportUnknown(_ sampling: Sampling, _ losses: inout AnthropicLosses) {
        if let share = sampling.minP, share > 0 { losses.note("min_p", "Anthropic has none") }
        if let penalty = sampling.frequencyPenalty, penalty != 0 {
            losses.note("frequency_penalty", "Anthropic has none")
        }
        if let penalty = sampling.presencePenalty, penalty != 0 {
            losses.note("presence_penalty", "Anthropic has none")
        }
        if sampling.seed != nil { losses.note("seed", "Anthropic has none") }
        if let bias = sampling.logitBias, bias != Array("{}".utf8) { losses.note("logit_bias", "Anthropic has none") }
    }

    /// Writes the members that are there.
    func write(to json: inout JSONWriter) {
        json.field("temperature", temperature)
        json.field("top_p", topP)
        json.field("top_k", topK)
    }
}
