import Testing

@testable import LLMGateway

@Suite struct RedisSettingsTests {
    private func address(_ url: String) throws -> RedisAddress? {
        try configuration("redis: { url: '\(url)' }").settings.redis.address
    }

    @Test func `an address is spelled as other clients spell it`() throws {
        #expect(try address("redis://localhost") == RedisAddress(place: .host("localhost", port: 6379)))
        #expect(
            try address("redis://:s3cret@10.0.0.1:7000/2")
                == RedisAddress(place: .host("10.0.0.1", port: 7000), password: Secret("s3cret"), database: 2))
        #expect(
            try address("rediss://app:p%40ss@[::1]/0?ca_file=/ca.pem")
                == RedisAddress(
                    place: .host("::1", port: 6379), user: "app", password: Secret("p@ss"),
                    tls: .init(caFile: "/ca.pem")))
        #expect(try address("REDISS://h?verify=false")?.tls == .init(caFile: nil, verifies: false))
        #expect(
            try address("unix:///run/redis.sock?db=3")
                == RedisAddress(place: .socket(path: "/run/redis.sock"), database: 3))
        #expect(
            try address("unix://:p@/run/a%20b")
                == RedisAddress(place: .socket(path: "/run/a b"), password: Secret("p")))
    }

    @Test(arguments: [
        "localhost:6379", "http://h", "redis://h:0", "redis://h:x", "redis://h/one", "redis://h/-1", "redis://user@h",
        "redis://h?ca_file=/x", "rediss://h?verify=maybe", "redis://h#x", "unix://h/p", "unix://", "redis://:%zz@h",
    ])
    func `a wrong address is refused without being repeated`(url: String) {
        let problems = problems("redis: { url: '\(url)' }")
        #expect(problems.count == 1 && problems[0].contains("redis.url"), "\(problems)")
        #expect(!problems.joined().contains("'\(url)'"))
    }

    @Test func `REDIS_URL counts below the file, nothing counts when nothing is said`() throws {
        #expect(try configuration().settings.redis.address == nil)
        #expect(try configuration("redis: { url: '' }").settings.redis.address == nil)
        let variable = ["REDIS_URL": "redis://variable"]
        #expect(try configuration("", variable).settings.redis.address?.place == .host("variable", port: 6379))
        let both = try configuration("redis: { url: redis://file }", variable)
        #expect(both.settings.redis.address?.place == .host("file", port: 6379))
        let own = ["LLM_GATEWAY_REDIS_URL": "redis://own"]
        #expect(
            try configuration("redis: { url: redis://file }", own).settings.redis.address?.place
                == .host("own", port: 6379))
    }

    @Test func `a password is never shown`() throws {
        let shown = try configuration("redis: { url: 'redis://:s3cret@h' }")
        #expect(shown.effective("redis.url")?.contains("s3cret") == false)
    }
}
