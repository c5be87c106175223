/// Leads a call from a model that has failed to the next one that shall be asked instead.
///
/// A model's own fallbacks come first, in their order, and after them those of the fallbacks that have failed too. No model
/// is asked twice, so a circle of fallbacks ends.
struct FallbackPath: Sendable {
    private struct Step {
        let model: String
        /// Which failures lead to it.
        let reasons: [FallbackReason]
    }

    private var seen: Set<String>
    private var upcoming: [Step] = []

    /// - Parameter model: As the client named it.
    init(from model: String, _ options: PlanOptions?) {
        seen = [model]
        add(options)
    }

    /// A model's plan is about to be followed; its own fallbacks come after those that there are already.
    mutating func add(_ options: PlanOptions?) {
        guard let options else { return }
        upcoming += options.fallbacks.map { Step(model: $0, reasons: options.fallbacksOn) }
    }

    /// The next model to ask; nil: there is none for such a failure.
    mutating func next(because reason: FallbackReason) -> String? {
        while let place = upcoming.firstIndex(where: { $0.reasons.contains(reason) }) {
            let step = upcoming.remove(at: place)
            if seen.insert(step.model).inserted { return step.model }
        }
        return nil
    }
}
