"""The programs of the play: a gateway, two more as its providers, Redis, Prometheus. All end with the play."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

PROVIDERS_KEY = "sk-of-the-gateway-at-its-provider"
KEYS = {"web": "sk-web-0123456789", "agents": "sk-agents-0123456789", "batch": "sk-batch-0123456789",
        "intern": "sk-intern-0123456789"}

# What the providers' models do; names that start alike have a price.
MODELS = {
    "atlas-large": "lorem?first_token=120ms&tokens_per_second=90",
    "atlas-mini": "lorem?first_token=40ms&tokens_per_second=250",
    "borealis": "lorem?first_token=80ms&tokens_per_second=150",
    "borealis-slow": "lorem?first_token=600ms&tokens_per_second=150",
    "borealis-late": "lorem?first_token=3s&tokens_per_second=200",
    "atlas-faulty": "error-500",
    "atlas-cut": "error-midstream",
    "prototype": "lorem?first_token=50ms",
}


def _provider_settings():
    models = {name: {"targets": [{"provider": "simulated", "model": model}]} for name, model in MODELS.items()}
    return {
        "keys": [{"name": "gateway", "key": PROVIDERS_KEY}], "models": models, "providers": {"simulated": {}},
        "resilience": {"retry": {"max_attempts": 1}, "circuit_breaker": {"min_requests": 1000000}},
    }


def _gateway_settings(first, second, redis):
    def provider(port, **more):
        return {"type": "openai-compatible", "base_url": f"http://127.0.0.1:{port}/v1", "models": list(MODELS),
                "api_key": PROVIDERS_KEY, "probe": {"interval": "1s"}, **more}

    def target(provider, model):
        return {"provider": provider, "model": model}

    return {
        "providers": {
            "alpha": provider(first),
            "beta": provider(second),
            # Speaks another API than most clients.
            "gamma": provider(first, type="anthropic"),
            # Its credential is not a good one.
            "delta": provider(first, api_key="sk-expired", models=["atlas-mini"], probe={"path": "/../health"}),
            # Takes one call at a time.
            "narrow": provider(first, concurrency={"max_in_flight": 1, "queue": 4, "queue_wait": "5s"}),
        },
        "models": {
            "assistant": {
                "strategy": "weighted", "targets": [target("alpha", "atlas-large"), target("beta", "atlas-large")]},
            "veteran": {"targets": [target("alpha", "atlas-faulty")], "fallbacks": ["assistant"]},
            "hasty": {
                "targets": [target("alpha", "borealis-slow"), target("gamma", "atlas-mini")], "hedge_after": "100ms"},
        },
        "model_info": {
            "atlas-large": {"usd_per_million": {"input": 2.5, "cached_input": 1.25, "output": 10}},
            "atlas-*": {"usd_per_million": {"input": 0.15, "cached_input": 0.075, "output": 0.6}},
            "borealis*": {"usd_per_million": {"input": 1, "output": 5}},
        },
        "keys": [
            {"name": "web", "key": KEYS["web"]},
            {"name": "agents", "key": KEYS["agents"]},
            {"name": "batch", "key": KEYS["batch"], "requests_per_minute": 120, "burst": 2},
            {"name": "intern", "key": KEYS["intern"], "budget": {"usd": 0.000001, "period": "total"}},
        ],
        "redis": {"url": f"redis://127.0.0.1:{redis}"},
    }


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Stage:
    """Use it in a `with` statement; its end is the end of everything on it."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, Path(folder)
        names = ("first", "second", "redis", "prometheus", "gateway", "metrics")
        self.ports = {name: free_port() for name in names}
        self.programs = {}
        self.log_is_read = threading.Event()

    def __enter__(self):
        try:
            self._start("redis", [
                "redis-server", "--bind", "127.0.0.1", "--port", str(self.ports["redis"]), "--save", "",
                "--appendonly", "no",
            ])
            for name in ("first", "second"):
                self._start_gateway(name, _provider_settings(), self.ports[name], free_port())
            for name in ("first", "second"):
                wait_for(f"http://127.0.0.1:{self.ports[name]}/health")
            self.start_gateway()
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        for program in self.programs.values():
            program.terminate()
        for name in list(self.programs):
            self.stop(name)

    def start_gateway(self):
        settings = _gateway_settings(self.ports["first"], self.ports["second"], self.ports["redis"])
        self._start_gateway("gateway", settings, self.ports["gateway"], self.ports["metrics"], stdout=subprocess.PIPE)
        self.log_is_read.set()
        threading.Thread(target=self._read_log, args=[self.programs["gateway"].stdout], daemon=True).start()
        wait_for(f"http://127.0.0.1:{self.ports['gateway']}/ready")

    def start_prometheus(self, rules):
        """- rules: (name, text) of each file."""
        for name, text in rules:
            (self.folder / name).write_text(text)
        (self.folder / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [name for name, _ in rules],
            "scrape_configs": [{
                "job_name": "llm-gateway",
                "static_configs": [
                    {"targets": [f"127.0.0.1:{self.ports['metrics']}"], "labels": {"namespace": "play"}}],
            }],
        }))
        self._start("prometheus", [
            "prometheus", f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/series",
            f"--web.listen-address=127.0.0.1:{self.ports['prometheus']}", "--log.level=warn",
        ])
        wait_for(f"http://127.0.0.1:{self.ports['prometheus']}/-/ready")
        return Prometheus(self.ports["prometheus"])

    def reload_gateway(self, settings_are_good):
        file = self.folder / "gateway.json"
        text = file.read_text()
        if not settings_are_good:
            file.write_text('{"providers": {"alpha": {"type": "no-such-type"}}}')
        self.programs["gateway"].send_signal(signal.SIGHUP)
        time.sleep(2)
        file.write_text(text)

    def lose_log(self):
        """Nobody takes the gateway's log lines any more."""
        self.log_is_read.clear()

    def stop(self, name):
        program = self.programs.pop(name, None)
        if program is None:
            return
        program.terminate()
        try:
            program.wait(3)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()

    def _start_gateway(self, name, settings, port, metrics_port, **more):
        file = self.folder / f"{name}.json"
        file.write_text(json.dumps(settings))
        environment = {"LLM_GATEWAY_STORE_PATH": f"{self.folder}/{name}.sqlite",
                       "LLM_GATEWAY_PROVIDERS_OLLAMA_ENABLED": "false", "LLM_GATEWAY_SERVER_SHUTDOWN_GRACE": "1s"}
        self._start(name, [self.binary, "serve", "--config", str(file), "--port", str(port), "--metrics-port",
                           str(metrics_port)], environment, **more)

    def _start(self, name, command, environment=None, **more):
        told = (self.folder / f"{name}.log").open("ab")
        self.programs[name] = subprocess.Popen(
            command, cwd=self.folder, env={"PATH": os.environ["PATH"], **(environment or {})}, stdin=subprocess.DEVNULL,
            **{"stdout": told, "stderr": told, **more})

    def _read_log(self, pipe):
        with pipe:
            while self.log_is_read.is_set() and pipe.readline():
                pass


class Prometheus:
    """Its API."""

    def __init__(self, port):
        self.base = f"http://127.0.0.1:{port}/api/v1/"

    def ask(self, path, **parameters):
        url = f"{self.base}{path}?{urllib.parse.urlencode(parameters, doseq=True)}"
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{parameters}: {error.read().decode()}") from None

    def now(self, expr):
        return self.ask("query", query=expr)["result"]

    def over_time(self, expr, start, end, step=1):
        return self.ask("query_range", query=expr, start=start, end=end, step=step)["result"]


def wait_for(url, within=30):
    """Returns when the address answers with success."""
    end = time.monotonic() + within
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
