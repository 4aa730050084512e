# What can be done here:
#
#   make test    everything, with the race detector; installs what is missing
#   make demo    plays a whole case with real parts
#   make bench   measures messages through real parts, beside the bare primitives
#   make prove   asks the rules and an independent oracle over two million questions
#   make mutants changes the law in one place at a time, and lists what no case notices
#   make build   bin/schakel and bin/schakel-connector, as they are installed

GO ?= go

# The race detector looks at our code and at what it shares. Inside the evaluator of
# the rules, where one decision is one goroutine, it would cost half of the tests'
# time.
RACE := -race -gcflags='github.com/open-policy-agent/opa/v1/...=-race=false'

.PHONY: test demo bench prove mutants build tools

test: tools
	$(GO) vet ./...
	@test -z "$$(gofmt -l .)" || { echo "not formatted:"; gofmt -l .; exit 1; }
	$(GO) tool gotestsum --format pkgname --format-hide-empty-pkg -- $(RACE) -timeout 20m ./...

demo:
	$(GO) run ./cmd/schakel demo --once

bench: build
	bin/schakel bench

prove:
	GOGC=400 $(GO) test ./policies/oracle -run TestRulesAgreeWithTheOracle -v -timeout 6h -every 1

# One in five; SHARE=100 takes all of them.
SHARE ?= 20
mutants:
	GOGC=400 $(GO) test ./policies -tags mutants -run 'TestMutants$$' -count 1 -v -timeout 3h -share $(SHARE)

build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags='-s -w' -o bin/ ./cmd/schakel ./cmd/schakel-connector

# The tests use the real GnuPG; the race detector needs a C compiler.
tools:
	@.ci/tools gpg:gnupg gcc:gcc+libc6-dev
