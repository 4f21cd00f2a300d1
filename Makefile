# Everything a fresh machine needs is set up by the first target that is called: uv into .tools, then the locked
# environment into .venv. PYTHON may name any Python 3.11.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
RUN := .venv/bin
EXTRAS := $(addprefix --extra ,data train evaluate serving sklearn tracing metadata ui cluster examples)
ENVIRONMENT := .venv/.synced
SOURCES := platform components pipelines manifests helm tests benchmarks \
  docker/build docker/control/root docker/control/healthcheck docker/serving/healthcheck

.DEFAULT_GOAL := help
.PHONY: help setup run test test-databases e2e images lint manifests bench bench-serving bench-metadata bench-cluster clean

help: ## show this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sort | sed -E 's/:.*## /\t/' | awk -F '\t' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: $(ENVIRONMENT) ## install the locked environment into .venv

run: $(ENVIRONMENT) ## run the flights pipeline end to end, then serve the pushed model and ask it
	$(RUN)/shipway run flights
	@echo
	$(RUN)/shipway predict --serve --format text serving/flights

test: $(ENVIRONMENT) ## run all tests
	$(RUN)/pytest --numprocesses 2 --dist loadfile

test-databases: $(ENVIRONMENT) ## run the tests that want a PostgreSQL and a MariaDB server, with servers of their own
	.ci/databases $(RUN)/pytest --numprocesses 2 --dist loadfile -m databases

lint: $(ENVIRONMENT) ## check style, types and the layers between packages
	$(RUN)/ruff check $(SOURCES)
	$(RUN)/ruff format --check $(SOURCES)
	$(RUN)/mypy
	$(RUN)/lint-imports

e2e: $(ENVIRONMENT) ## run the tests on a real cluster, see docs/e2e.md
	$(RUN)/pytest tests/e2e

images: $(ENVIRONMENT) ## build the container images; ENGINE, REGISTRY, TAG, BASE, PLATFORM, IMAGES, PUSH=1 (docs/images.md)
	$(RUN)/python docker/build $(IMAGES) $(if $(ENGINE),--engine $(ENGINE)) $(if $(REGISTRY),--registry $(REGISTRY)) \
	  $(if $(TAG),--tag $(TAG)) $(if $(BASE),--base $(BASE)) $(if $(PLATFORM),--platform $(PLATFORM)) \
	  $(if $(PUSH),--push) $(if $(IMAGES_FILE),--images-file $(IMAGES_FILE))

manifests: $(ENVIRONMENT) ## write what is generated: dashboards, the chart's copies and README, the kustomize base
	$(RUN)/python manifests/monitoring/grafana.py
	$(RUN)/python helm/chart_files.py
	$(RUN)/python helm/readme.py
	$(RUN)/python manifests/kustomize.py

bench: $(ENVIRONMENT) ## measure speed and memory, and write benchmarks/results.json
	$(RUN)/python benchmarks/run.py

bench-serving: $(ENVIRONMENT) ## measure the model server beside KServe's and MLServer
	$(RUN)/python benchmarks/serving/run.py

bench-metadata: $(ENVIRONMENT) ## measure lineage at 100,000 artifacts: recorder, service, exporter, pages
	$(RUN)/python benchmarks/metadata/run.py

bench-cluster: $(ENVIRONMENT) ## measure what a step costs in a cluster, see benchmarks/cluster
	$(RUN)/python benchmarks/cluster/step_overhead.py --image $(or $(IMAGE),shipway/control:0.1.0)

clean: ## remove the environment and everything that was run
	rm -rf .venv .tools .shipway serving

$(ENVIRONMENT): pyproject.toml uv.lock $(if $(findstring .tools,$(UV)),.tools/bin/uv)
	$(UV) sync --frozen --compile-bytecode --python $(PYTHON) $(EXTRAS)
	@touch $@

.tools/bin/uv:
	$(PYTHON) -m venv .tools
	.tools/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.5'
