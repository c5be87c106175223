"""Reads PromQL: which metrics and labels an expression names, and which labels its result has."""

import promql_parser as promql

# What Prometheus itself adds: labels of every series (namespace: in Kubernetes), and series of its own.
TARGET_LABELS = {"namespace", "job", "instance"}
OWN_SERIES = {
    "up": set(), "scrape_duration_seconds": set(), "scrape_samples_scraped": set(),
    "ALERTS": {"alertname", "alertstate", "severity"},
}
# Functions whose result has no labels, whatever goes in.
LABELLESS = {"vector", "scalar", "time", "absent"}


class Wrong(Exception):
    """An expression names what is not there."""


def _is_scalar(node):
    return isinstance(node, promql.NumberLiteral) or (
        isinstance(node, promql.Call) and node.func.return_type == promql.ValueType.Scalar)


class Vocabulary:
    """The series that may be named, each with its labels."""

    def __init__(self, catalogue):
        """- catalogue: what `llm-gateway metrics --json` prints."""
        self.series = {name: labels | TARGET_LABELS for name, labels in OWN_SERIES.items()}
        for family in catalogue:
            labels = set(family["labels"]) | TARGET_LABELS
            name = family["name"]
            if family["type"] == "histogram":
                self.series |= {f"{name}_sum": labels, f"{name}_count": labels, f"{name}_bucket": labels | {"le"}}
            else:
                self.series[name] = labels
        self.named = set()

    def define(self, name, labels):
        """A recording rule's result; rules of one name may have different labels."""
        self.series[name] = self.series.get(name, set()) | labels

    def result(self, text):
        """The labels that the result of an expression may have.

        Raises Wrong for a metric that is not there, and for a label that what it is asked of does not have."""
        try:
            return self._labels(promql.parse(text))
        except ValueError as error:
            raise Wrong(f"no PromQL: {error}") from None

    def _labels(self, node):
        kind = type(node)
        if kind is promql.VectorSelector:
            return self._selected(node)
        if kind is promql.MatrixSelector:
            return self._selected(node.vector_selector)
        if kind in (promql.ParenExpr, promql.SubqueryExpr, promql.UnaryExpr):
            return self._labels(node.expr)
        if kind is promql.AggregateExpr:
            return self._aggregated(node)
        if kind is promql.Call:
            return self._called(node)
        if kind is promql.BinaryExpr:
            return self._combined(node)
        return set()

    def _selected(self, selector):
        labels = self.series.get(selector.name)
        if labels is None:
            raise Wrong(f"there is no metric {selector.name}")
        self.named.add(selector.name)
        self._must_have(labels, [matcher.name for matcher in selector.matchers.matchers], selector.name)
        return labels

    def _aggregated(self, node):
        labels = self._labels(node.expr)
        if node.modifier is None:
            return labels if str(node.op) in ("topk", "bottomk") else set()
        self._must_have(labels, node.modifier.labels, str(node.op))
        named = set(node.modifier.labels)
        return named if node.modifier.type == promql.AggModifierType.By else labels - named

    def _called(self, node):
        name = node.func.name
        labels = set().union(*[self._labels(argument) for argument in node.args])
        if name == "label_replace":
            return labels | {node.args[1].val}
        if name == "histogram_quantile":
            self._must_have(labels, ["le"], name)
            return labels - {"le"}
        return set() if name in LABELLESS else labels

    def _combined(self, node):
        left, right = self._labels(node.lhs), self._labels(node.rhs)
        operator, modifier = str(node.op), node.modifier
        matching = modifier.matching if modifier else None
        if matching:
            for side in (left, right):
                self._must_have(side, matching.labels, operator)
        if operator == "or":
            return left | right
        card = str(modifier.card) if modifier else ""
        if "ManyToOne" in card:
            return left | set(modifier.group_labels or [])
        if "OneToMany" in card:
            return right | set(modifier.group_labels or [])
        if operator not in ("and", "unless") and not matching:
            scalar = [_is_scalar(side) for side in (node.lhs, node.rhs)]
            if not any(scalar) and left != right:
                raise Wrong(f"{operator}: {sorted(left)} on the left, {sorted(right)} on the right")
            return right if scalar[0] else left
        return left

    @staticmethod
    def _must_have(labels, wanted, where):
        missing = set(wanted) - labels
        if missing:
            raise Wrong(f"{where} has no label {', '.join(sorted(missing))}")
