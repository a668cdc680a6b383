PYTHON ?= python3

.PHONY: help core docs-pages
help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

core: ## build the compiled module in place (release)
	cargo build --release -p tamis-py
	cp $${CARGO_TARGET_DIR:-target}/release/lib_core.so python/tamis/_core.abi3.so

docs-pages: ## write the reference pages of operators and recipes from their declarations
	PYTHONPATH=python $(PYTHON) scripts/docs_pages.py
