"""Renders what deploy/ ships for Kubernetes, as kustomize and as Helm do it, and fails when something is wrong with it.

Prints, as JSON, what the gateway would be given there: for those who ask the gateway itself whether it takes it.
"""
import base64
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import kubernetes_validate
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
PROGRAMS = pathlib.Path(sys.executable).parent
problems = []


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True, env={"PATH": os.environ["PATH"], "HOME": "/tmp"})
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {result.stdout}{result.stderr}")
    return result.stdout


def rendered():
    """Each way to install it, with its manifests, and the secrets that belong to it."""
    with tempfile.TemporaryDirectory() as folder:
        # A copy, since the example wants secrets, which are nobody's to find here.
        copy = pathlib.Path(folder) / "kustomize"
        shutil.copytree(DEPLOY / "kustomize", copy, ignore=shutil.ignore_patterns("secrets.env"))
        file = copy / "overlays/example/secrets.env"
        run(DEPLOY / "new-secrets", file)
        secrets = dict(line.split("=", 1) for line in file.read_text().splitlines() if re.match(r"\w", line))
        for name in ["base", "overlays/example"]:
            yield f"kustomize {name}", run(PROGRAMS / "kubectl", "kustomize", copy / name), secrets
    chart = DEPLOY / "helm/llm-gateway"
    run(PROGRAMS / "helm", "lint", "--strict", chart)
    everything = "redis.enabled=true,monitoring.enabled=true"
    for name, values in [("as it is", "image.tag="), ("with everything", everything)]:
        yield f"helm {name}", run(PROGRAMS / "helm", "template", "release", chart, "--set", values), secrets


# What the Prometheus Operator's kinds must have; Kubernetes' own schemas don't know them.
SHAPES = {
    "ServiceMonitor": lambda spec: spec["selector"]["matchLabels"] and all("port" in e for e in spec["endpoints"]),
    "PrometheusRule": lambda spec: spec["groups"]
    and all(group["name"] and all(("alert" in r) != ("record" in r) and r["expr"] for r in group["rules"])
            for group in spec["groups"]),
}


def validate(manifest):
    if manifest["apiVersion"].startswith("monitoring.coreos.com/"):
        if not SHAPES[manifest["kind"]](manifest["spec"]):
            raise ValueError("is not what the Prometheus Operator expects")
    else:
        kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)


def expect(condition, sentence):
    if not condition:
        problems.append(sentence)


def seconds(text):
    number, unit = re.fullmatch(r"(\d+)(s|m|h)", text).groups()
    return int(number) * {"s": 1, "m": 60, "h": 3600}[unit]


def check_pod(way, pod):
    """The pod security standard "restricted", and more."""
    (container,) = pod["containers"]
    security, inner = pod["securityContext"], container["securityContext"]
    expect(security["runAsNonRoot"] and security["runAsUser"] > 0, f"{way}: runs as root")
    expect(security["seccompProfile"] == {"type": "RuntimeDefault"}, f"{way}: no seccomp profile")
    expect(inner["allowPrivilegeEscalation"] is False, f"{way}: privileges may grow")
    expect(inner["readOnlyRootFilesystem"] is True, f"{way}: its root can be written")
    expect(inner["capabilities"] == {"drop": ["ALL"]}, f"{way}: capabilities")
    expect(pod["automountServiceAccountToken"] is False, f"{way}: a token of the cluster's is mounted")
    expect(pod["enableServiceLinks"] is False, f"{way}: services leak into its environment")
    expect({"cpu", "memory"} <= container["resources"]["requests"].keys(), f"{way}: requests no resources")
    expect("memory" in container["resources"]["limits"], f"{way}: no limit to memory")
    expect(":" in container["image"] and not container["image"].endswith(":latest"), f"{way}: image without a tag")


def check_times(way, pod, config):
    """A pod is killed only after the gateway has let every call end."""
    server, timeouts = config["server"], config["resilience"]["timeouts"]
    pause = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    drain, grace = seconds(server["drain_delay"]), seconds(server["shutdown_grace"])
    expect(pod["terminationGracePeriodSeconds"] >= pause + drain + grace + 5, f"{way}: killed before the grace ends")
    expect(grace >= seconds(timeouts["total"]), f"{way}: the grace is shorter than a call may take")
    expect(pod["terminationGracePeriodSeconds"] <= 600, f"{way}: longer than cluster autoscalers wait")


def check_selectors(way, manifests):
    """What points to the gateway's pods finds them, and their ports by name."""
    of_kind = {}
    for manifest in manifests:
        of_kind.setdefault(manifest["kind"], {})[manifest["metadata"]["name"]] = manifest
    template = of_kind["Deployment"]["llm-gateway"]["spec"]["template"]
    labels, ports = template["metadata"]["labels"], {p["name"] for p in template["spec"]["containers"][0]["ports"]}
    service = of_kind["Service"]["llm-gateway"]
    selectors = [service["spec"]["selector"], of_kind["Deployment"]["llm-gateway"]["spec"]["selector"]["matchLabels"]]
    selectors.append(of_kind["PodDisruptionBudget"]["llm-gateway"]["spec"]["selector"]["matchLabels"])
    selectors.append(of_kind["NetworkPolicy"]["llm-gateway"]["spec"]["podSelector"]["matchLabels"])
    expect(all(selector.items() <= labels.items() for selector in selectors), f"{way}: a selector misses the pods")
    expect({p["targetPort"] for p in service["spec"]["ports"]} == ports, f"{way}: the service's ports")
    scaled = of_kind["HorizontalPodAutoscaler"]["llm-gateway"]["spec"]
    expect(scaled["scaleTargetRef"]["name"] == "llm-gateway", f"{way}: scales something else")
    expect(scaled["minReplicas"] >= 2, f"{way}: a single replica")
    for name, monitor in of_kind.get("ServiceMonitor", {}).items():
        selected = monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
        expect(selected, f"{way}: {name} selects no service")
        offered = {p["name"] for p in service["spec"]["ports"]}
        expect({e["port"] for e in monitor["spec"]["endpoints"]} <= offered, f"{way}: {name} scrapes no port")
    return of_kind


