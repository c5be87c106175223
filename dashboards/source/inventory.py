"""Everything in this folder that asks Prometheus something: panels, variables, rules."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parent.parent
RULES = sorted((FOLDER / "prometheus").glob("*.yaml"))
RULE_TESTS = sorted((FOLDER / "prometheus" / "tests").glob("*.yaml"))


@dataclass(frozen=True)
class Asked:
    """A query of a panel. `expr` has Grafana's variables in it still."""

    board: str
    panel: str
    expr: str
    legend: str

    def __str__(self):
        return f"{self.board} / {self.panel}"


def boards():
    """The dashboards, by their file's name."""
    return {file.stem: json.loads(file.read_text()) for file in sorted((FOLDER / "grafana").glob("*.json"))}


def queries(name, board):
    """What a dashboard's panels ask, and its annotations."""
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            yield Asked(name, panel["title"], target["expr"], target["legendFormat"])
    for annotation in board["annotations"]["list"]:
        yield Asked(name, annotation["name"], annotation["expr"], annotation["textFormat"])


def variables(board):
    """(the variable's name, the series that its values are of, the label) of those that ask for a label's values."""
    for variable in board["templating"]["list"]:
        if found := re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"] if isinstance(
                variable["query"], str) else variable["query"]["query"]):
            yield variable["name"], found[1], found[2]


def filled_in(expr, window="5m", shown="1h"):
    """An expression with Grafana's variables filled in; those that choose labels choose all."""
    expr = expr.replace("$__rate_interval", window).replace("$__range", shown)
    return re.sub(r'"\$(\w+)"', '".*"', expr)


def rules(files=RULES):
    """Recording rules and alerts, in the order of the files."""
    for file in files:
        for group in yaml.safe_load(file.read_text())["groups"]:
            yield from group["rules"]
