/// Why a request body was not had.
enum RequestBodyError: Error, Equatable {
    case tooLarge
    case timedOut
    case malformed(StaticString)
    case clientGone

    static func == (a: Self, b: Self) -> Bool {
        switch (a, b) {
        case (.tooLarge, .tooLarge), (.timedOut, .timedOut), (.malformed, .malformed), (.clientGone, .clientGone): true
        default: false
        }
    }
}