def given(way, of_kind, secrets):
    """What the gateway's container gets: its configuration, its environment and its probes."""
    pod = of_kind["Deployment"]["llm-gateway"]["spec"]["template"]["spec"]
    container = pod["containers"][0]
    (mounted,) = [v["configMap"]["name"] for v in pod["volumes"] if "configMap" in v]
    expect(mounted in of_kind["ConfigMap"], f"{way}: mounts a ConfigMap that is not there")
    text = of_kind["ConfigMap"][mounted]["data"]["config.yaml"]
    check_pod(way, pod)
    check_times(way, pod, yaml.safe_load(text))
    (source,) = container["envFrom"]
    made = of_kind.get("Secret", {}).get(source["secretRef"]["name"])
    if made:
        decoded = {name: base64.b64decode(value).decode() for name, value in made["data"].items()}
        expect(decoded == secrets, f"{way}: the Secret is not what new-secrets made")
    environment = dict(secrets)
    for variable in container["env"]:
        value = variable.get("value")
        if value is None:
            value = secrets[variable["valueFrom"]["secretKeyRef"]["key"]]
        environment[variable["name"]] = re.sub(r"\$\((\w+)\)", lambda match: environment[match[1]], value)
    numbers = {p["name"]: p["containerPort"] for p in container["ports"]}
    probes = {}
    for kind in ["startupProbe", "readinessProbe", "livenessProbe"]:
        get = container[kind]["httpGet"]
        probes[kind] = {"path": get["path"], "port": numbers.get(get["port"], get["port"])}
    scaled_by = [m["pods"]["metric"]["name"]
                 for m in of_kind["HorizontalPodAutoscaler"]["llm-gateway"]["spec"]["metrics"] if "pods" in m]
    return {"way": way, "configuration": text, "environment": environment, "ports": numbers, "probes": probes,
            "scaled_by": scaled_by}


def check_rules():
    """The PrometheusRule holds the rules of dashboards/prometheus, and the adapter's metric is the autoscaler's."""
    wrapped = yaml.safe_load((DEPLOY / "kustomize/components/monitoring/prometheusrule.yaml").read_text())
    groups = [group for file in sorted((ROOT / "dashboards/prometheus").glob("*.yaml"))
              for group in yaml.safe_load(file.read_text())["groups"]]
    expect(wrapped["spec"]["groups"] == groups, "prometheusrule.yaml: run deploy/prometheus-rule")
    adapter = yaml.safe_load((DEPLOY / "kustomize/components/monitoring/prometheus-adapter.yaml").read_text())
    (rule,) = adapter["rules"]["custom"]
    scaled = yaml.safe_load((DEPLOY / "kustomize/components/monitoring/horizontalpodautoscaler-patch.yaml").read_text())
    names = [metric["pods"]["metric"]["name"] for metric in scaled["spec"]["metrics"] if "pods" in metric]
    expect(names == [rule["name"]["as"]], "prometheus-adapter.yaml: another metric than the autoscaler's")
    expect(rule["seriesQuery"].startswith(rule["name"]["as"]), "prometheus-adapter.yaml: asks for another series")


def check_compose():
    """Compose gives the gateway its keys, and time to end."""
    gateway = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["gateway"]
    expect(gateway["env_file"] == "secrets.env", "compose.yaml: no file of keys")
    config = yaml.safe_load((DEPLOY / "kustomize/base/config.yaml").read_text())["server"]
    end = seconds(config["drain_delay"]) + seconds(config["shutdown_grace"])
    expect(seconds(gateway["stop_grace_period"]) > end, "compose.yaml: killed before the grace ends")
    for volume in gateway["volumes"]:
        source = volume.split(":")[0]
        expect(not source.startswith(".") or (DEPLOY / source).exists(), f"compose.yaml: {source} is not there")


facts = []
check_rules()
check_compose()
for way, text, secrets in rendered():
    manifests = [manifest for manifest in yaml.safe_load_all(text) if manifest]
    for manifest in manifests:
        try:
            validate(manifest)
        except Exception as error:
            problems.append(f"{way}: {manifest['kind']}/{manifest['metadata']['name']}: {error}")
    facts.append(given(way, check_selectors(way, manifests), secrets))
    for set_ in [m for m in manifests if m["kind"] == "StatefulSet"]:
        check_pod(f"{way}: {set_['metadata']['name']}", set_["spec"]["template"]["spec"])

if problems:
    sys.exit("\n".join(problems))
print(json.dumps(facts))
