/// Calls of the model that have no result yet, in order.
///
/// A client may send any number of both, so finding one takes the same time among few and among many.
struct GeminiOpenCalls {
    /// The ids; nil: it has its result.
    private var ids: [String?] = []
    private var placesByID: [String: ArraySlice<Int>] = [:]
    private var placesByName: [String: ArraySlice<Int>] = [:]
    /// All before it have their results.
    private var first = 0

    mutating func append(id: String, name: String) {
        placesByID[id, default: []].append(ids.count)
        placesByName[name, default: []].append(ids.count)
        ids.append(id)
    }

    /// Takes out the call that a result belongs to: the first of its id, else of its name, else of all.
    ///
    /// - Returns: The call's id; nil when no call is open.
    mutating func take(id: String?, name: String?) -> String? {
        var place = id.flatMap { Self.popOpen(in: &placesByID, $0, of: ids) }
        if place == nil, let name { place = Self.popOpen(in: &placesByName, name, of: ids) }
        guard let place = place ?? firstOpen() else { return nil }
        defer { ids[place] = nil }
        return ids[place]
    }

    private static func popOpen(
        in places: inout [String: ArraySlice<Int>], _ key: String, of ids: [String?]
    ) -> Int? {
        while let place = places[key]?.popFirst() {
            if ids[place] != nil { return place }
        }
        return nil
    }

    private mutating func firstOpen() -> Int? {
        while first < ids.count, ids[first] == nil { first += 1 }
        return first < ids.count ? first : nil
    }
}
