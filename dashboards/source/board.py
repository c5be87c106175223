"""What a dashboard is made of. A panel says what it shows; this says how that is written for Grafana."""

from dataclasses import dataclass, field

# The variables that a dashboard may have, and where their values come from. @gateway and the like stand in queries for
# the labels that they choose.
VARIABLES = {
    "namespace": ("Namespace", "label_values(llm_gateway_build_info, namespace)"),
    "job": ("Job", "label_values(llm_gateway_build_info{@namespace}, job)"),
    "instance": ("Replica", "label_values(llm_gateway_build_info{@job}, instance)"),
    "provider": ("Provider", "label_values(llm_gateway_provider_up{@gateway}, provider)"),
    "model": ("Model", "label_values(llm_gateway_tokens_total{@provider}, model)"),
    "key": ("Key", "label_values(llm_gateway_key_requests_total{@gateway}, key)"),
}
SELECTORS = {
    "@target": '@provider,model=~"$model"',
    "@provider": '@gateway,provider=~"$provider"',
    "@key": '@gateway,key=~"$key"',
    "@gateway": '@job,instance=~"$instance"',
    "@job": '@namespace,job=~"$job"',
    "@namespace": 'namespace=~"$namespace"',
}
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
COLUMNS = 24


def selected(expr):
    """An expression with the labels that the dashboard's variables choose."""
    for name, labels in SELECTORS.items():
        expr = expr.replace(name, labels)
    assert "@" not in expr, expr
    return expr


@dataclass
class Query:
    """An expression in PromQL, and what its series are called."""

    expr: str
    legend: str = "__auto"


@dataclass
class Panel:
    """One picture. `kind` is Grafana's name for it; `steps` are (value, colour): the colour from that value on."""

    title: str
    description: str
    queries: list
    kind: str = "timeseries"
    unit: str = "short"
    width: int = 8
    height: int = 8
    stacked: bool = False
    least: float | None = None
    most: float | None = None
    steps: list = field(default_factory=list)
    # Value: (text, colour).
    mappings: dict = field(default_factory=dict)
    decimals: int | None = None
    # For a stat: show this label's text instead of a number.
    shows_label: str | None = None

    @property
    def is_instant(self):
        """Whether only the newest value is asked for."""
        return self.kind in ("stat", "bargauge", "table")

    def json(self, identifier, place):
        targets = [
            {
                "datasource": SOURCE, "editorMode": "code", "expr": selected(query.expr), "legendFormat": query.legend,
                "range": not self.is_instant, "instant": self.is_instant, "refId": chr(ord("A") + position),
                "exemplar": self.kind == "timeseries" and query.expr.startswith("histogram_quantile"),
                **({"format": "table"} if self.kind == "table" else {}),
            }
            for position, query in enumerate(self.queries)
        ]
        return {
            "id": identifier, "type": self.kind, "title": self.title, "description": self.description,
            "datasource": SOURCE, "gridPos": place, "targets": targets,
            "fieldConfig": {"defaults": self._defaults(), "overrides": []}, "options": self._options(),
            **({"transformations": self._tidied_table()} if self.kind == "table" else {}),
        }

    def _defaults(self):
        steps = self.steps or [(None, "green")]
        if steps[0][0] is not None:
            steps = [(None, "green"), *steps]
        defaults = {
            "unit": self.unit,
            "color": {"mode": "palette-classic" if self.kind == "timeseries" else "thresholds"},
            "thresholds": {"mode": "absolute", "steps": [{"value": value, "color": color} for value, color in steps]},
            "mappings": [
                {"type": "value", "options": {str(value): {"text": text, "color": color, "index": index}}}
                for index, (value, (text, color)) in enumerate(self.mappings.items())
            ],
        }
        for name, value in (("min", self.least), ("max", self.most), ("decimals", self.decimals)):
            if value is not None:
                defaults[name] = value
        if self.kind == "timeseries":
            defaults["custom"] = {
                "drawStyle": "line", "lineInterpolation": "linear", "lineWidth": 1, "showPoints": "never",
                "spanNulls": False, "fillOpacity": 30 if self.stacked else 8,
                "stacking": {"mode": "normal" if self.stacked else "none", "group": "A"},
                "thresholdsStyle": {"mode": "dashed" if self.steps else "off"},
            }
        if self.kind == "state-timeline":
            defaults["custom"] = {"fillOpacity": 80, "lineWidth": 0}
        return defaults

    def _options(self):
        newest = {"calcs": ["lastNotNull"], "fields": "", "values": False}
        if self.kind == "timeseries":
            return {
                "legend": {"displayMode": "table", "placement": "bottom", "showLegend": True, "calcs": ["mean", "max"]},
                "tooltip": {"mode": "multi", "sort": "desc"},
            }
        if self.kind == "stat":
            return {
                "reduceOptions": newest, "colorMode": "value", "graphMode": "none", "justifyMode": "auto",
                "textMode": "name" if self.shows_label else "value_and_name" if len(self.queries) > 1 else "auto",
                "orientation": "auto",
            }
        if self.kind == "bargauge":
            return {"reduceOptions": newest, "displayMode": "lcd", "orientation": "horizontal", "showUnfilled": True}
        if self.kind == "state-timeline":
            return {
                "mergeValues": True, "showValue": "never", "rowHeight": 0.8,
                "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
                "tooltip": {"mode": "single"},
            }
        return {"showHeader": True, "cellHeight": "sm"}

    def _tidied_table(self):
        hidden = {name: True for name in ("Time", "Value", "__name__", "alertstate")}
        return [{"id": "organize", "options": {"excludeByName": hidden, "indexByName": {}, "renameByName": {}}}]


