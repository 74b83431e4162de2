# Daybreak's commands; `make help` lists them. Set-up itself is in deploy/setup.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

CARGO ?= cargo
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
DAYBREAK := $(TARGET_DIR)/release/daybreak
# Added to the command of `make run`, `make bench` and `make load`.
ARGS ?=
# Fixed once, when make starts.
STARTED := $(shell date +%s)

.PHONY: help
help: ## List the commands
	@echo "Daybreak:"
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22
	@echo "Options of the demo: make run ARGS='--schools 20 --released'"

.PHONY: setup setup-build setup-run setup-test
setup: setup-test ## Install everything that is missing (the commands below do so themselves)
setup-build setup-run setup-test: setup-%:
	@deploy/setup $*

.PHONY: build
build: setup-build ## Build the program; starts nothing
	$(CARGO) build --release --locked --bin daybreak

.PHONY: run
run: ## Start the demo; Ctrl-C stops all of it
	@deploy/setup run
	$(CARGO) build --release --locked --bin daybreak
	@echo "Set-up and build took $$(( $$(date +%s) - $(STARTED) )) s." >&2
	@exec $(DAYBREAK) demo $(ARGS)

.PHONY: check
check: setup-build ## The fast inner loop: format, lints, unit tests, architecture
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --lib --bins --tests -- -D warnings
	$(CARGO) test --quiet --lib --test architecture --test rows
	@echo "make check: passed in $$(( $$(date +%s) - $(STARTED) )) s"

.PHONY: test
test: setup-test test-rust test-browser test-dashboards test-scripts test-deploy test-deny ## Run every check
	@echo "make test: all checks passed in $$(( $$(date +%s) - $(STARTED) )) s"

.PHONY: test-rust
test-rust: setup-test
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	$(CARGO) build --locked --package loadtest
	$(CARGO) test --locked --workspace --no-fail-fast

# A page test drives a real browser against a demo of its own.
.PHONY: test-browser
test-browser: setup-test
	@if [ -x tests/browser/run ]; then \
	  $(CARGO) test --locked --quiet --lib the_pages_can_be_looked_at; \
	  $(CARGO) build --locked --bin daybreak; \
	  DAYBREAK="$(abspath $(TARGET_DIR))/debug/daybreak" tests/browser/run; \
	else echo "tests/browser/run: not there yet, no browser test"; fi

.PHONY: test-dashboards
test-dashboards: setup-test
	@shopt -s nullglob; rules=(dashboards/alerts/*.yml); cases=(dashboards/alerts/tests/*.yml); \
	if (( $${#rules[@]} )); then promtool check rules "$${rules[@]}"; else echo "dashboards/alerts: no rules yet"; fi; \
	if (( $${#cases[@]} )); then promtool test rules "$${cases[@]}"; fi

.PHONY: test-scripts
test-scripts: setup-test
	@mapfile -t scripts < <(grep -rlE '^#!/(usr/)?bin/(env )?(ba)?sh' --exclude-dir=node_modules .ci deploy tests); \
	shellcheck "$${scripts[@]}"; echo "shellcheck: $${#scripts[@]} scripts are clean"

# What operations install: units, balancer, database, alerts, containers, and deploy/install itself.
.PHONY: test-deploy
test-deploy: setup-test
	@tests/deploy/run

# Advisories need their database; without a network that reaches it the rest is still checked.
.PHONY: test-deny
test-deny: setup-test
	$(CARGO) deny --locked --log-level error check --hide-inclusion-graph bans licenses sources
	@if timeout 60 $(CARGO) deny --log-level off fetch db >/dev/null 2>&1; then \
	  $(CARGO) deny --locked --offline check --hide-inclusion-graph advisories; \
	else echo "advisories: the database cannot be reached from here, not checked"; fi

.PHONY: bench
bench: build ## Print the performance table
	tests/bench/run $(ARGS)

.PHONY: load
load: setup-build ## Load-test a demo of its own, or a running one: make load ARGS='--ready-file FILE'
	@loadtest/run $(ARGS)

