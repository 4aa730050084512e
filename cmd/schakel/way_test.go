package main_test

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"schakel/connectors"
)

// sent is what a program reads of a message in the outbox.
type sent struct {
	ID      string
	Source  string
	State   string
	Results []struct {
		To, Outcome string
		Reasons     []struct{ Code, What, Now string }
	}
}

// one reads the one document that a command prints.
func one(t *testing.T, got answer, value any) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(got.stdout))
	if err := decoder.Decode(value); err != nil {
		t.Fatalf("%v: %s%s", err, got.stdout, got.stderr)
	}
	if decoder.More() {
		t.Errorf("more than one document:\n%s", got.stdout)
	}
}

// The way of a message as those see it who type: what has no basis is not shared
// and says why; what has one is received; what is exported is checked.
func TestTheWayOfAMessage(t *testing.T) {
	t.Parallel()
	dir := centre(t, "ngo-luz", "tbkk")
	serve(t, dir, words("gateway @gateway")...).says("gateway ready")
	for _, name := range []string{"ngo-luz", "tbkk"} {
		serve(t, dir, words("connector @"+name)...)
		eventually(t, name+" takes commands", func() bool {
			_, err := os.Stat(filepath.Join(dir, name, "socket"))
			return err == nil
		})
	}

	// Without a basis.
	bases := tip[strings.Index(tip, `"bases"`):strings.Index(tip, `"source_identity"`)]
	write(t, filepath.Join(dir, "baseless.json"), strings.Replace(tip, bases, `"bases": [],`, 1))
	var first sent
	got := run(t, call{args: words("submit @ngo-luz --wait 60s --json --lang nl baseless.json"), dir: dir})
	one(t, got, &first)
	if got.exit != no || first.State != "not-shared" || first.Source != "LUZ-2026-014" || len(first.Results) != 1 || first.Results[0].To != "tbkk" {
		t.Fatalf("without a basis: got exit %d and %+v", got.exit, first)
	}
	if r := first.Results[0].Reasons; len(r) == 0 || !strings.HasPrefix(r[0].Code, "r-") || r[0].What == "" || r[0].Now == "" {
		t.Errorf("without a basis: got reasons %+v", r)
	}
	if list := done(t, dir, words("outbox @ngo-luz --lang nl")...); !strings.Contains(list, first.ID) || !strings.Contains(list, "niet gedeeld") {
		t.Errorf("the outbox does not show what was not shared:\n%s", list)
	}

	// With one.
	var second sent
	got = run(t, call{args: words("submit @ngo-luz --wait 60s --json draft.json"), dir: dir})
	if one(t, got, &second); got.exit != ok {
		t.Fatalf("with a basis: got exit %d and %+v", got.exit, second)
	}
	refused(t, run(t, call{args: words("show @ngo-luz " + second.ID), dir: dir}), wrong, "state.sent-by-us", second.ID)
	if text := done(t, dir, words("source @ngo-luz LUZ-2026-014")...); !strings.Contains(text, "Maria") {
		t.Errorf("source beside the service: got %q", text)
	}
	eventually(t, "the police have it", func() bool {
		return strings.Contains(done(t, dir, words("inbox @tbkk")...), second.ID)
	})
	shown := done(t, dir, words("show @tbkk "+second.ID+" --lang nl")...)
	for _, words := range []string{"melding over een zaak [case-tip]", "opsporing in een bepaald geval [p-invest]", "[o-"} {
		if !strings.Contains(shown, words) {
			t.Errorf("show does not say %q:\n%s", words, shown)
		}
	}
	eventually(t, "the sender sees that it was opened", func() bool {
		return strings.Contains(done(t, dir, words("outbox @ngo-luz --lang nl "+second.ID)...), "tbkk: geopend, op 2")
	})

	// Checked without a network, whole and with a part missing.
	var exported struct{ Files []string }
	one(t, run(t, call{args: words("export @tbkk --json " + second.ID + " out"), dir: dir}), &exported)
	if len(exported.Files) == 0 {
		t.Error("export --json names no files")
	}
	done(t, dir, words("verify out --trust tbkk/trust.json")...)
	for _, name := range exported.Files {
		path := filepath.Join(dir, "out", name)
		if err := os.Rename(path, filepath.Join(dir, "aside")); err != nil {
			t.Fatal(err)
		}
		if got := run(t, call{args: words("verify out"), dir: dir}); got.exit != no || !strings.Contains(got.stderr, "[verify.") {
			t.Errorf("without %s: got exit %d and %q", name, got.exit, got.stderr)
		}
		if err := os.Rename(filepath.Join(dir, "aside"), path); err != nil {
			t.Fatal(err)
		}
	}
}