@dataclass
class Row:
    """A heading and the panels beneath it, laid out from left to right."""

    title: str
    panels: list


@dataclass
class Board:
    uid: str
    title: str
    description: str
    variables: list
    rows: list

    def panels(self):
        return [panel for row in self.rows for panel in row.panels]

    def json(self):
        return {
            "uid": self.uid, "title": f"LLM gateway / {self.title}", "description": self.description,
            "tags": ["llm-gateway"], "schemaVersion": 39, "version": 1, "editable": True, "graphTooltip": 1,
            "refresh": "30s", "time": {"from": "now-3h", "to": "now"}, "timezone": "", "fiscalYearStartMonth": 0,
            "annotations": {"list": [self._restarts()]},
            "links": [{
                "type": "dashboards", "title": "LLM gateway", "tags": ["llm-gateway"], "asDropdown": False,
                "includeVars": True, "keepTime": True, "icon": "external link", "targetBlank": False, "tooltip": "",
                "url": "",
            }],
            "templating": {"list": [self._datasource()] + [self._variable(name) for name in self.variables]},
            "panels": self._laid_out(),
        }

    def _laid_out(self):
        placed, top = [], 0
        for row in self.rows:
            place = {"x": 0, "y": top, "w": COLUMNS, "h": 1}
            placed.append({
                "id": len(placed) + 1, "type": "row", "title": row.title, "collapsed": False, "gridPos": place,
                "panels": [],
            })
            left, top, tallest = 0, top + 1, 0
            for panel in row.panels:
                if left + panel.width > COLUMNS:
                    left, top, tallest = 0, top + tallest, 0
                place = {"x": left, "y": top, "w": panel.width, "h": panel.height}
                placed.append(panel.json(len(placed) + 1, place))
                left, tallest = left + panel.width, max(tallest, panel.height)
            top += tallest
        return placed

    @staticmethod
    def _restarts():
        """A line wherever a replica was started."""
        return {
            "name": "Starts", "datasource": SOURCE, "enable": True, "iconColor": "blue", "titleFormat": "started",
            "textFormat": "{{instance}}",
            "expr": selected("changes(process_start_time_seconds{@gateway}[$__rate_interval]) > 0"),
        }

    @staticmethod
    def _datasource():
        return {
            "name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus", "regex": "",
            "hide": 0, "refresh": 1, "includeAll": False, "multi": False, "current": {}, "options": [],
        }

    @staticmethod
    def _variable(name):
        label, query = VARIABLES[name]
        query = selected(query)
        return {
            "name": name, "label": label, "type": "query", "datasource": SOURCE, "definition": query,
            "query": {"query": query, "refId": name}, "refresh": 2, "sort": 1, "hide": 0, "regex": "",
            "multi": True, "includeAll": True, "allValue": ".*", "current": {"text": ["All"], "value": ["$__all"]},
            "options": [],
        }
