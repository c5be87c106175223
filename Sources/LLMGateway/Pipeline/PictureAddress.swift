/// The address of a picture that a stranger has named: https, and spelled as strictly as HTTP has it.
///
/// The parts are what a request is made of, so nothing in them can mean something else to another reader: no user name
/// before the host, no characters but a host's in the host, nothing but visible US-ASCII in the target.
struct PictureAddress: Equatable {
    /// A name or an IP address, the latter without brackets.
    let host: String
    let port: Int
    /// Path and query.
    let target: String

    /// In bytes.
    private static let longest = 8192

    /// - Throws: ``UnfetchablePicture`` for anything but an https address.
    init(_ address: String) throws(UnfetchablePicture) {
        guard address.utf8.count <= Self.longest else { throw UnfetchablePicture("its address is too long") }
        let scheme = address.prefix { $0 != ":" }
        let rest = address.dropFirst(scheme.count)
        guard scheme.lowercased() == "https", rest.hasPrefix("://") else {
            throw UnfetchablePicture("only https addresses are fetched")
        }
        let authority = rest.dropFirst(3).prefix { !"/?#".contains($0) }
        (host, port) = try Self.place(authority)
        target = try Self.target(address[authority.endIndex...])
    }

    private init(host: String, port: Int, target: String) {
        (self.host, self.port, self.target) = (host, port, target)
    }

    /// Where an answer from here sends us.
    ///
    /// - Parameter location: As the header has it: an address, or a part of one.
    /// - Throws: As ``init(_:)``.
    func redirected(to location: String) throws(UnfetchablePicture) -> PictureAddress {
        guard location.utf8.count <= Self.longest else { throw UnfetchablePicture("it is redirected to no address") }
        if location.hasPrefix("//") { return try PictureAddress("https:" + location) }
        let beginning = location.prefix { !"/?#".contains($0) }
        if beginning.contains(":") { return try PictureAddress(location) }
        if beginning.isEmpty, location.hasPrefix("/") {
            return PictureAddress(host: host, port: port, target: try Self.target(location[...]))
        }
        // The path that we are at, up to its last slash where the new one has a name of its own.
        var path = target.prefix { $0 != "?" }
        if !beginning.isEmpty { path = path[...(path.lastIndex(of: "/") ?? path.startIndex)] }
        return PictureAddress(host: host, port: port, target: try Self.target(path + location[...]))
    }

    // MARK: The parts

    private static func place(_ authority: Substring) throws(UnfetchablePicture) -> (host: String, port: Int) {
        let host: Substring
        let isBracketed = authority.first == "["
        if isBracketed {
            host = authority.dropFirst().prefix { $0 != "]" }
        } else {
            host = authority.prefix { $0 != ":" }
        }
        guard !isBracketed || authority.dropFirst(1 + host.count).first == "]" else {
            throw UnfetchablePicture("its address names no host as it should")
        }
        let rest = authority.dropFirst(host.count + (isBracketed ? 2 : 0))
        guard !host.isEmpty, host.utf8.count <= 253, host.utf8.allSatisfy(isBracketed ? isOfAddress : isOfName),
            rest.isEmpty || rest.first == ":"
        else { throw UnfetchablePicture("its address names no host as it should") }
        guard !rest.dropFirst().isEmpty else { return (String(host), 443) }
        // Below 1024 there is no web server but at 443, and much that should not be talked to.
        guard rest.dropFirst().utf8.allSatisfy(isDigit), let port = Int(rest.dropFirst()),
            port == 443 || (1024...65_535).contains(port)
        else { throw UnfetchablePicture("the port in its address is not one that pictures are fetched from") }
        return (String(host), port)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isOfName(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x61...0x7a).contains(byte | 0x20) || "-._".utf8.contains(byte)
    }

    private static func isOfAddress(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x61...0x66).contains(byte | 0x20) || ":.".utf8.contains(byte)
    }

    /// A path and a query without the fragment; what may not stand there as it is, as `%` and its number.
    private static func target(_ text: Substring) throws(UnfetchablePicture) -> String {
        var target: [UInt8] = text.first == "/" ? [] : [UInt8(ascii: "/")]
        for byte in text.utf8 {
            if byte == UInt8(ascii: "#") { break }
            guard byte >= 0x20, byte != 0x7f else { throw UnfetchablePicture("its address holds a control character") }
            if byte < 0x7f, !" \"<>\\^`{|}".utf8.contains(byte) {
                target.append(byte)
            } else {
                target.append(UInt8(ascii: "%"))
                for digit in [byte >> 4, byte & 15] { target.append(Array("0123456789ABCDEF".utf8)[Int(digit)]) }
            }
        }
        return String(decoding: target, as: UTF8.self)
    }
}

/// Why a picture can't be had.
struct UnfetchablePicture: Error, Equatable {
    /// A clause for the client. Of what is reachable from here it says nothing that a stranger could not find out.
    let reason: String
    /// For the operator.
    let detail: String

    init(_ reason: String, detail: String = "") {
        (self.reason, self.detail) = (reason, detail)
    }
}
