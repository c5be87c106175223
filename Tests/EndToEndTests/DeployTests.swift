import Foundation
import Testing

/// What `deploy/` ships: rendered and checked by a script, and given to the program itself here.
@Suite(.ownThread) struct DeployTests {
    private static let deploy = "\(GatewayProcess.packageRoot)/deploy"

    /// The environment of a pod, but for a Redis that is not here.
    private func environment(_ way: JSON) -> [String: String] {
        var variables: [String: String] = [:]
        for name in way["environment"].keys { variables[name] = way["environment"][name].string }
        variables["REDIS_URL"] = nil
        return variables.merging(["LLM_GATEWAY_SERVER_HOST": "127.0.0.1", "LLM_GATEWAY_METRICS_HOST": "127.0.0.1"]) {
            $1
        }
    }

    @Test func `every way to install it is valid, gives it what it takes, and lets nobody in without a key`() throws {
        let ways = try #require(PythonScript.run("check_deploy.py", []).list)
        #expect(ways.count == 4)
        let catalogue = try Program.run(GatewayProcess.binary, ["metrics", "--json"]).output
        for way in ways {
            let name = Comment(rawValue: way["way"].string ?? "")
            let configuration = try #require(way["configuration"].string)
            let folder = try ScratchFolder()
            let file = try folder.write(configuration, to: "config.yaml")
            var whole = environment(way)
            whole["REDIS_URL"] = way["environment"]["REDIS_URL"].string
            let checked = try Program.run(
                GatewayProcess.binary, ["check-config", "--config", file], environment: whole)
            #expect(checked.code == 0 && checked.errors.isEmpty, "\(name): \(checked.errors)")
            let withoutKeys = try Program.run(GatewayProcess.binary, ["check-config", "--config", file])
            #expect(withoutKeys.code == 78 && withoutKeys.errors.contains("keys[0].key"), name)
            for metric in way["scaled_by"].list ?? [] {
                #expect(try catalogue.contains("\"\(#require(metric.string))\""), name)
            }
            try serves(way, configuration, name)
        }
    }

    /// Only who has a key is answered, and the probes find what they ask for.
    private func serves(_ way: JSON, _ configuration: String, _ name: Comment) throws {
        let keys = environment(way)
        try withGateway(configuration, environment: keys) { gateway throws in
            func status(_ path: String, _ key: String?) throws -> Int {
                let headers = try key.map { ["authorization: Bearer \(try #require(keys[$0]))"] } ?? []
                return try gateway.ask("GET", path, headers: headers).status
            }
            #expect(try status("/v1/models", nil) == 401, name)
            #expect(try status("/v1/models", "APPLICATIONS_KEY") == 200, name)
            #expect(try status("/admin/keys", "APPLICATIONS_KEY") == 403, name)
            #expect(try status("/admin/keys", "OPERATOR_KEY") == 200, name)
            for probe in way["probes"].keys {
                let path = try #require(way["probes"][probe]["path"].string)
                #expect(way["probes"][probe]["port"].int == way["ports"]["metrics"].int, name)
                let answer = try gateway.askMetricsPort(path)
                #expect(answer.json["status"].string != nil, "\(name): \(path)")
                // A provider of the example's is not here, so that it isn't ready.
                #expect(answer.status == 200 || path == "/ready" && answer.status == 503, "\(name): \(path)")
            }
        }
    }

    @Test func `the ports of pods, services and the image are the gateway's own`() throws {
        let folder = try ScratchFolder()
        let file = try folder.write("", to: "config.yaml")
        let settings = try Program.run(GatewayProcess.binary, ["print-config", "--config", file]).output
        let ports = settings.matches(of: /\bport: (\d+)/).map { String($0.1) }
        #expect(ports.starts(with: ["8080", "9090"]))
        let dockerfile = try String(contentsOfFile: "\(Self.deploy)/Dockerfile", encoding: .utf8)
        #expect(dockerfile.contains("EXPOSE 8080 9090"))
        for way in try #require(PythonScript.run("check_deploy.py", []).list) {
            #expect(way["ports"]["http"].int == 8080 && way["ports"]["metrics"].int == 9090)
        }
    }

    @Test func `new secrets are long, all different, readable by their owner alone, and never overwritten`() throws {
        let folder = try ScratchFolder()
        let file = "\(folder.path)/secrets.env"
        let script = "\(Self.deploy)/new-secrets"
        #expect(try Program.run(script, [file]).code == 0)
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let values = text.matches(of: /(?m)^[A-Z_]+=(.+)$/).map { String($0.1) }
        #expect(values.count == 4 && Set(values).count == 4 && values.allSatisfy { $0.utf8.count >= 48 })
        let attributes = try FileManager.default.attributesOfItem(atPath: file)
        #expect((attributes[.posixPermissions] as? Int) == 0o600)
        #expect(try Program.run(script, [file]).code != 0)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
    }

    private static let imageIsOfThisSystem: Bool = {
        let system = (try? String(contentsOfFile: "/etc/os-release", encoding: .utf8)) ?? ""
        return system.contains("VERSION_CODENAME=bookworm")
    }()

    @Test(.enabled(if: imageIsOfThisSystem))
    func `the image brings every library that the program is linked to`() throws {
        let dockerfile = try String(contentsOfFile: "\(Self.deploy)/Dockerfile", encoding: .utf8)
        let image = try #require(dockerfile.components(separatedBy: "FROM debian:bookworm-slim").last)
        let linked = try Program.run("/usr/bin/ldd", [GatewayProcess.binary]).output
        let libraries = linked.matches(of: /=> (\/\S+)/).map { String($0.1) }
        #expect(libraries.count > 3, "\(linked)")
        for library in libraries {
            // As dpkg knows it, whether /lib is a link to /usr/lib or not.
            let name = try #require(library.split(separator: "/").last)
            let owner = try Program.run("/usr/bin/dpkg", ["-S", "*/\(name)"]).output
            let package = try #require(owner.split(separator: ":").first.map(String.init), "\(library)")
            // What Debian itself can't be without.
            let isEssential = ["libc6", "libgcc-s1"].contains(package)
            #expect(isEssential || image.contains(" \(package) "), "\(library) of \(package)")
        }
    }
}
