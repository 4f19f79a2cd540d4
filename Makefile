# Everything you can do with the project. `make help` lists the targets; CI runs `make lint test`.

GO ?= go
BIN := $(CURDIR)/bin

# Pinned tools. `go install` can't install later versions of the Temporal CLI, because its go.mod replaces a module.
TEMPORAL_CLI_VERSION  := v1.5.1
GOLANGCI_LINT_VERSION := v2.15.0
WORKFLOWCHECK_VERSION := v0.6.0
GOFUMPT_VERSION       := v0.12.0
AXE_VERSION           := 4.14.1
AXE_SHA256            := e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745

PROGRAMS := ./worker ./starter ./deploy/local ./internal/simulator/cmd/... ./internal/local/cmd/with-services

# What --version prints. Without git, programs report what the Go toolchain knows.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
COMMIT  ?= $(shell git rev-parse HEAD 2>/dev/null)
LDFLAGS := -X ninjaone-accelo/internal/version.version=$(VERSION) -X ninjaone-accelo/internal/version.commit=$(COMMIT)

# Variables of the targets that test, for example: make test PACKAGES=./internal/store TESTFLAGS='-run Links -v'
#   PACKAGES      packages to test
#   TESTFLAGS     further flags of `go test`
#   TEST_TIMEOUT  time limit for each package, as two slow cores need it with the race detector: the end-to-end tests in ./test
#                 take most of it
#   FUZZTIME      time for each fuzz target
#   BENCHTIME     time or number of runs (3x) for each benchmark
PACKAGES     ?= ./...
TESTFLAGS    ?=
TEST_TIMEOUT ?= 25m
FUZZTIME     ?= 30s
BENCHTIME    ?= 1x

# Runs a command with its own PostgreSQL and Temporal servers.
WITH_SERVICES := $(BIN)/with-services

# The packages whose tests start no server. Test files that need one are excluded by the build constraint `!unit`.
UNIT_PACKAGES = $(shell $(GO) list -tags unit -f '{{.ImportPath}} {{join .TestImports " "}} {{join .XTestImports " "}}' ./... \
	| awk 'NF > 1 && !/ ninjaone-accelo\/internal\/local/ && !/^ninjaone-accelo\/internal\/local/ {print $$1}')

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: tools build ## Run the product on this machine with simulated vendors (DEMO_ONCE=1 ends it after the tour)
	@$(BIN)/local demo

.PHONY: up
up: tools build ## Run the product on this machine with the vendors set in .env, and keep its data in .local/up
	@$(BIN)/local up

.PHONY: build
build: ## Build the programs into bin/
	@mkdir -p $(BIN)
	$(GO) build -ldflags '$(LDFLAGS)' -o $(BIN)/ $(PROGRAMS)

.PHONY: test
test: tools build chromium axe ## Run all tests, with the race detector, and two minutes of simulated lives (PACKAGES=./internal/store TESTFLAGS='-run Links')
	$(WITH_SERVICES) $(GO) test -race -timeout $(TEST_TIMEOUT) $(TESTFLAGS) $(PACKAGES)
	$(if $(filter-out ./...,$(PACKAGES))$(TESTFLAGS),,SIMULATE_MINUTES=2 $(SIMULATE))

.PHONY: test-unit
test-unit: ## Run the tests that need neither PostgreSQL nor Temporal: under a minute
	@$(GO) test -tags unit -timeout 2m $(TESTFLAGS) $(UNIT_PACKAGES)

.PHONY: cover
cover: tools build chromium axe ## Run all tests, write coverage.out and print the coverage of each package
	$(WITH_SERVICES) $(GO) test -timeout $(TEST_TIMEOUT) -coverprofile coverage.out $(TESTFLAGS) $(PACKAGES)
	@awk 'NR > 1 {package = $$1; sub(/\/[^\/]*$$/, "", package); all[package] += $$2; sum += $$2; \
			if ($$3 > 0) {hit[package] += $$2; total += $$2}} \
		END {for (package in all) printf "%5.1f %%  %s\n", 100 * hit[package] / all[package], package | "sort -k 3"; \
			close("sort -k 3"); printf "%5.1f %%  total\n", sum ? 100 * total / sum : 0}' coverage.out

