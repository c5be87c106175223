"""Dashboards in the types of Grafana's own SDK: what it does not know is a field that Grafana would not heed."""

import json

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

# What the SDK leaves out and Grafana reads: of Prometheus' annotations, and of variables that ask it.
READ_ALL_THE_SAME = {"textFormat", "titleFormat", "definition"}

register_default_plugins()


def unknown_fields(board):
    """The paths of fields that Grafana's types have no place for, or hold otherwise."""
    known = json.loads(JSONEncoder().encode(Dashboard.from_json(board)))
    return sorted(set(_lost(board, known, "")))


def _lost(given, known, path):
    if isinstance(given, dict) and isinstance(known, dict):
        for name, value in given.items():
            if name in known:
                yield from _lost(value, known[name], f"{path}.{name}")
            elif name not in READ_ALL_THE_SAME:
                yield f"{path}.{name}"
    elif isinstance(given, list) and isinstance(known, list) and len(given) == len(known):
        for one, other in zip(given, known):
            yield from _lost(one, other, f"{path}[]")
    elif given != known:
        yield path
