# Homeroom. `make help` lists the targets.

# The toolchain comes through Go's module proxy; any Go from 1.21 on fetches it.
export GOTOOLCHAIN := go1.27.4
export GOEXPERIMENT := simd
export GOFLAGS := -mod=readonly
# As the program is built, so that what was compiled for it serves the tests, too. The race detector
# alone needs C.
export CGO_ENABLED := 0

# What is pure Go, for the race detector. Of core/training and core/model it takes some minutes each.
RACED := ./core/archive/... ./core/bank ./core/evaluation ./core/export ./core/feature ./core/graph ./core/head ./core/intake ./core/matrix ./core/model ./core/pack ./core/project ./core/safetensors ./core/training ./wasm/app/... ./wasm/markup ./wasm/words
# Of that, what takes less than a minute.
RACED_SOON := ./core/feature ./core/intake ./core/project ./core/safetensors ./wasm/app/... ./wasm/markup ./wasm/words
# What inputs of make fuzz-whole pass through, whose statements tell which of them to vary on.
WHOLE := homeroom/tools/checkpoint/...,homeroom/tools/onnxgraph,homeroom/models,homeroom/core/graph
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.9.0
PYTHON ?= python3
# Python with PyTorch and Pillow for the scripts that make expected outputs.
REFERENCE := .cache/reference
# The same with TensorFlow and Keras, whose versions differ, and TensorFlow.js.
IMPORTED := .cache/imported
comma := ,
WASM := GOOS=js GOARCH=wasm
# What makes the page's program smaller: the elder of the library's two JSON packages (1 MB), no inlining in what waits for
# people (0.1 MB), and no HTTP/2 of our own beside the browser's.
SMALLER := GOEXPERIMENT=$(GOEXPERIMENT),nojsonv2
SMALLER_FLAGS := -gcflags='homeroom/wasm/...=-l' -tags nethttpomithttp2
# What the program that makes files for others has nothing of, of what wasmlink rewrites.
SHARING_LACKS := --without image/png,github.com/nfnt/resize,gonum.org/v1/gonum/internal/asm/f64
# The page's program is in two modules: what a first visit runs until its first name, and the rest.
SPLIT := --first wasm/first.txt
# The level of brotli for what a first visit waits for. 11 takes a minute and makes it a quarter of a megabyte less than 9.
BROTLI ?= 11
# What the browser runs; much of wasm is used nowhere else.
BROWSER = ./core/... ./tools/bench/page $$(go list ./wasm/... | grep -v -e /e2e -e /assemble)

.PHONY: beam run engine first npm test e2e in-chromium firefox axe screens beside native portable coverage generated checks lint vulnerable vulndb race race-soon wasi bench-smoke lots fuzz fuzz-long fuzz-whole build weights fixtures rounded estimates bench onnx-zoo peers peers-docs peers-ready suites archive fmt clean help

run: build ## build everything and serve the page on 127.0.0.1:8080
	@bin/homeroom serve

