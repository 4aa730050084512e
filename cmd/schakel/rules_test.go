package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"schakel/policies"
	"schakel/schemas"
)

// row1 is the row under which the tip of these tests passes.
const row1 = "  - id: case-tip/1\n"

// changedRules writes out the rules in force and ends that row, with the cases that
// rest on it.
func changedRules(t *testing.T, dir string) {
	t.Helper()
	done(t, dir, words("rules export changed --home gateway")...)
	change(t, filepath.Join(dir, "changed", "facts", "flows.yaml"), row1, row1+"    valid_until: 2026-01-01\n")
	cases, err := filepath.Glob(filepath.Join(dir, "changed", "cases", "*.txt"))
	if err != nil || len(cases) == 0 {
		t.Fatalf("got %d cases, %v", len(cases), err)
	}
	for _, path := range cases {
		if filepath.Base(path) != "S26.txt" {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
	}
}

const asOfficer = " --home gateway --passphrase-file pass --officer "

// The way of a change of the law, as the officers type it: what is decided under
// it, the old rules again, and every decision asked again under the rules of its
// day.
func TestTheWayOfAChangeOfTheLaw(t *testing.T) {
	t.Parallel()
	dir := centre(t, "ngo-luz")
	gateway := serve(t, dir, words("gateway @gateway")...).says("gateway ready")
	serve(t, dir, words("connector @ngo-luz")...)
	eventually(t, "the connector takes commands", func() bool {
		_, err := os.Stat(filepath.Join(dir, "ngo-luz", "socket"))
		return err == nil
	})
	send := func() (message sent) {
		one(t, run(t, call{args: words("submit @ngo-luz --again --wait 60s --json draft.json"), dir: dir}), &message)
		return message
	}
	if tip := send(); tip.State == "not-shared" {
		t.Fatalf("the first tip: %+v", tip)
	}

	changedRules(t, dir)
	if tried := done(t, dir, words("cases --rules changed")...); !strings.Contains(tried, "1 passed, 0 failed") {
		t.Errorf("cases: got\n%s", tried)
	}
	proposed := done(t, dir, words("rules propose changed"+asOfficer+"trust-1")...)
	for _, words := range []string{"case-tip, from ", "would be not shared [r-role]", "1 would come out differently", "rules-2.json", "trust-1"} {
		if !strings.Contains(strings.Join(strings.Fields(proposed), " "), words) {
			t.Errorf("propose does not say %q:\n%s", words, proposed)
		}
	}
	refused(t, run(t, call{args: words("rules activate rules-2.json --home gateway"), dir: dir}), wrong, "rules.quorum", "")
	if signed := done(t, dir, words("rules sign rules-2.json --lang nl"+asOfficer+"trust-3")...); !strings.Contains(signed, "1 zouden anders uitvallen") {
		t.Errorf("sign does not report:\n%s", signed)
	}
	var active struct {
		Version int64
		Rules   string
		Entry   *int64
		Signers []string
	}
	one(t, run(t, call{args: words("rules activate rules-2.json --home gateway --json"), dir: dir}), &active)
	if active.Version != 2 || active.Entry == nil || strings.Join(active.Signers, " ") != "trust-1 trust-3" {
		t.Fatalf("activate: got %+v", active)
	}
	if tip := send(); tip.State != "not-shared" {
		t.Errorf("under the new rules: %+v", tip)
	}

	gateway.stop(syscall.SIGKILL)
	gateway = serve(t, dir, words("gateway @gateway")...).says("gateway ready")
	if !strings.Contains(gateway.log.String(), active.Rules) {
		t.Errorf("after kill -9 other rules are in force: %s", gateway.log)
	}
	if replayed := done(t, dir, words("replay --home gateway")...); !strings.Contains(replayed, "2 asked, 2 the same, 0 different") {
		t.Errorf("replay: got\n%s", replayed)
	}
	listed := done(t, dir, words("rules --home gateway --lang nl")...)
	for _, words := range []string{"versie 2", active.Rules, "Voorgesteld door trust-1, mede getekend door trust-3", "nog door een jurist te bevestigen", "ontwerpkeuze, geen rechtsregel", "Q-01", "Verantwoordelijk: "} {
		if !strings.Contains(listed, words) {
			t.Errorf("rules does not say %q", words)
		}
	}
	refused(t, run(t, call{args: words("rules sign rules-2.json" + asOfficer + "trust-2"), dir: dir}), wrong, "rules.version", "")
}

// What is wrong with a proposal is told to whoever brings it, and the rules in force
// stay.
func TestRulesThatAreNotInOrderAreRefused(t *testing.T) {
	t.Parallel()
	dir := workplace(t, "gateway")
	changedRules(t, dir)
	done(t, dir, words("rules propose changed"+asOfficer+"trust-1")...)
	flow := filepath.Join(dir, "changed", "facts", "flows.yaml")
	for _, r := range []struct {
		says  string
		lay   func()
		args  string
		code  schemas.Code
		place string
	}{
		{"one signature", nil, "rules activate rules-2.json --home gateway", "rules.quorum", ""},
		{"the author as second", nil, "rules sign rules-2.json" + asOfficer + "trust-1", "rules.author", ""},
		{"an officer that is none", nil, "rules sign rules-2.json" + asOfficer + "trust-9", "rules.signer", "--officer"},
		{"a way out of the folder of officers", nil, "rules sign rules-2.json" + asOfficer + "../keys", "rules.signer", "--officer"},
		{"the same signer twice", func() { done(t, dir, words("rules sign rules-2.json"+asOfficer+"trust-2")...) }, "rules sign rules-2.json" + asOfficer + "trust-2", "rules.twice", ""},
		{"a file that is none", func() { write(t, filepath.Join(dir, "none.json"), marker) }, "rules activate none.json --home gateway", "rules.form", ""},
		{"no file", nil, "rules activate gone.json --home gateway", "file.not-found", "gone.json"},
		{"a proposal that lies there already", nil, "rules propose changed" + asOfficer + "trust-1", "file.exists", "rules-2.json"},
		{"the rules in force", nil, "rules propose" + asOfficer + "trust-1", "rules.unchanged", ""},
		{"a folder that is none", nil, "rules propose gone" + asOfficer + "trust-1", "file.not-found", "gone"},
		{"a folder that exists", nil, "rules export changed --home gateway", "file.exists", "changed"},
		{"a case that has another answer", func() {
			change(t, filepath.Join(dir, "changed", "cases", "S26.txt"), `"outcome": "deny"`, `"outcome": "hold"`)
		}, "rules propose changed" + asOfficer + "trust-1", "rules.case", "S26"},
		{"a fact that nobody could mean", func() { change(t, flow, row1, "  - id: case-tip/1\n    allow: always\n") }, "rules propose changed" + asOfficer + "trust-1", "rules.load", "facts/flows.yaml"},
		{"a period that is none", nil, "replay --home gateway --since soon", "usage.value", "--since"},
		{"a home that is none", nil, "rules --home changed", "state.no-gateway", "--home"},
	} {
		if r.lay != nil {
			r.lay()
		}
		refused(t, run(t, call{args: words(r.args), dir: dir}), wrong, r.code, r.place)
	}
	listed := run(t, call{args: words("rules --json --home gateway"), dir: dir}).stdout
	var page struct{ Version int64 }
	if err := json.Unmarshal([]byte(listed), &page); err != nil || page.Version != 1 {
		t.Errorf("version %d is in force, %v", page.Version, err)
	}
}

// A gateway that does not run takes the rules when it starts.
func TestRulesWaitForAGatewayThatDoesNotRun(t *testing.T) {
	t.Parallel()
	dir := centre(t)
	changedRules(t, dir)
	done(t, dir, words("rules propose changed --out next.json"+asOfficer+"trust-2")...)
	done(t, dir, words("rules sign next.json"+asOfficer+"trust-1")...)
	got := run(t, call{args: words("rules activate next.json --home gateway"), dir: dir})
	if got.exit != no || !strings.Contains(got.stdout, "waits for the gateway") {
		t.Errorf("got exit %d and %q%s", got.exit, got.stdout, got.stderr)
	}
	serve(t, dir, words("gateway @gateway")...).says("rules in force").says("gateway ready")
	if listed := done(t, dir, words("rules --home gateway")...); !strings.Contains(listed, "version 2") {
		t.Errorf("got %.200s", listed)
	}
}

// A changed copy can be asked before anybody proposes it: the case that the change
// is about comes out differently there, and as before in the program.
func TestAChangedCopyCanBeAsked(t *testing.T) {
	t.Parallel()
	dir := workplace(t, "gateway")
	changedRules(t, dir)
	question := asked(t, "S01")
	for _, test := range []struct {
		args string
		exit int
	}{{"decide " + question, ok}, {"decide --rules changed " + question, no}} {
		if got := run(t, call{args: words(test.args), dir: dir}); got.exit != test.exit {
			t.Errorf("%s: got exit %d, want %d\n%s%s", test.args, got.exit, test.exit, got.stdout, got.stderr)
		}
	}
}

// Without a gateway, the page is that of the program: every reason, basis and row
// with its source and mark, in lines that fit a terminal.
func TestThePageOfRulesIsWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, language := range []string{"nl", "en"} {
		listed := run(t, call{args: []string{"rules", "--lang", language}, dir: dir})
		if listed.exit != ok || listed.stderr != "" {
			t.Fatalf("exit %d, %s", listed.exit, listed.stderr)
		}
		rules, err := policies.Builtin()
		if err != nil {
			t.Fatal(err)
		}
		for _, note := range rules.Notes() {
			if !strings.Contains(strings.Join(strings.Fields(listed.stdout), " "), "["+string(note.Code)+"]") {
				t.Errorf("%s: %s is not listed", language, note.Code)
			}
		}
		for _, basis := range rules.Bases() {
			if !strings.Contains(listed.stdout, "["+basis.ID+"]") {
				t.Errorf("%s: %s is not listed", language, basis.ID)
			}
		}
		for line := range strings.Lines(listed.stdout) {
			if n := len([]rune(line)); n > 81 && strings.Contains(strings.TrimSpace(line), " ") {
				t.Errorf("%s: %d characters in %q", language, n, line)
			}
		}
	}
}