// What would become of a draft can be asked beforehand: who must approve, what is
// missing, what would be left out. Nothing of it arrives, and it can still be sent.
func TestAskedBeforehand(t *testing.T) {
	t.Parallel()
	dir := centre(t, "ngo-luz", "tbkk")
	serve(t, dir, words("gateway @gateway")...).says("gateway ready")
	got := run(t, call{args: words("submit @ngo-luz --dry-run draft.json"), dir: dir})
	if got.exit != ok || !strings.Contains(got.stderr, "schakel connector") {
		t.Errorf("without the service: got exit %d and %q", got.exit, got.stderr)
	}
	for _, name := range []string{"ngo-luz", "tbkk"} {
		serve(t, dir, words("connector @"+name)...)
		eventually(t, name+" takes commands", func() bool {
			_, err := os.Stat(filepath.Join(dir, name, "socket"))
			return err == nil
		})
	}

	papers := tip[strings.Index(tip, `"documents"`):strings.Index(tip, `"source_identity"`)]
	write(t, filepath.Join(dir, "lacking.json"), strings.Replace(tip, papers, `"documents": []}],`, 1))
	got = run(t, call{args: words("submit @ngo-luz --dry-run --lang nl lacking.json"), dir: dir})
	for _, want := range []string{"er is niets verstuurd", "[r-cond-unmet]", "wat u kunt doen", "ontbreekt nog: ", "[local-reporting-check]"} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("what is missing: got no %q in\n%s%s", want, got.stdout, got.stderr)
		}
	}
	if got.exit != no {
		t.Errorf("what is missing: got exit %d, want %d", got.exit, no)
	}

	got = run(t, call{args: words("submit @ngo-luz --dry-run --json draft.json"), dir: dir})
	var asked struct {
		sent
		Results []struct {
			Outcome     string
			Obligations []string
		}
	}
	if one(t, got, &asked); got.exit != ok || asked.State != "answered" || len(asked.Results) != 1 || len(asked.Results[0].Obligations) == 0 {
		t.Errorf("whole: got exit %d and %s", got.exit, got.stdout)
	}
	if list := done(t, dir, words("outbox @ngo-luz")...); strings.Contains(list, asked.ID) {
		t.Errorf("the outbox still shows what was answered:\n%s", list)
	}
	var second sent
	got = run(t, call{args: words("submit @ngo-luz --wait 60s --json draft.json"), dir: dir})
	if one(t, got, &second); got.exit != ok {
		t.Fatalf("sent after all: got exit %d and %+v", got.exit, second)
	}
	eventually(t, "the police have it", func() bool {
		return strings.Contains(done(t, dir, words("inbox @tbkk")...), second.ID)
	})
	if list := done(t, dir, words("inbox @tbkk")...); strings.Contains(list, asked.ID) {
		t.Errorf("the police got what was only asked:\n%s", list)
	}
}

// A computer whose clock is two days ahead is told so, and nothing is shared.
func TestAClockThatIsTwoDaysAheadIsNoticed(t *testing.T) {
	t.Parallel()
	dir := centre(t, "ngo-luz")
	serve(t, dir, words("gateway @gateway")...).says("gateway ready")
	home, err := connectors.OpenHome(filepath.Join(dir, "ngo-luz"), []byte(passphrase))
	if err != nil {
		t.Fatal(err)
	}
	ahead := func() time.Time { return time.Now().Add(48 * time.Hour) }
	connector, err := connectors.Start(home, ahead, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	accepted, err := connector.Submit([]byte(tip), connectors.Options{})
	if err != nil {
		t.Fatal(err)
	}
	connector.Close()
	offline(t, dir)
	eventually(t, "the sender is told", func() bool {
		got := run(t, call{args: words("outbox @ngo-luz " + accepted.ID), dir: dir})
		return strings.Contains(got.stderr, "[time.future]")
	})
}
