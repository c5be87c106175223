import Glibc

/// What this build says of itself in `/health`, `--version` and metrics.
public enum Version {
    /// The release, as semantic versioning has it.
    public static let current = "0.1.0"
    /// The commit that this was built from, where whoever started it says so (`BUILD_COMMIT`).
    static var commit: String {
        getenv("BUILD_COMMIT").map { String(cString: $0) } ?? "unknown"
    }
    /// The compiler that this was built with.
    static var swift: String {
        #if compiler(>=6.4)
            "6.4"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }
}
