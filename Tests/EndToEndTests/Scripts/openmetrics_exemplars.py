"""Reads an OpenMetrics exposition as Prometheus's own client library does, strictly, and prints its exemplars.

Usage: openmetrics_exemplars.py FILE
"""

import json
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

with open(sys.argv[1], encoding="utf-8") as file:
    families = list(text_string_to_metric_families(file.read()))

exemplars = [
    {"name": family.name, "labels": sample.exemplar.labels, "value": sample.exemplar.value,
     "le": sample.labels.get("le"), "timed": sample.exemplar.timestamp is not None}
    for family in families
    for sample in family.samples
    if sample.exemplar
]
json.dump({"families": [family.name for family in families], "exemplars": exemplars}, sys.stdout)
