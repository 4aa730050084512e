package policies

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"schakel/schemas"
)

func builtin(t *testing.T) *Bundle {
	t.Helper()
	b, err := BuiltinBundle()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The bundle of the program's own rules holds all of them and its casebook, gives
// the rules that the program has, and reads back as it was written.
func TestTheBundleOfTheProgramIsItsRules(t *testing.T) {
	b := builtin(t)
	for _, files := range []fs.FS{Embedded(), casebook} {
		err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
			if _, packed := b.Files[path]; !entry.IsDir() && !packed {
				t.Errorf("%s is not in the bundle", path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if want := load(t).Digest; b.Digest() != want {
		t.Errorf("got digest %s, want %s", b.Digest(), want)
	}
	read, err := ReadBundle(b.Encode())
	if err != nil {
		t.Fatal(err)
	}
	rules, err := read.Load()
	if err != nil || rules.Digest != b.Digest() {
		t.Fatalf("got %v", err)
	}
	if err := read.Try(t.Context(), rules); err != nil {
		t.Errorf("its own casebook: %v", err)
	}
}

// A copy of this folder, programs and all, is the same rule set.
func TestAFolderIsPackedAsItsRules(t *testing.T) {
	b, err := PackBundle(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(b.Files, builtin(t).Files) {
		t.Errorf("got %d files, want %d", len(b.Files), len(builtin(t).Files))
	}
}

// What the rules are proven with lies among them and is no part of them.
func TestWhatLiesBesideTheRulesIsLeftAside(t *testing.T) {
	for _, path := range []string{"README.md", "oracle/oracle.go", "oracle/flows.yaml", "mutants/survivors.txt", "cases/scenarios.yaml"} {
		b, err := PackBundle(added(t, path, "something"))
		if err != nil || b.Digest() != builtin(t).Digest() {
			t.Errorf("%s: got %v", path, err)
		}
	}
}

func TestAFolderWithSomethingElseIsRefused(t *testing.T) {
	large := strings.Repeat("#", MaxBundle)
	for name, test := range map[string]struct {
		file string
		text string
		want schemas.Code
	}{
		"a fact in a file of another name": {"facts/bases.yml", "bases: []\n", "rules.file"},
		"a file deeper than a step":        {"basis/more/basis.rego", "package policies.basis.more\n", "rules.file"},
		"a signature of others":            {".signatures.json", "{}", "rules.file"},
		"a name with a space":              {"facts/more bases.yaml", "bases: []\n", "rules.file"},
		"more than a rule set may be":      {"facts/zz.yaml", large, "rules.size"},
	} {
		t.Run(name, func(t *testing.T) {
			refusedWith(t, test.want, func() error { _, err := PackBundle(added(t, test.file, test.text)); return err })
		})
	}
	t.Run("a link", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "facts"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("/etc/passwd", filepath.Join(dir, "facts", "bases.yaml")); err != nil {
			t.Fatal(err)
		}
		refusedWith(t, "rules.file", func() error { _, err := PackBundle(os.DirFS(dir)); return err })
	})
	t.Run("more files than a rule set has", func(t *testing.T) {
		files := fstest.MapFS{}
		for i := range maxBundleFiles + 1 {
			files["cases/"+strings.Repeat("a", i%60+1)+string(rune('a'+i/60%26))+string(rune('a'+i/1560))+".txt"] = &fstest.MapFile{Data: []byte("x")}
		}
		refusedWith(t, "rules.size", func() error { _, err := PackBundle(files); return err })
	})
}

// A bundle has one form: whatever else says the same, or says more, is refused.
func TestABundleOfAnotherFormIsRefused(t *testing.T) {
	good := string(builtin(t).Encode())
	for name, test := range map[string]struct {
		document string
		want     schemas.Code
	}{
		"nothing":            {"", "rules.form"},
		"no JSON":            {"rules", "rules.form"},
		"cut off":            {good[:len(good)/2], "rules.form"},
		"one byte flipped":   {strings.Replace(good, `"rules/1"`, `"rules/2"`, 1), "rules.form"},
		"a space more":       {strings.Replace(good, `"version":1`, `"version": 1`, 1), "rules.form"},
		"another document":   {good + "{}", "rules.form"},
		"a member twice":     {strings.Replace(good, `"version":1`, `"version":1,"version":1`, 1), "rules.form"},
		"a file twice":       {strings.Replace(good, `"policies.rego":`, `"policies.rego":"","policies.rego":`, 1), "rules.form"},
		"a member too many":  {strings.Replace(good, `"version":1`, `"version":1,"allow":true`, 1), "rules.form"},
		"no version":         {strings.Replace(good, `"version":1`, `"version":0`, 1), "rules.form"},
		"a way out":          {strings.Replace(good, `"policies.rego":`, `"../policies.rego":`, 1), "rules.form"},
		"too large":          {good + strings.Repeat(" ", MaxBundle), "rules.size"},
		"deep as a bad well": {strings.Repeat("[", 200_000), "rules.form"},
	} {
		t.Run(name, func(t *testing.T) {
			refusedWith(t, test.want, func() error { _, err := ReadBundle([]byte(test.document)); return err })
		})
	}
	t.Run("a way out, in its place", func(t *testing.T) {
		b := builtin(t)
		b.Files["../facts/zz.yaml"] = "bases: []\n"
		refusedWith(t, "rules.file", func() error { _, err := ReadBundle(b.Encode()); return err })
	})
}

// What is in a bundle is looked at as strictly as what is in the program.
func TestABundleThatCannotDecideIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		file, text string
		want       schemas.Code
		at         string
	}{
		"a rule that does not compile":         {"gate/zz.rego", "package policies.gate\n\nobjections contains\n", "rules.load", "gate/zz.rego"},
		"a rule that asks the clock":           {"gate/zz.rego", "package policies.gate\n\nlate if time.now_ns() > 0\n", "rules.load", "gate/zz.rego"},
		"a rule that asks the network":         {"gate/zz.rego", "package policies.gate\n\nknown := http.send({\"method\": \"get\", \"url\": \"http://example.org\"})\n", "rules.load", "gate/zz.rego"},
		"a rule that calls itself":             {"gate/zz.rego", "package policies.gate\n\nround if round\n", "rules.load", ""},
		"a fact with an unknown member":        {"facts/zz.yaml", "bases:\n  - {id: x, allow: true}\n", "rules.load", "facts/zz.yaml"},
		"a fact said twice":                    {"facts/zz.yaml", "bases:\n  - {id: x, id: y}\n", "rules.load", "facts/zz.yaml"},
		"a row for a role that nobody has":     {"facts/zz.yaml", "flows:\n  - {id: added/1, kind: case-tip, sender: [nobody], recipient: [om], decision: allow, source: law 4.1, evidence: D}\n", "rules.load", "nobody"},
		"a case that the rules answer with no": {"cases/zz.txt", "Een geval.\n-- like.json --\n{\"case\": \"S26\", \"but\": {}}\n-- decision.json --\n{\"outcome\": \"allow\", \"reason\": \"ok\"}\n", "rules.case", "cases/zz.txt"},
		"a case that cannot be read":           {"cases/zz.txt", "Een geval.\n", "case.form", "zz.txt"},
	} {
		t.Run(name, func(t *testing.T) {
			b := builtin(t)
			b.Files[test.file] = test.text
			read, err := ReadBundle(b.Encode())
			if err != nil {
				t.Fatal(err)
			}
			refusal := refusedWith(t, test.want, func() error {
				rules, err := read.Load()
				if err != nil {
					return err
				}
				return read.Try(t.Context(), rules)
			})
			if !strings.Contains(refusal.At, test.at) {
				t.Errorf("got place %q, want %q in it", refusal.At, test.at)
			}
		})
	}
	t.Run("no case at all", func(t *testing.T) {
		b := builtin(t)
		maps.DeleteFunc(b.Files, func(name, _ string) bool { return isCase(name) })
		rules, err := b.Load()
		if err != nil {
			t.Fatal(err)
		}
		refusedWith(t, "rules.case", func() error { return b.Try(t.Context(), rules) })
	})
}

func refusedWith(t *testing.T, want schemas.Code, act func() error) *schemas.Refusal {
	t.Helper()
	err := act()
	refusal, ok := errors.AsType[*schemas.Refusal](err)
	if !ok || refusal.Code != want {
		t.Fatalf("got %v, want %s", err, want)
	}
	return refusal
}

// Whatever is handed in is refused in words, or is a bundle that is written again
// as it was.
func FuzzReadBundle(f *testing.F) {
	b, err := BuiltinBundle()
	if err != nil {
		f.Fatal(err)
	}
	b.Files = map[string]string{"policies.rego": "package policies\n", "facts/a.yaml": "bases: []\n"}
	f.Add(b.Encode())
	f.Add([]byte(`{"schakel":"rules/1","version":2,"previous":"x","author":"trust-1","created":"2026-11-25T10:00:00Z","files":{"cases/a.txt":"é"}}`))
	f.Add([]byte(`{"schakel":"rules/1","version":1e3,"files":{"../a":""}}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		read, err := ReadBundle(document)
		if err == nil && string(read.Encode()) != string(document) {
			t.Errorf("read %q and wrote %q", document, read.Encode())
		}
		if err != nil && schemas.Refused(err) == nil {
			t.Errorf("refused without words: %v", err)
		}
	})
}