build: engine ## the program at bin/homeroom, the page in dist/, in the program, and as one file at bin/homeroom.html
	@mkdir -p .cache/build
	go build -trimpath -ldflags "-s -w -X homeroom/tools/homeroom/joined.built=yes" -o .cache/build/homeroom ./tools/homeroom
	$(WASM) $(SMALLER) go build $(SMALLER_FLAGS) -trimpath -o .cache/build/built.wasm ./wasm
	go run ./tools/wasmlink .cache/build/built.wasm --threads --no-tls $(SPLIT) --rest .cache/build/homeroom-rest.wasm -o .cache/build/homeroom.wasm
	go run ./tools/wasmlink .cache/build/built.wasm --threads --no-tls $(SPLIT) --relaxed --rest .cache/build/homeroom-relaxed-rest.wasm -o .cache/build/homeroom-relaxed.wasm
	$(WASM) $(SMALLER) go build $(SMALLER_FLAGS) -trimpath -o .cache/build/sharing.wasm ./wasm/share
	go run ./tools/wasmlink .cache/build/sharing.wasm --threads $(SHARING_LACKS) -o .cache/build/homeroom-sharing.wasm
	HOMEROOM_WEIGHTS=weights .cache/build/homeroom classify --json --top 1 site/first/*.jpg > .cache/build/named.jsonl
	rm -rf .cache/build/dist .cache/build/before
	go run ./wasm/assemble -brotli $(BROTLI) -named .cache/build/named.jsonl -wasm .cache/build/homeroom.wasm -relaxed .cache/build/homeroom-relaxed.wasm -sharing .cache/build/homeroom-sharing.wasm -engine .cache/build/engine.wasm -out .cache/build/dist -single bin/homeroom.html
	if [ -e dist ]; then mv dist .cache/build/before; fi && mv .cache/build/dist dist # which leaves nothing of earlier builds
	go run ./tools/join -program .cache/build/homeroom -files dist -out bin/homeroom

first: build ## find out anew which functions a first visit runs, for the first module of the page's program; writes wasm/first.txt
	rm -rf .cache/first && mkdir -p .cache/first
	go run ./tools/wasmlink .cache/build/built.wasm --threads --no-tls --relaxed --trace .cache/first/names -o .cache/first/homeroom.wasm
	go run ./wasm/assemble -draft -named .cache/build/named.jsonl -wasm .cache/first/homeroom.wasm -relaxed .cache/first/homeroom.wasm -sharing .cache/build/homeroom-sharing.wasm -engine .cache/build/engine.wasm -out .cache/first/dist
	HOMEROOM_DIST=$(CURDIR)/.cache/first/dist go test -count=1 -v -run TestWhatAFirstVisitRuns ./wasm/e2e -first $(CURDIR)/.cache/first/names

# The element's program: smallest comes first, and what the loops of networks and heads are in is left as it is.
ELEMENT_FLAGS := -gcflags=all=-l $(foreach p,kernel graph matrix training head,-gcflags=homeroom/core/$(p)=)
ELEMENT_LINKED := --package homeroom/core/kernel,homeroom/core/pack,homeroom/core/photo/jpeg
engine: ## the engine of the element and of pages with one classifier alone, at .cache/build/engine.wasm
	@mkdir -p .cache/build
	$(WASM) $(SMALLER) go build $(ELEMENT_FLAGS) -trimpath -o .cache/build/element.wasm ./wasm/element
	go run ./tools/wasmlink .cache/build/element.wasm $(ELEMENT_LINKED) -o .cache/build/engine.wasm

npm: engine ## the package of the element at bin/npm, for npm pack
	go run ./wasm/npm -engine .cache/build/engine.wasm -out bin/npm

# Tests in Chromium wait more than they work, so what works beside them takes what they leave.
test: BROTLI := 9
test: build checks generated ## set up what the tests need and run them all
	@go run ./tools/setup
	@$(MAKE) --no-print-directory -j 2 in-chromium beside
	$(MAKE) bench-smoke

beside:
	@nice -n 19 $(MAKE) --no-print-directory native portable race-soon coverage
	@nice -n 19 $(MAKE) --no-print-directory vulnerable UNREACHED=ok

# Those of wasm/app run in coverage.
native:
	HOMEROOM_DIST=$(CURDIR)/dist go test -timeout 40m $$(go list ./... | grep -v -e /e2e -e /wasm/app)
	@go test -run 'TestLevelsOfThisMachine|TestHeadsStayTheSame' -v ./core/kernel ./core/training | grep 'did not run' || true

# The packages that have other code without vector instructions, and what answers through them.
PORTABLE := ./core/kernel/... ./core/photo/... ./core/matrix ./core/graph ./core/head ./core/pack ./core/classifier ./core/model
portable:
	GOEXPERIMENT=nosimd go test $(PORTABLE)

e2e: build axe ## every test of the page in Chromium, also the long ones that make test leaves out
	@go run ./tools/setup
	HOMEROOM_E2E=all $(MAKE) --no-print-directory in-chromium

# What finds things in the page that people with other needs can't use. Without npm it is done
# without, and the tests say so.
AXE := .cache/axe/axe.min.js
export HOMEROOM_AXE = $(wildcard $(CURDIR)/$(AXE))
axe: ## fetch axe-core through npm, with which the tests look at every view
	@test -e $(AXE) || { mkdir -p .cache/axe && cd .cache/axe && npm pack --silent --ignore-scripts axe-core@4.14.1 >/dev/null && \
		tar -xzf axe-core-4.14.1.tgz --strip-components 1 package/axe.min.js && \
		{ echo "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c  axe.min.js" | sha256sum -c --quiet - || { rm -f axe.min.js; exit 1; }; }; } || \
		echo "NOT CHECKED by axe-core: npm does not give it. make axe tries again"

screens: build axe ## take a picture of every view in light and dark, on phone and desktop, in English and Arabic; writes docs/screens
	@go run ./tools/setup
	HOMEROOM_DIST=$(CURDIR)/dist go test -count=1 -timeout 30m ./wasm/e2e -run '^TestScreens$$' -screens $(CURDIR)/docs/screens

# Several processes share the tests, each with a browser of its own, and one takes those that wait
# more than they work. What either has taken is not to be found in Go's cache of results.
in-chromium:
	@queue="$$(mktemp -d)"; all=; for i in waiting $$(seq $(or $(BROWSERS),2)); do \
		HOMEROOM_E2E_WAITING="$${i%%[0-9]*}" HOMEROOM_E2E_QUEUE="$$queue" HOMEROOM_DIST=$(CURDIR)/dist go test -count=1 -timeout 60m ./wasm/e2e & all="$$all $$!"; done; \
	failed=0; for one in $$all; do wait $$one || failed=1; done; rm -rf "$$queue"; exit $$failed

firefox: build ## all tests of the page that run in Firefox as in Chromium
	@HOMEROOM_BROWSER=firefox go run ./tools/setup
	HOMEROOM_BROWSER=firefox HOMEROOM_DIST=$(CURDIR)/dist go test -count=1 -timeout 30m ./wasm/e2e

coverage: ## how much of wasm/app its native tests run, those by lot RUNS times (32); below 85% it fails
	@mkdir -p .cache
	@HOMEROOM_RUNS=$(or $(RUNS),32) go test ./wasm/app/... -coverpkg=./wasm/app/... -coverprofile=.cache/app.cover >.cache/app.out || { cat .cache/app.out; exit 1; }
	@go tool cover -func .cache/app.cover | awk 'END { print "wasm/app:", $$NF, "of statements run in its native tests"; exit $$NF + 0 < 85 }'

lots: ## the tests of wasm/app that go by lot, RUNS times each (200): photos, projects, tabs and reloads in any order
	HOMEROOM_RUNS=$(or $(RUNS),200) go test ./wasm/app -count=1 -timeout 1h

generated: ## check that go generate leaves every file as it is
	@tree() { git diff --no-ext-diff; git ls-files --others --exclude-standard | xargs -r -d '\n' sha256sum; }; before="$$(tree | git hash-object --stdin)"; \
	go generate ./... && test "$$before" = "$$(tree | git hash-object --stdin)" || { echo "go generate changed files: commit what it makes"; git status --short; exit 1; }

race: ## the tests of what is pure Go, with the race detector
	CGO_ENABLED=1 go test -race -short $(RACED)

race-soon: ## those that take less than a minute; a part of make test
	CGO_ENABLED=1 go test -race -short $(RACED_SOON)

wasi: ## build the core for wasip1 and compare its answers in wazero with those of this machine
	go test ./core/classifier -run TestWASI -v -args -wasi

bench-smoke: ## run the bench for a moment, on one network and without peers
	go run ./tools/bench --smoke

fuzz: ## every fuzz test for a minute
	FUZZTIME=60s tools/fuzz.sh

fuzz-long: ## every fuzz test for half an hour, then make fuzz-whole
	FUZZTIME=30m tools/fuzz.sh
	@$(MAKE) --no-print-directory fuzz-whole

fuzz-whole: ## INPUTS inputs (10000000) of every format from bytes to a network and its pack, varied in one process; they add up in .cache/fuzz
	go test ./tools/homeroom -run TestFuzzLong -v -timeout 0 -cover -coverpkg $(WHOLE) -args \
		-inputs $(or $(INPUTS),10000000) -state $(CURDIR)/.cache/fuzz -corpus "$$(go env GOCACHE)/fuzz/homeroom/tools/homeroom/FuzzToGraph"

weights: build ## make weights/*.pack again from their sources
	bin/homeroom weights --dir weights

ROUNDED = .cache/rounding
rounded: build ## round EfficientNet-Lite0 anew, on photos of Debian's packages, to .cache/rounding; what lies in weights/ stays
	@mkdir -p $(ROUNDED)
	bin/homeroom weights --dir weights --check --only efficientnet-lite0 --cache $(ROUNDED)
	python3 tools/reference/rounding_photos.py $(ROUNDED)
	bin/homeroom convert $(ROUNDED)/efficientnet-lite0.pth --name efficientnet-lite0-compact --title "EfficientNet-Lite0 compact" --labels weights/imagenet.txt \
		--bytes-budget 3195000 --calibrate $(ROUNDED)/calibrate --judge $(ROUNDED)/judge -o $(ROUNDED)/efficientnet-lite0-compact.pack

fixtures: $(REFERENCE)/ready $(IMPORTED)/ready ## make the expected outputs of the tests again, with PyTorch, Pillow, TensorFlow and Keras
	for script in $(filter-out %/import_fixtures.py,$(wildcard tools/reference/*_fixtures.py)) tools/reference/onnx_networks.py; do \
		echo $$script; PYTHONHASHSEED=0 $(REFERENCE)/bin/python $$script || exit 1; done
	$(REFERENCE)/bin/python tools/reference/parity.py models/testdata/parity.json.gz
	PYTHONHASHSEED=0 $(IMPORTED)/bin/python tools/reference/import_fixtures.py
	NODE_MODULES=$(CURDIR)/$(IMPORTED)/node_modules node tools/reference/import_fixtures.mjs

# What is installed is told by a copy of the list and not by times alone, which are those of a clone.
$(REFERENCE)/ready: tools/reference/fixtures.txt
	cmp -s $< $@ || { $(PYTHON) -m venv --clear $(REFERENCE) && \
		$(REFERENCE)/bin/python -m pip install --quiet --requirement $< && cp $< $@; }
	@touch $@

$(IMPORTED)/ready: tools/reference/import_fixtures.txt
	$(PYTHON) -m venv --clear $(IMPORTED)
	$(IMPORTED)/bin/python -m pip install --quiet --requirement $<
	npm install --silent --no-audit --no-fund --ignore-scripts --prefix $(IMPORTED) @tensorflow/tfjs@1.3.1
	@touch $@

estimates: $(REFERENCE)/ready ## measure how often the intervals of reports hold, on sets of pictures that registries carry (an hour)
	$(REFERENCE)/bin/python tools/reference/estimate_data.py .cache/estimates
	HOMEROOM_WEIGHTS=$(CURDIR)/weights go test ./tools/homeroom -run TestEstimatesHold -v -timeout 2h -args -estimates $(CURDIR)/.cache/estimates

bench: build ## measure against peers, in Chromium and natively; writes BENCHMARKS.md. PARTS=whole,photo measures these alone
	@go run ./tools/setup
	go run ./tools/bench $(if $(PARTS),--merge --parts $(PARTS))

peers: peers-ready ## run exported classifiers in the programs that people take them to, then make peers-docs; writes docs/EXPORTS.md. PARTS=linear,mlp:tflite measures these alone
	go run ./tools/peers $(if $(PARTS),-parts $(PARTS))
	$(if $(PARTS),,@$(MAKE) --no-print-directory peers-docs)

peers-docs: peers-ready ## try the pages of docs as they are written. PARTS=TestP5Page,TestGoPage tries these alone
	go test ./tools/peers -timeout 1h $(if $(PARTS),-run '^($(subst $(comma),|,$(PARTS)))$$') -args -peers
	$(if $(PARTS),,go test ./tools/homeroom -run '^TestCamtrap' -args -camtrap-peer $(CURDIR)/.cache/peers/env/bin/python)

peers-ready: $(REFERENCE)/ready # the peers, from the registries of Python and npm
	$(PYTHON) -m venv .cache/peers/env
	.cache/peers/env/bin/python -m pip install --quiet --requirement tools/reference/peers.txt
	mkdir -p .cache/peers/npm && cp tools/peers/npm/package.json .cache/peers/npm/
	cd .cache/peers/npm && npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps

archive: $(REFERENCE)/ready ## name an archive of 20,000 files, killed ten times, and compare the speed with ONNX Runtime
	go test ./tools/homeroom -run '^TestArchive$$' -v -timeout 3h -args -archive $(or $(FILES),20000) -archive-peer $(CURDIR)/$(REFERENCE)/bin/python

suites: $(REFERENCE)/ready ## fetch the test pictures of public decoders and compare what is decoded with Pillow; writes core/photo/SUITES.md
	$(REFERENCE)/bin/python tools/reference/suites.py .cache/suites --out core/photo/SUITES.md

onnx-zoo: $(REFERENCE)/ready ## export networks of torchvision and timm to ONNX and compare with ONNX Runtime; some hours
	PATH="$(CURDIR)/$(REFERENCE)/bin:$$PATH" $(REFERENCE)/bin/python tools/reference/onnx_zoo.py

beam: ## name PHOTOS photos (5000) by the pipeline of tools/beam, killed and begun again, on one worker and two
	GOBIN=$(CURDIR)/.cache/bin GOFLAGS= go install $(STATICCHECK)
	cd tools/beam && go vet . && $(CURDIR)/.cache/bin/staticcheck .
	cd tools/beam && go test -v -timeout 1h . -args -photos $(or $(PHOTOS),5000)

fmt: ## format the Go code
	gofmt -w core models tools wasm

lint: checks vulnerable ## all checks of the code: gofmt, go vet, staticcheck and govulncheck

checks: ## gofmt, go vet and staticcheck, for this machine and for the browser
	@unformatted="$$(gofmt -l core models tools wasm)"; test -z "$$unformatted" || { echo "not formatted: $$unformatted"; exit 1; }
	go vet ./...
	$(WASM) $(SMALLER) go vet -tags nethttpomithttp2 $(BROWSER)
	GOBIN=$(CURDIR)/.cache/bin GOFLAGS= go install $(STATICCHECK)
	.cache/bin/staticcheck $$(go list ./... | grep -v -e /wasm/markup -e /wasm/protocol)
	$(WASM) $(SMALLER) .cache/bin/staticcheck -tags nethttpomithttp2 $(BROWSER)

vulnerable: ## govulncheck: known faults of the libraries that the program calls; VULNDB=file:///FOLDER for a copy of its database. UNREACHED=ok goes on without it, as make test does
	@check() { .cache/bin/govulncheck "$$@" ./...; }; \
	GOBIN=$(CURDIR)/.cache/bin GOFLAGS= go install $(GOVULNCHECK); status=$$?; reached=yes; \
	if [ $$status -ne 0 ]; then reached=no; \
	elif [ -n "$(VULNDB)" ]; then check -db $(VULNDB); status=$$?; \
	else check; status=$$?; if [ $$status -ne 0 ] && [ $$status -ne 3 ]; then \
		echo "https://vuln.go.dev can't be reached: the same database comes through Go's module proxy"; \
		if $(MAKE) --no-print-directory vulndb; then check -db file://$(CURDIR)/.cache/vulndb; status=$$?; else reached=no; fi; fi; fi; \
	if [ $$reached = no ]; then \
		echo "********"; \
		echo "NOT CHECKED for known faults: neither https://vuln.go.dev nor Go's module proxy gives the database of govulncheck. Give a copy of it: make vulnerable VULNDB=file:///FOLDER"; \
		echo "********"; \
		test "$(UNREACHED)" = ok; exit; fi; \
	exit $$status

vulndb: # the database of govulncheck as of today, from the module that it is kept in
	rm -rf .cache/vulndb
	GOFLAGS= go run golang.org/x/vulndb/cmd/indexdb@latest -out .cache/vulndb \
		-vulns "$$(GOFLAGS= go mod download -json golang.org/x/vulndb@latest | sed -nE 's/.*"Dir": "(.*)".*/\1/p')/data/osv"

clean: ## remove what was built
	rm -rf bin dist .cache

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
