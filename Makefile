# Everything the project can do. `make help` lists the targets; CI runs `make lint test`.

GO ?= go
BIN := $(CURDIR)/bin

# Pinned tools. Later versions of the Temporal CLI cannot be installed with `go install`: its go.mod replaces a module.
TEMPORAL_CLI_VERSION  := v1.5.1
GOLANGCI_LINT_VERSION := v2.15.0
WORKFLOWCHECK_VERSION := v0.6.0
GOFUMPT_VERSION       := v0.12.0

PROGRAMS := ./worker ./starter ./deploy/local ./internal/simulator/cmd/... ./internal/local/cmd/with-services

# What to test, and how: make test PACKAGES=./internal/store TESTFLAGS='-run Links -v'
PACKAGES     ?= ./...
TESTFLAGS    ?=
TEST_TIMEOUT ?= 15m
FUZZTIME     ?= 30s
BENCHTIME    ?= 1x

# Runs a command with a PostgreSQL and a Temporal server of its own.
WITH_SERVICES := $(BIN)/with-services

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: tools build ## Run the whole product here against simulated vendors (DEMO_ONCE=1: end after the tour)
	@$(BIN)/local demo

.PHONY: up
up: tools build ## Run the whole product here against the real vendors set in .env
	@$(BIN)/local up

.PHONY: build
build: ## Build the programs into bin/
	@mkdir -p $(BIN)
	$(GO) build -o $(BIN)/ $(PROGRAMS)

.PHONY: test
test: tools build ## Run every test, with the race detector
	$(WITH_SERVICES) $(GO) test -race -timeout $(TEST_TIMEOUT) $(TESTFLAGS) $(PACKAGES)

.PHONY: lint
lint: $(BIN)/.golangci-lint-$(GOLANGCI_LINT_VERSION) $(BIN)/.workflowcheck-$(WORKFLOWCHECK_VERSION) $(BIN)/.gofumpt-$(GOFUMPT_VERSION) ## Check format, style, imports, modules and determinism
	@unformatted=$$($(BIN)/gofumpt -l .); if [ -n "$$unformatted" ]; then \
		echo "run 'make fmt' for:"; echo "$$unformatted"; exit 1; fi
	$(GO) mod tidy -diff
	$(GO) vet ./...
	$(BIN)/golangci-lint run --allow-serial-runners
	$(BIN)/workflowcheck -config workflowcheck.config.yaml ./workflows/...

.PHONY: fmt
fmt: $(BIN)/.gofumpt-$(GOFUMPT_VERSION) ## Format the code
	$(BIN)/gofumpt -w .

.PHONY: bench
bench: tools build ## Run the benchmarks (BENCHTIME=1x)
	$(WITH_SERVICES) $(GO) test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) -timeout 60m $(TESTFLAGS) $(PACKAGES)

# A seed is run again by `make chaos SEED=7`; `make chaos SEEDS=10` runs ten in a row, CHAOS=short those of `make test`.
# OUTAGE=10m is how long the servers are away.
CHAOS  ?= whole
SEED   ?= 1
SEEDS  ?= 1
OUTAGE ?= 20s
CHAOS_TESTS ?= $(if $(filter command,$(word 1,$(origin SEED))),^TestChaos$$,^Test(Chaos|Doubt|Outage))

.PHONY: chaos
chaos: tools build ## Break everything at once, and compare both sides after it (SEED=1 SEEDS=1 OUTAGE=20s)
	CHAOS=$(CHAOS) CHAOS_SEED=$(SEED) CHAOS_SEEDS=$(SEEDS) CHAOS_OUTAGE=$(OUTAGE) \
		$(WITH_SERVICES) $(GO) test -run '$(CHAOS_TESTS)' -v -count 1 -timeout 0 $(TESTFLAGS) ./test

.PHONY: fuzz
fuzz: ## Fuzz every fuzz target (FUZZTIME=30s each)
	@grep -rl --include='*_test.go' '^func Fuzz' . | xargs -r -n 1 dirname | sort -u | while read -r package; do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
		done; \
	done

.PHONY: tools
tools: temporal postgres ## Install what demo, up and test need: the Temporal CLI and PostgreSQL's server programs

.PHONY: clean
clean: ## Remove the built programs and the demo's data, but not the installed tools
	rm -rf .local/demo coverage.out
	cd $(BIN) 2>/dev/null && rm -f worker starter local with-services ninjaone-simulator accelo-simulator || true

.PHONY: temporal
temporal:
	@if [ ! -x $(BIN)/temporal ] && ! command -v temporal >/dev/null; then \
		echo "Building the Temporal CLI $(TEMPORAL_CLI_VERSION) into bin/: this takes some minutes, once."; \
		GOBIN=$(BIN) $(GO) install github.com/temporalio/cli/cmd/temporal@$(TEMPORAL_CLI_VERSION); \
	fi

.PHONY: postgres
postgres:
	@$(GO) run ./internal/local/cmd/install-postgres

# A stamp per version: a new version installs itself over the old one.
$(BIN)/.golangci-lint-$(GOLANGCI_LINT_VERSION): PACKAGE := github.com/golangci/golangci-lint/v2/cmd/golangci-lint
$(BIN)/.workflowcheck-$(WORKFLOWCHECK_VERSION): PACKAGE := go.temporal.io/sdk/contrib/tools/workflowcheck
$(BIN)/.gofumpt-$(GOFUMPT_VERSION): PACKAGE := mvdan.cc/gofumpt

$(BIN)/.golangci-lint-% $(BIN)/.workflowcheck-% $(BIN)/.gofumpt-%:
	@mkdir -p $(BIN)
	@rm -f $(BIN)/.$(notdir $(PACKAGE))-*
	GOBIN=$(BIN) $(GO) install $(PACKAGE)@$*
	@touch $@
