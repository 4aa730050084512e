// Package schakel_test looks at the whole tree: which way the imports point, and
// who may read what is sealed.
package schakel_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// rooms says which of our packages each package may import. Words know nobody;
// only the programs know everybody; a partner's side never knows the gateway.
var rooms = map[string][]string{
	"schemas":               {},
	"gateway/tlog":          {},
	"pki":                   {"schemas"},
	"pki/forge":             {"schemas", "pki"},
	"policies":              {"schemas"},
	"policies/oracle":       {},
	"gateway/register":      {"schemas", "gateway/tlog"},
	"gateway":               {"schemas", "pki", "policies", "gateway/tlog"},
	"connectors":            {"schemas", "pki", "gateway/tlog"},
	"connectors/folder":     {"schemas", "connectors"},
	"connectors/line":       {"schemas", "pki", "connectors", "connectors/folder"},
	"cmd/instance":          {"schemas", "pki", "policies", "gateway", "gateway/tlog", "gateway/register", "connectors"},
	"cmd/schakel":           {"schemas", "pki", "policies", "gateway/tlog", "gateway/register", "connectors", "connectors/line", "cmd/instance"},
	"cmd/schakel-connector": {"connectors/line"},
}

// listed is what the go command says of a package.
type listed struct {
	ImportPath string
	Imports    []string
	GoFiles    []string
	Deps       []string
}

func packages(t *testing.T) map[string]listed {
	t.Helper()
	output, err := exec.Command("go", "list", "-json=ImportPath,Imports,GoFiles,Deps", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]listed{}
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		if len(p.GoFiles) > 0 {
			all[strings.TrimPrefix(p.ImportPath, "schakel/")] = p
		}
	}
}

func TestImportsPointOneWay(t *testing.T) {
	found := packages(t)
	for name, p := range found {
		may, known := rooms[name]
		if !known {
			t.Errorf("%s is not in the table of rooms", name)
		}
		for _, path := range p.Imports {
			if ours, ok := strings.CutPrefix(path, "schakel/"); ok && !slices.Contains(may, ours) {
				t.Errorf("%s imports %s, and may import only %v", name, ours, may)
			}
		}
	}
	for name := range rooms {
		if _, ok := found[name]; !ok {
			t.Errorf("%s is in the table of rooms and is no package", name)
		}
	}
}

// The field laptop's program holds no server, no database and no rules.
func TestTheSmallProgramIsThePartnersSideAlone(t *testing.T) {
	for _, path := range packages(t)["cmd/schakel-connector"].Deps {
		for _, heavy := range []string{"schakel/gateway/register", "schakel/policies", "schakel/cmd/instance", "schakel/pki/forge", "nats-server", "open-policy-agent", "sqlite"} {
			if strings.Contains(path, heavy) {
				t.Errorf("schakel-connector holds %s", path)
			}
		}
	}
	for name, p := range packages(t) {
		if name != "pki/forge" && slices.Contains(p.Deps, "schakel/pki/forge") {
			t.Errorf("%s holds pki/forge, which is for tests only", name)
		}
	}
}

const library = "github.com/ProtonMail/go-crypto"

// readers are what of the OpenPGP library turns bytes from outside into packets,
// keys, signatures or plaintext.
var readers = []string{
	"Read", "ReadWithCheck", "NewReader", "NewReaderWithCheck", "NewOpaqueReader", "ReadMessage", "ReadEntity", "ReadKeyRing", "ReadArmoredKeyRing",
	"VerifyDetachedSignature", "VerifyDetachedSignatureAndHash", "VerifyDetachedSignatureReader", "VerifyArmoredDetachedSignature",
	"CheckDetachedSignature", "CheckArmoredDetachedSignature", "Decode",
}

// openers are the only functions that may use them, and for what.
var openers = []string{
	"pki/certificate.go readEntity openpgp.ReadEntity", // certificates and secret keys
	"pki/certificate.go readEntity packet.NewReader",   //
	"pki/certificate.go dearmor armor.Decode",          //
	"pki/sign.go parseSignature packet.Read",           // a detached signature
	"pki/open.go decryptData packet.Read",              // messages: part of Open
	"pki/open.go decryptData session.Decrypt",          //
	"pki/open.go readAll data.Decrypt",                 //
	"pki/field.go OpenField Open",                      // the one function, asked by
	"gateway/read.go read pki.Open",                    // the gateway,
	"connectors/receive.go receive pki.Open",           // a connector,
	"cmd/schakel/bench_parts.go opening pki.Open",      // and the bench, which measures it
	"pki/secret.go ParseSecret DecryptPrivateKeys",     // a secret key under its passphrase
}

// Open is the only function that reads OpenPGP messages, and there is no second
// way to the library.
func TestOnlyOpenReadsOpenPGP(t *testing.T) {
	found := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "pki/forge/") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		if imports(file, library) && filepath.Dir(path) != "pki" {
			t.Errorf("%s imports the OpenPGP library", path)
		}
		for _, use := range uses(file) {
			found[path+" "+use] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for use := range found {
		if !slices.Contains(openers, use) {
			t.Errorf("a new reader of OpenPGP: %s", use)
		}
	}
	for _, use := range openers {
		if !found[use] {
			t.Errorf("is gone: %s", use)
		}
	}
}

func imports(file *ast.File, prefix string) bool {
	return slices.ContainsFunc(file.Imports, func(spec *ast.ImportSpec) bool { return strings.HasPrefix(spec.Path.Value, `"`+prefix) })
}

// uses lists every call of a reader, with the function that it stands in.
func uses(file *ast.File) []string {
	var all []string
	for _, declaration := range file.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok {
			continue
		}
		ast.Inspect(function, func(node ast.Node) bool {
			if call, ok := node.(*ast.CallExpr); ok {
				if name := reads(file, call.Fun); name != "" {
					all = append(all, function.Name.Name+" "+name)
				}
			}
			return true
		})
	}
	return all
}

// reads names what is called, when it is a reader: of the library, a method that
// decrypts, or our Open.
func reads(file *ast.File, called ast.Expr) string {
	ours := file.Name.Name == "pki"
	switch called := called.(type) {
	case *ast.Ident:
		if ours && called.Name == "Open" {
			return "Open"
		}
	case *ast.SelectorExpr:
		from, _ := called.X.(*ast.Ident)
		switch name := called.Sel.Name; {
		case name == "DecryptPrivateKeys" || name == "DecryptWithSubkeys":
			return name
		case from == nil:
		case from.Name == "pki" && name == "Open" && imports(file, "schakel/pki"), ours && name == "Decrypt" && imports(file, library):
			return from.Name + "." + name
		case slices.Contains([]string{"openpgp", "packet", "armor", "clearsign"}, from.Name) && imports(file, library) && slices.Contains(readers, name):
			return from.Name + "." + name
		}
	}
	return ""
}
