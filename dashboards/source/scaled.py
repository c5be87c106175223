"""The rules with less patience: the same expressions, all times divided, so that minutes show what hours do."""

import re

import yaml

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def scaled(text, factor, figures):
    """A file of rules with its windows, offsets and waits divided by `factor`.

    - figures: what to put for the constant of a recording rule, by its name: what is sized for a real machine."""
    rules = yaml.safe_load(text)
    for group in rules["groups"]:
        for rule in group["rules"]:
            rule["expr"] = re.sub(
                r"(\[|offset )(\d+[smhd])", lambda found: found[1] + _shorter(found[2], factor), rule["expr"])
            if "for" in rule:
                rule["for"] = _shorter(rule["for"], factor)
            if rule.get("record") in figures:
                rule["expr"] = f"vector({figures[rule['record']]})"
    return yaml.safe_dump(rules, sort_keys=False, width=1000)


def _shorter(duration, factor):
    return f"{int(duration[:-1]) * SECONDS[duration[-1]] * 1000 // factor}ms"
