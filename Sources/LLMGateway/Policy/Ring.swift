/// The last so many of something: who is new takes the place of the oldest.
struct Ring<Element> {
    let capacity: Int
    private var elements: [Element] = []
    /// Where the oldest is, once it is full.
    private var start = 0

    /// - Parameter capacity: At least 1.
    init(capacity: Int) {
        precondition(capacity > 0, "a ring holds something")
        self.capacity = capacity
    }

    var count: Int { elements.count }

    mutating func append(_ element: Element) {
        guard elements.count == capacity else { return elements.append(element) }
        elements[start] = element
        start = start + 1 == capacity ? 0 : start + 1
    }

    /// From the oldest to the newest.
    var all: [Element] { Array(elements[start...] + elements[..<start]) }

    /// nil: there is none.
    var oldest: Element? { elements.isEmpty ? nil : elements[start] }
}

extension Ring: Sendable where Element: Sendable {}