.PHONY: lint
lint: $(BIN)/.golangci-lint-$(GOLANGCI_LINT_VERSION) $(BIN)/.workflowcheck-$(WORKFLOWCHECK_VERSION) $(BIN)/.gofumpt-$(GOFUMPT_VERSION) ## Check formatting, style, imports, go.mod and the determinism of workflows
	@unformatted=$$($(BIN)/gofumpt -l .); if [ -n "$$unformatted" ]; then \
		echo "run 'make fmt' for:"; echo "$$unformatted"; exit 1; fi
	$(GO) mod tidy -diff
	$(GO) vet ./...
	$(BIN)/golangci-lint run --allow-serial-runners
	$(BIN)/workflowcheck -config workflowcheck.config.yaml ./workflows/...

.PHONY: fmt
fmt: $(BIN)/.gofumpt-$(GOFUMPT_VERSION) ## Format the Go code
	$(BIN)/gofumpt -w .

.PHONY: screenshots
screenshots: tools build chromium axe ## Make the pictures of the documentation again, in docs/images
	SCREENSHOTS=$(CURDIR)/docs/images $(WITH_SERVICES) $(GO) test -run '^TestPage$$' -count 1 ./test

.PHONY: bench
bench: tools build ## Run all benchmarks (BENCHTIME=1x)
	$(WITH_SERVICES) $(GO) test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) -timeout 60m $(TESTFLAGS) $(PACKAGES)

# Variables of `make chaos`:
#   SEED    repeats the run with this seed: make chaos SEED=7
#   SEEDS   number of seeds to run one after the other
#   OUTAGE  how long the servers are unavailable
#   CHAOS   whole, or short for the runs that are part of `make test`
#   WITHOUT steps to leave out, by kind, number or range: make chaos SEED=7 WITHOUT='kill-*,calls:delay,17,20-44'
#   SHRINK  looks for the shortest schedule of a failing seed: make chaos SHRINK=1 SEED=7
CHAOS  ?= whole
SEED   ?= 1
SEEDS  ?= 1
OUTAGE ?= 20s
CHAOS_TESTS ?= $(if $(filter command,$(word 1,$(origin SEED))),^TestChaos$$,^Test(Chaos|InDoubt|Outage))

.PHONY: chaos
chaos: tools build ## Inject faults, kills and outages, then compare both vendors (SEED=1 SEEDS=1 OUTAGE=20s)
	CHAOS=$(CHAOS) CHAOS_SEED=$(SEED) CHAOS_SEEDS=$(SEEDS) CHAOS_OUTAGE=$(OUTAGE) CHAOS_WITHOUT='$(WITHOUT)' CHAOS_SHRINK=$(SHRINK) \
		$(WITH_SERVICES) $(GO) test -run '$(CHAOS_TESTS)' -v -count 1 -timeout 0 $(TESTFLAGS) ./test

# Variables of `make simulate`:
#   MINUTES  how long to live lives of consecutive seeds
#   SEED     lives the life of this seed instead, prints its trace and its shortest story: make simulate SEED=7
#   FROM     the seed to begin after
#   MANY     set to anything, goes on after a failure to find others
MINUTES ?= 2
SIMULATE = $(GO) test -run '^TestLives$$' -v -count 1 -timeout 0 $(TESTFLAGS) ./test/simulation

.PHONY: simulate
simulate: postgres ## Simulate whole lives in one process and virtual time, and check the promises (MINUTES=2 SEED=)
	SIMULATE_MINUTES=$(MINUTES) SIMULATE_SEED=$(if $(filter command,$(word 1,$(origin SEED))),$(SEED)) SIMULATE_FROM=$(FROM) SIMULATE_MANY=$(MANY) \
		$(SIMULATE)

