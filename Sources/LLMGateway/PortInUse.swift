/// A port that someone else listens on.
public struct PortInUse: Error, CustomStringConvertible {
    /// The address and the port that were asked for.
    public let host: String
    /// 1...65535.
    public let port: Int

    /// One sentence that says what to do.
    public var description: String {
        "Port \(port) of \(host) is in use; stop what listens there, or choose another with --port or --metrics-port."
    }
}
