# The menu. `make` prints it; each line below with ## is a dish.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PNPM := $(CURDIR)/scripts/pnpm.sh
export ERYNOA_BUILD ?= $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo source)

.PHONY: help run run-full services demo nodes test check bench certificates-soak sync-soak mutants adversary proto docs dist clean setup web lint unit fuzz e2e e2e-full

help: ## Print this menu
	@grep -hE '^[a-z0-9-]+:.*##' Makefile | sed -E 's/^([a-z0-9-]+):.*## (.*)/\1|\2/' | column -t -s '|'

run: web ## Build what is needed and serve everything on http://localhost:3000
	cargo build --locked --profile quick -p erynoa-api-gateway
	exec "$${CARGO_TARGET_DIR:-target}/quick/erynoa-gateway"

demo: web ## Serve the Bitcoin OTC web of trust, imported through the public API
	exec scripts/demo.sh

nodes: web ## Five nodes on this machine: a home with the OTC network, three witnesses, a follower
	cargo build --locked --profile quick -p erynoa-api-gateway -p erynoa-cli
	exec scripts/nodes.sh

run-full: web ## Build and serve everything on real parts behind Caddy: http://localhost:3001
	cargo build --locked --profile quick -p erynoa-api-gateway -p erynoa-s3-server
	exec scripts/run-full.sh

e2e-full: web ## The main paths in Chromium on real parts behind Caddy: http://localhost:3001
	cargo build --locked --profile quick -p erynoa-api-gateway -p erynoa-s3-server
	scripts/e2e-full.sh

services: ## Start PostgreSQL, Redis, S3, OIDC and mail for tests by hand; Ctrl-C stops them
	exec scripts/services.sh up

test: ## Install what is missing and run every check and test
	scripts/test.sh

check: lint ## Formatting, lints, types and fences; no tests
	cd web && $(PNPM) check

bench: ## Benchmarks of the hot paths (docs/performance.md)
	cargo bench --locked -p erynoa-events -p erynoa-execution -p erynoa-trust -p erynoa-realms -p erynoa-world -p erynoa-fjall -p erynoa-typst
	ERYNOA_PROFILE=release scripts/services.sh run postgres s3 -- cargo bench --locked -p erynoa-postgres -p erynoa-zitadel -p erynoa-api-gateway
	scripts/bench-server.sh

certificates-soak: ## 200 certificates while gateway and engine are killed 20 times each; every one is there once
	ERYNOA_CERTIFICATES=200 ERYNOA_KILLS=20 cargo test --locked -p erynoa-api-gateway --test it certificates_survive -- --nocapture --test-threads 1

sync-soak: ## Replication in 12 000 worlds in which everything goes wrong (docs/protocol/replication.md)
	ERYNOA_SYNC_SEEDS=0..12000 cargo test --locked --profile quick -p erynoa-sync --test it laws:: -- --nocapture

mutants: ## Change the fold, guard, delegation and voting place by place; list what no test notices
	scripts/mutants.sh

adversary: ## Attack the Bitcoin OTC network and compare the rules (docs/concepts/attacks.md)
	cargo run --locked --profile quick -p erynoa-bench --bin adversary

proto: setup ## Lint the protos, regenerate the web client's code, check for breaking changes
	scripts/proto.sh
	cd web && $(PNPM) gen

docs: ## Regenerate docs/openapi.json and docs/config.schema.json
	cargo run --locked -q -p erynoa-api-gateway -- openapi > docs/openapi.json
	cargo run --locked -q -p erynoa-api-gateway -- config schema > docs/config.schema.json

dist: web ## The release binaries: fat LTO, stripped
	cargo build --locked --release -p erynoa-api-gateway -p erynoa-cli

clean: ## Remove everything that was built; data stays
	cargo clean
	rm -rf fuzz/target web/node_modules web/*/*/node_modules web/*/*/build web/*/*/.svelte-kit web/*/*/.turbo web/.turbo

setup:
	cd web && $(PNPM) install --frozen-lockfile --prefer-offline

web: setup
	cd web && $(PNPM) build

lint: setup
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	scripts/deny.sh
	scripts/proto.sh
	cd web && $(PNPM) exec biome ci .
