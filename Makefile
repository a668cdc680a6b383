# Every target works from a fresh clone: what it needs is installed into .venv first.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
TARGET := $(or $(CARGO_TARGET_DIR),target)
CRATES := $(shell find crates -name '*.rs' -o -name '*.toml' -o -name '*.txt') Cargo.toml Cargo.lock
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
export MAKEFLAGS += --no-print-directory
export PIP_QUIET := 1

.PHONY: help demo test develop core wheel lint lint-python lint-rust test-rust test-python new-op docs docs-pages messages bench clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: .venv/ready ## install, make the sample, refine it, say where the report lies
	$(PIP) .
	$(BIN)/tamis sample demo
	$(BIN)/tamis run fineweb demo/*.warc.gz --without url_blocklist -o out
	@echo "the report: $(CURDIR)/out/report/index.html"

test: develop lint test-rust test-python ## run all tests and checks: Rust, Python, types, style

develop: .venv/develop ## editable install in .venv, with all extras and the tools

core: ## rebuild the compiled module in place (release), for an editable install
	cargo build --release -p tamis-py
	install -m 755 $(TARGET)/release/lib_core.so python/tamis/_core.abi3.so # a new file: a process that runs keeps the old one

wheel: .venv/ready ## one abi3 wheel for Python 3.11 and later, in dist/
	$(PIP) 'maturin>=1.9,<2'
	$(BIN)/maturin build --release --out dist

lint: lint-rust lint-python ## style and types: rustfmt, clippy, ruff, mypy

lint-rust:
	cargo fmt --check
	cargo clippy --release --workspace --all-targets -- -D warnings

lint-python: .venv/develop
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

test-rust:
	cargo test --release -p tamis-core

test-python: .venv/develop
	$(BIN)/python -m pytest

new-op: .venv/develop ## a new operator with its test: make new-op NAME=exclamations
	$(BIN)/python scripts/new_op.py $(NAME)

docs: docs-pages ## build the documentation site into site/, strict for pages and anchors
	$(BIN)/zensical build --strict --clean

docs-pages: .venv/develop ## write docs/reference from the declarations
	$(BIN)/python scripts/docs_pages.py

messages: .venv/develop ## bring python/tamis/languages/*.po up to date with the sentences of the code
	$(BIN)/python scripts/messages.py

bench: .venv/develop ## list the benchmarks; run one with: make bench RUN=words
	@if [ -n "$(RUN)" ]; then $(BIN)/python bench/$(RUN).py; \
	else ls bench/*.py | sed 's|bench/\(.*\)\.py|make bench RUN=\1|'; fi

clean: ## remove what the targets made
	rm -rf .venv target dist demo out site .cache python/tamis/_core*.so

.venv/ready:
	@[ -n "$(PYTHON)" ] || { echo "error: tamis needs Python 3.11 or newer; none is on PATH" >&2; exit 2; }
	@$(PYTHON) scripts/build_backend.py
	$(PYTHON) -m venv .venv
	$(PIP) --upgrade pip # pip before 24 fails on the extra of lxml that two packages spell differently
	@touch $@

.venv/develop: .venv/ready pyproject.toml $(CRATES)
	$(PIP) 'maturin>=1.9,<2'
	$(BIN)/maturin develop --release --quiet --extras extract,fix,hf,http,langdetect,nltk,ray,s3,tokens,test
	@touch $@
