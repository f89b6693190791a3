# Each target is one command anyone could type; CI calls the same ones.

GO ?= go
BIN := .run/bin

.PHONY: build run test race vet staticcheck generate check-generated fuzz bench tools check-metrics check-alertmanager check-dashboards bench-dashboards rules test-rules quiet e2e clean

build: ## build ./model_exporter
	CGO_ENABLED=0 $(GO) build -o model_exporter ./cmd/model_exporter

run: build ## monitor a simulated prediction log whose data shifts after two minutes
	sh examples/fraud/run.sh ./model_exporter

test: ## every test that needs nothing but Go
	$(GO) test ./...

race: ## the concurrent packages under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -short ./collector ./collector/internal/join ./collector/internal/snapshot/... ./collector/internal/source/... ./collector/internal/decode/... ./collector/internal/baseline/...

vet:
	$(GO) vet ./...
	test -z "$$(gofmt -l .)" || { gofmt -d .; exit 1; }

staticcheck: $(BIN)/staticcheck
	$(BIN)/staticcheck ./...

generate: ## rewrite every generated file
	$(GO) generate ./...

check-generated: generate ## fail if a generated file was not up to date
	git diff --exit-code
	$(GO) mod tidy -diff

fuzz: ## every fuzz target for FUZZTIME (10s, 10000x)
	sh .ci/fuzz $(or $(FUZZTIME),10s)

bench: ## every benchmark once, with its reference beside it
	$(GO) test -run '^$$' -bench . -benchtime $(or $(BENCHTIME),1s) ./...

tools: $(BIN)/prometheus $(BIN)/promtool $(BIN)/alertmanager $(BIN)/amtool $(BIN)/staticcheck ## programs that only tests need

$(BIN)/prometheus $(BIN)/promtool $(BIN)/amtool $(BIN)/staticcheck: tools/go.mod
	mkdir -p $(BIN)
	cd tools && $(GO) build -o ../$(BIN)/ tool
	touch $(BIN)/prometheus $(BIN)/promtool $(BIN)/amtool $(BIN)/staticcheck

$(BIN)/alertmanager: tools/go.mod .ci/build-alertmanager
	mkdir -p $(BIN)
	sh .ci/build-alertmanager $(BIN)
	touch $(BIN)/alertmanager

e2e: build $(BIN)/prometheus $(BIN)/promtool $(BIN)/alertmanager ## every fault becomes its page, through real Prometheus and Alertmanager: six minutes
	cd tools && MODEL_EXPORTER=$(CURDIR)/model_exporter PROMETHEUS=$(CURDIR)/$(BIN)/prometheus \
		PROMTOOL=$(CURDIR)/$(BIN)/promtool ALERTMANAGER=$(CURDIR)/$(BIN)/alertmanager \
		$(GO) test -count=1 -v -timeout 14m ./e2e

check-dashboards: build $(BIN)/prometheus $(BIN)/promtool ## every query of the dashboards has data on a real Prometheus, with every fault: four minutes
	cd tools && $(GO) vet ./dashboards/... && MODEL_EXPORTER=$(CURDIR)/model_exporter PROMETHEUS=$(CURDIR)/$(BIN)/prometheus \
		PROMTOOL=$(CURDIR)/$(BIN)/promtool $(GO) test -count=1 -v -timeout 40m ./dashboards/...

bench-dashboards: build $(BIN)/prometheus ## how long the fleet dashboard's queries take with 100 models of 100 features
	cd tools && MODEL_EXPORTER=$(CURDIR)/model_exporter PROMETHEUS=$(CURDIR)/$(BIN)/prometheus \
		PROMTOOL=$(CURDIR)/$(BIN)/promtool $(GO) test -run '^$$' -bench Queries -benchtime $(or $(BENCHTIME),10x) -timeout 30m -v ./dashboards

rules: ## rewrite the rule bundle
	$(GO) generate ./rules

test-rules: $(BIN)/promtool ## every alert: one scenario in which it fires and one near miss, through promtool
	PROMTOOL=$(CURDIR)/$(BIN)/promtool $(GO) test -count=1 -timeout 20m ./rules
	PROMTOOL=$(CURDIR)/$(BIN)/promtool $(GO) test -count=1 -run TestPromtool ./mixin

quiet: ## count the alerts of simulated days in which nothing happens; MODEL_DAYS=1000 MODELS=14 is the long form
	cd tools/quiet && $(GO) test .
	cd tools/quiet && $(GO) run . -model-days $(or $(MODEL_DAYS),9) -models $(or $(MODELS),1)

check-metrics: build tools ## lint what a running exporter serves
	sh .ci/check-metrics ./model_exporter $(BIN)/promtool

check-alertmanager: build tools ## routes, inhibition and messages by Alertmanager's own packages
	cd tools && $(GO) vet ./... && $(GO) test ./...
	sh .ci/check-alertmanager

clean:
	rm -rf model_exporter .run
