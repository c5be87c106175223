"""Clients: some that are always there, and some that make trouble. Each is a thread of its own."""

import http.client
import json
import random
import socket
import threading

from stage import KEYS

ASK = [{"role": "user", "content": "Tell me what a gateway is for, in a few words that anybody understands."}]


class Clients:
    """Use it in a `with` statement; at its end they all leave."""

    def __init__(self, port):
        self.port = port
        self.over = threading.Event()
        self.threads = []
        self.idle = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        for connection in self.idle:
            connection.close()
        for thread in self.threads:
            thread.join(10)

    def come(self, count, pause, *calls):
        """Clients that make one of the calls after the other, with a random pause of `pause` seconds on average."""
        for _ in range(count):
            thread = threading.Thread(target=self._live, args=[pause, calls], daemon=True)
            self.threads.append(thread)
            thread.start()

    def hold_connections(self, count):
        """Connections on which nothing is sent."""
        for _ in range(count):
            self.idle.append(socket.create_connection(("127.0.0.1", self.port)))

    def _live(self, pause, calls):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        while not self.over.wait(random.uniform(0, 2 * pause)):
            try:
                random.choice(calls)(connection)
            except (OSError, http.client.HTTPException):
                connection.close()
        connection.close()


def call(path, body, key="web", headers=None):
    """A call whose answer is read to its end."""
    def make(connection):
        sent = {"authorization": f"Bearer {KEYS.get(key, key)}", "content-type": "application/json", **(headers or {})}
        connection.request("POST", path, json.dumps(body), sent)
        connection.getresponse().read()
    return make


def chat(model, key="web", **more):
    return call("/v1/chat/completions", {"model": model, "messages": ASK, "max_tokens": 20, **more}, key)


def stream(model, key="web", **more):
    return chat(model, key, stream=True, **more)


def leave(model):
    """Begins a stream, and goes away after the first bytes."""
    def make(connection):
        body = json.dumps({"model": model, "messages": ASK, "max_tokens": 200, "stream": True})
        connection.request("POST", "/v1/chat/completions", body, {"authorization": f"Bearer {KEYS['web']}"})
        connection.getresponse().read(1)
        connection.close()
    return make


def every_day():
    """What well-behaved clients ask for, in every API."""
    contents = [{"role": "user", "parts": [{"text": "Hello there"}]}]
    return [
        chat("assistant"), stream("assistant"), chat("alpha/atlas-mini", "agents"), stream("alpha/borealis", "agents"),
        call("/v1/messages", {"model": "alpha/borealis", "max_tokens": 20, "messages": ASK}, "agents"),
        call("/v1/responses", {"model": "alpha/atlas-mini", "input": "Hello there", "store": False}),
        call("/api/chat", {"model": "alpha/atlas-mini", "messages": ASK, "options": {"num_predict": 20}}),
        call("/v1beta/models/alpha/atlas-mini:generateContent", {"contents": contents}),
        call("/v1/embeddings", {"model": "alpha/atlas-mini", "input": "Hello there"}, "batch"),
        # What the provider's API has no word for is left out.
        chat("gamma/atlas-mini", seed=7, logit_bias={"1": 2}),
    ]


def trouble(clients):
    """Everything that goes wrong but for what dies."""
    clients.come(30, 0.3, stream("alpha/borealis-late", "agents"))
    clients.come(3, 0.1, chat("alpha/atlas-faulty"))
    clients.come(1, 0.3, stream("alpha/atlas-cut"))
    clients.come(1, 0.2, chat("delta/atlas-mini"))
    clients.come(8, 0.5, chat("narrow/borealis-slow", "agents"))
    clients.come(2, 0.2, stream("hasty"))
    clients.come(1, 0.3, chat("veteran"))
    clients.come(1, 0.1, chat("moody"))
    clients.come(1, 0.1, chat("alpha/atlas-mini", "batch"))
    clients.come(1, 0.3, chat("alpha/borealis", "intern"))
    clients.come(1, 0.3, chat("alpha/prototype"))
    clients.come(1, 0.3, leave("alpha/atlas-large"))
    clients.come(1, 0.3, chat("alpha/atlas-mini", messages="no list"), chat("alpha/atlas-mini", "sk-nobody's"))
