import NIOCore

/// The end of the gateway, in order: readiness off, no new connections, time for what is under way, then an end to it.
struct Shutdown: Sendable {
    let states: [LoopState]
    let watch: ProviderWatch
    let listener: Listener

    func run(_ settings: ServerSettings) async {
        watch.startDraining()
        await onEachLoop { $0.loop.isDraining = true }
        try? await Task.sleep(for: settings.drainDelay)
        await listener.letIn()
        await listener.stop()
        let end = Instant.now + settings.shutdownGrace
        // A moment longer than it takes a request that is already on its way to be seen.
        var quiet = 0
        while quiet < 3, Instant.now < end {
            try? await Task.sleep(for: .milliseconds(20))
            quiet = await busyConnections() == 0 ? quiet + 1 : 0
        }
        await onEachLoop { $0.loop.stopClients() }
        let last = Instant.now + .seconds(1)
        while await busyConnections() > 0, Instant.now < last { try? await Task.sleep(for: .milliseconds(10)) }
    }

    private func busyConnections() async -> Int {
        var busy = 0
        for state in states {
            busy += (try? await state.loop.eventLoop.submit { state.loop.busyClients }.get()) ?? 0
        }
        return busy
    }

    private func onEachLoop(_ body: @escaping @Sendable (LoopState) -> Void) async {
        for state in states { try? await state.loop.eventLoop.submit { body(state) }.get() }
    }
}
