import Foundation

/// A real nginx (Debian: `nginx-light`) that spreads calls over gateways, set up as the README says.
final class NginxProcess: Sendable {
    private static let path = "/usr/sbin/nginx"
    static let isInstalled = FileManager.default.isExecutableFile(atPath: path)

    let program: Program
    let port: Int
    private let folder: ScratchFolder

    /// Starts it and waits until it listens.
    ///
    /// - Parameter keepAlive: Whether it uses a connection to a gateway again; for less than the gateways' `drain_delay`.
    init(before ports: [Int], keepAlive: Bool) throws {
        let folder = try ScratchFolder()
        let port = try FreePorts.take()
        let servers = ports.map { "server 127.0.0.1:\($0) max_fails=1 fail_timeout=1s;" }.joined(separator: " ")
        let kept = keepAlive ? "keepalive 64; keepalive_timeout 1s;" : ""
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "\($0)_temp_path \(folder.path)/\($0);" }.joined(separator: " ")
        let configuration = try folder.write(
            """
            daemon off; pid \(folder.path)/pid; worker_processes 1; error_log stderr warn;
            events { worker_connections 4096; }
            http {
                access_log off; \(temporary)
                upstream gateways { \(servers) \(kept) }
                server {
                    listen 127.0.0.1:\(port) backlog=1024;
                    location / {
                        proxy_pass http://gateways;
                        proxy_http_version 1.1;
                        proxy_set_header connection "";
                        proxy_buffering off;
                        proxy_read_timeout 600s;
                        proxy_next_upstream error timeout;
                    }
                }
            }
            """, to: "nginx.conf")
        let program = try Program(Self.path, ["-p", folder.path, "-e", "stderr", "-c", configuration])
        try eventually("nginx listens on \(port); it said: \(program.standardError)") {
            guard let wire = try? Wire(to: port) else { return false }
            wire.close()
            return true
        }
        (self.program, self.port, self.folder) = (program, port, folder)
    }

    /// What it complained of, beside gateways that take no connections.
    var complaints: [Substring] {
        program.standardError.split(separator: "\n").filter {
            !$0.contains("(111: Connection refused)") && !$0.contains("temporarily disabled while connecting")
        }
    }

    deinit {
        // Its worker ends with it only when it is asked.
        program.stop()
    }
}