# Variables of `make simulate-mends`:
#   LIMIT  how long to look for a life that needs a mend
#   MEND   the names of the only patches to try, separated by commas
LIMIT ?= 3m

.PHONY: simulate-mends
simulate-mends: postgres ## Take mends out of the product one by one; the simulation has to notice each (LIMIT=3m MEND=)
	$(GO) run ./test/simulation/mends -limit $(LIMIT) -only '$(MEND)'

.PHONY: histories
histories: tools build ## Record a history for each workflow path that has none, for the replay test
	$(WITH_SERVICES) $(GO) test -tags record -run '^TestRecordHistories$$' -v -count 1 ./workflows

.PHONY: fuzz
fuzz: ## Run every fuzz target (FUZZTIME=30s for each)
	@grep -rl --include='*_test.go' '^func Fuzz' . | xargs -r -n 1 dirname | sort -u | while read -r package; do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
		done; \
	done

.PHONY: tools
tools: temporal postgres ## Install what demo, up and the tests need: the Temporal CLI and PostgreSQL's server programs

.PHONY: clean
clean: ## Remove the built programs and the data of the demo, but not the installed tools or the data of up
	rm -rf .local/demo coverage.out
	cd $(BIN) 2>/dev/null && rm -f worker starter local with-services ninjaone-simulator accelo-simulator || true

.PHONY: temporal
temporal:
	@if [ ! -x $(BIN)/temporal ] && ! command -v temporal >/dev/null; then \
		echo "Building the Temporal CLI $(TEMPORAL_CLI_VERSION) in bin/. This takes some minutes, the first time only."; \
		GOBIN=$(BIN) $(GO) install github.com/temporalio/cli/cmd/temporal@$(TEMPORAL_CLI_VERSION); \
	fi

.PHONY: postgres
postgres:
	@$(GO) run ./internal/local/cmd/install-postgres

# The browser of the page's tests, in the version that the distribution has.
.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || { \
		echo "Installing Chromium with apt-get. The tests of the page drive it."; \
		as_root=; [ "$$(id -u)" = 0 ] || as_root=sudo; \
		$$as_root apt-get update -qq && $$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; \
	}

# The accessibility checker of the page's tests. The checksum is that of the package in the npm registry.
.PHONY: axe
axe: $(BIN)/.axe-core-$(AXE_VERSION)

$(BIN)/.axe-core-$(AXE_VERSION):
	@mkdir -p $(BIN)
	@rm -f $(BIN)/.axe-core-*
	@package=$$(mktemp) && trap 'rm -f "$$package"' EXIT && \
		curl -sSfL --retry 3 -o "$$package" https://registry.npmjs.org/axe-core/-/axe-core-$(AXE_VERSION).tgz && \
		echo "$(AXE_SHA256)  $$package" | sha256sum --check --quiet - && \
		tar -xzf "$$package" -C $(BIN) --strip-components 1 package/axe.min.js
	@touch $@

# One stamp file per version, so that a new version replaces the old one.
$(BIN)/.golangci-lint-$(GOLANGCI_LINT_VERSION): PACKAGE := github.com/golangci/golangci-lint/v2/cmd/golangci-lint
$(BIN)/.workflowcheck-$(WORKFLOWCHECK_VERSION): PACKAGE := go.temporal.io/sdk/contrib/tools/workflowcheck
$(BIN)/.gofumpt-$(GOFUMPT_VERSION): PACKAGE := mvdan.cc/gofumpt

$(BIN)/.golangci-lint-% $(BIN)/.workflowcheck-% $(BIN)/.gofumpt-%:
	@mkdir -p $(BIN)
	@rm -f $(BIN)/.$(notdir $(PACKAGE))-*
	GOBIN=$(BIN) $(GO) install $(PACKAGE)@$*
	@touch $@
