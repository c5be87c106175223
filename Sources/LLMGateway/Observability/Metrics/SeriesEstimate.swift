/// How many values the labels of series may take, by a configuration.
struct SeriesExtent: Sendable, Equatable {
    /// The API formats that clients may speak.
    var formats: Int
    /// Those that upstreams are spoken to in.
    var upstreamFormats: Int
    var providers: Int
    /// Pairs of a provider and a model that the configuration names, and `other` of each provider.
    var targets: Int
    /// With `none`, for callers without one.
    var keys: Int
    var loops: Int
}

/// How many series the gateway may come to have.
struct SeriesEstimate: Sendable, Equatable {
    struct Family: Sendable, Equatable {
        let descriptor: MetricDescriptor
        /// By its labels; a histogram has a line for each of its buckets, too.
        let most: Int
    }

    let families: [Family]
    /// `metrics.max_series`: a family has no more than this, and one of `other` beside.
    let maxSeries: Int

    private func kept(_ family: Family) -> Int { min(family.most, maxSeries + 1) }

    var series: Int { families.reduce(0) { $0 + kept($1) } }

    /// Lines of a scrape, without comments.
    var samples: Int {
        families.reduce(0) { sum, family in
            sum + kept(family) * (family.descriptor.kind == .histogram ? family.descriptor.buckets.count + 3 : 1)
        }
    }

    /// One sentence: the sums, and which families are the largest.
    var sentence: String {
        let largest = families.sorted { $0.most > $1.most }.prefix(3).map { "\($0.descriptor.name) \($0.most)" }
        return "Metrics: at most about \(series) series (\(samples) samples a scrape) with what it names; most in "
            + largest.joined(separator: ", ") + "."
    }

    /// One sentence for each family that may outgrow its room.
    var warnings: [String] {
        families.filter { $0.most > maxSeries }.map { family in
            "\(family.descriptor.name) may come to \(family.most) series, more than metrics.max_series (\(maxSeries)): "
                + "what is over is counted in its series of 'other'."
        }
    }
}
