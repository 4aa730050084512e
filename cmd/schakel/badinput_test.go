package main_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"schakel/schemas"
)

// row is one wrong command line, file or home, and what must come of it: exit
// status, code and place. Nothing may be sent, said again or changed.
type row struct {
	line  string // of the catalogue of bad inputs, such as CLI-10; "" where it has none
	says  string
	args  string   // @ngo-luz stands for its home and passphrase
	more  []string // arguments with spaces in them
	stdin string
	env   []string
	lay   func(t *testing.T, dir string) // what lies about
	exit  int
	code  schemas.Code
	place string
}

// Exit statuses (package line).
const (
	ok    = 0
	fault = 1
	wrong = 2
	no    = 3
)

var rows = []row{
	// What is typed.
	{line: "CLI-01", says: "no command", exit: wrong, code: "usage.no-command"},
	{line: "CLI-02", says: "unknown command, one is near", args: "sumbit", exit: wrong, code: "usage.unknown", place: "submit?"},
	{line: "CLI-02", says: "unknown command, none is near", args: marker, exit: wrong, code: "usage.unknown"},
	{line: "CLI-02", says: "unknown command that looks like a suggestion", more: []string{`did you mean "` + marker + `"?`}, exit: wrong, code: "usage.unknown"},
	{line: "CLI-02", says: "unknown part of init", args: "init " + marker, exit: wrong, code: "usage.unknown"},
	{line: "CLI-02", says: "one argument too many", args: "inbox @ngo-luz " + marker, exit: wrong, code: "usage.extra"},
	{line: "CLI-02", says: "unknown flag, one is near", args: "submit --hoem " + marker, exit: wrong, code: "usage.flag", place: "--home?"},
	{line: "CLI-02", says: "unknown flag, none is near", args: "submit --" + marker, exit: wrong, code: "usage.flag"},
	{line: "CLI-02", says: "unknown short flag", args: "submit -7", exit: wrong, code: "usage.flag"},
	{line: "CLI-04", says: "same flag twice", args: "submit --home a --home " + marker, exit: wrong, code: "usage.flag-twice", place: "--home"},
	{line: "CLI-04", says: "same flag twice, once with an equals sign", args: "submit --home=a --home " + marker, exit: wrong, code: "usage.flag-twice", place: "--home"},
	{line: "CLI-04", says: "same switch twice", args: "submit --again --again draft.json", exit: wrong, code: "usage.flag-twice", place: "--again"},
	{line: "CLI-04", says: "unknown flag twice", args: "submit --" + marker + " --" + marker, exit: wrong, code: "usage.flag"},
	{line: "CLI-05", says: "flag without value at the end", args: "submit --home", exit: wrong, code: "usage.flag-value", place: "--home"},
	{line: "CLI-05", says: "duration without value at the end", args: "submit --wait", exit: wrong, code: "usage.flag-value", place: "--wait"},
	{line: "CLI-05", says: "flag without value before another", args: "submit --home --again", exit: wrong, code: "usage.flag-value", place: "--home"},
	{line: "CLI-05", says: "list without value", args: "approve @ngo-luz 01939f2a --withhold", exit: wrong, code: "usage.flag-value", place: "--withhold"},
	{line: "CLI-07", says: "duration without unit", args: "submit @ngo-luz --wait 10 draft.json", exit: wrong, code: "usage.duration", place: "--wait"},
	{line: "CLI-07", says: "duration that is none", args: "submit @ngo-luz --wait " + marker, exit: wrong, code: "usage.duration", place: "--wait"},
	{line: "CLI-07", says: "duration in the past", args: "submit @ngo-luz --wait=-5s draft.json", exit: wrong, code: "usage.duration", place: "--wait"},
	{line: "CLI-07", says: "duration below nothing", args: "submit @ngo-luz --wait -5s draft.json", exit: wrong, code: "usage.duration", place: "--wait"},
	{line: "CLI-07", says: "duration beyond all measure", args: "submit @ngo-luz --wait 99999999h draft.json", exit: wrong, code: "usage.duration", place: "--wait"},
	{says: "a choice that is none", args: "--lang " + marker + " inbox", exit: wrong, code: "usage.value", place: "--lang"},
	{says: "a reason that is none", args: "refuse @ngo-luz 01939f2a --officer field-1 --reason " + marker, exit: wrong, code: "usage.value", place: "--reason"},
	{says: "a switch with a value", args: "submit --again=" + marker, exit: wrong, code: "usage.value", place: "--again"},
	{says: "number below nothing", args: "bench --messages -1", exit: wrong, code: "usage.value", place: "--messages"},
	{says: "nothing to be measured", args: "bench --messages 0", exit: wrong, code: "usage.value", place: "--messages"},
	{says: "nothing under way", args: "bench --in-flight 0", exit: wrong, code: "usage.value", place: "--in-flight"},
	{says: "kind that is none", args: "draft " + marker, exit: wrong, code: "usage.kind", place: "case-tip"},
	{says: "kind that is made by a command", args: "draft release", exit: wrong, code: "usage.kind"},
	{says: "waiting where no service runs", args: "submit @ngo-luz --wait 1s draft.json", exit: wrong, code: "state.no-service", place: "--wait"},
	{says: "waiting for an answer where no service runs", args: "reply @ngo-luz --wait 1s 01939f2a draft.json", exit: wrong, code: "state.no-service", place: "--wait"},
	{says: "approval until a day that is over", args: "approve @ngo-luz 01939f2a --officer field-1 --until 2020-01-01", exit: wrong, code: "time.past", place: "--until"},
	{says: "approval until no day", args: "approve @ngo-luz 01939f2a --officer field-1 --until 2030-02-31", exit: wrong, code: "schema.date", place: "--until"},
	{says: "needed flag missing", args: "refuse @ngo-luz 01939f2a --officer field-1", exit: wrong, code: "usage.flag-missing", place: "--reason"},
	{says: "officer missing", args: "approve @ngo-luz 01939f2a", exit: wrong, code: "usage.flag-missing", place: "--officer"},
	{says: "argument missing", args: "show @ngo-luz", exit: wrong, code: "usage.argument", place: "<message>"},
	{says: "part of init missing", args: "init", exit: wrong, code: "usage.argument", place: "gateway"},
	{says: "flags of enrolment missing", args: "init partner here", exit: wrong, code: "usage.flag-missing", place: "--role"},

	// The draft as a file.
	{line: "CLI-08", says: "two files", args: "submit @ngo-luz draft.json draft.json", exit: wrong, code: "usage.two-inputs"},
	{line: "CLI-08", says: "a file and standard input", args: "submit @ngo-luz draft.json -", stdin: tip, exit: wrong, code: "usage.two-inputs"},
	{line: "CLI-08", says: "a file and standard input for an answer", args: "reply @ngo-luz 01939f2a - draft.json", stdin: tip, exit: wrong, code: "usage.two-inputs"},
	{line: "CLI-10", says: "no such file", args: "submit @ngo-luz nothing.json", exit: wrong, code: "file.not-found", place: "nothing.json"},
	{line: "CLI-10", says: "no such directory", args: "submit @ngo-luz nowhere/draft.json", exit: wrong, code: "file.not-found"},
	{line: "CLI-10", says: "a file used as a directory", args: "submit @ngo-luz draft.json/x", exit: wrong, code: "file.not-found"},
	{line: "CLI-11", says: "file that may not be read", args: "submit @ngo-luz closed.json", env: []string{asNobody + "=1"}, lay: file("closed.json", marker, 0), exit: wrong, code: "file.permission", place: "closed.json"},
	{line: "CLI-13", says: "empty file", args: "submit @ngo-luz bad.json", lay: file("bad.json", "", 0o600), exit: wrong, code: "parse.empty"},
	{line: "CLI-13", says: "spaces and line ends only", args: "submit @ngo-luz bad.json", lay: file("bad.json", " \n\t\r\n ", 0o600), exit: wrong, code: "parse.empty"},
	{line: "CLI-13", says: "empty standard input", args: "submit @ngo-luz", exit: wrong, code: "parse.empty"},
	{line: "CLI-14", says: "256 KiB and one byte", args: "submit @ngo-luz bad.json", lay: file("bad.json", padded(tip, schemas.MaxBody+1), 0o600), exit: wrong, code: "limit.size", place: "bad.json"},
	{line: "CLI-14", says: "256 KiB and one byte on standard input", args: "submit @ngo-luz -", stdin: padded(tip, schemas.MaxBody+1), exit: wrong, code: "limit.size"},
	{line: "CLI-16", says: "named pipe", args: "submit @ngo-luz pipe.json", lay: fifo("pipe.json"), exit: wrong, code: "file.not-regular", place: "pipe.json"},
	{line: "CLI-17", says: "device that never ends", args: "submit @ngo-luz /dev/zero", exit: wrong, code: "file.not-regular", place: "zero"},
	{line: "CLI-17", says: "link to a device", args: "submit @ngo-luz link.json", lay: link("/dev/zero", "link.json"), exit: wrong, code: "file.symlink", place: "link.json"},
	{says: "link to a file", args: "submit @ngo-luz link.json", lay: link("draft.json", "link.json"), exit: wrong, code: "file.symlink", place: "link.json"},
	{says: "link to nothing", args: "submit @ngo-luz link.json", lay: link("nothing", "link.json"), exit: wrong, code: "file.symlink", place: "link.json"},
	{says: "directory", args: "submit @ngo-luz .", exit: wrong, code: "file.not-regular"},
	{line: "CLI-47", says: "file name of 5,000 characters", args: "submit @ngo-luz " + strings.Repeat("n", 5000), exit: wrong, code: "limit.name"},
	{line: "CLI-47", says: "file name of 300 characters", args: "submit @ngo-luz " + strings.Repeat("n", 300), exit: wrong, code: "limit.name"},
	{line: "CLI-32", says: "file name that overwrites the line", args: "submit @ngo-luz", more: []string{"a\rb\x1b[31m\u202ec.json"}, exit: wrong, code: "file.not-found", place: "a?b?[31m?c.json"},

	// Passphrases.
	{line: "CLI-22", says: "passphrase in the environment", args: "inbox @ngo-luz", env: []string{"SCHAKEL_PASSPHRASE=" + marker}, exit: wrong, code: "usage.secret-in-environment", place: "SCHAKEL_PASSPHRASE"},
	{line: "CLI-22", says: "officer's passphrase in the environment", args: "inbox @ngo-luz", env: []string{"SCHAKEL_OFFICER_PASSPHRASE=" + marker}, exit: wrong, code: "usage.secret-in-environment"},
	{line: "CLI-23", says: "passphrase file that all may read", args: "inbox @ngo-luz", lay: mode("pass", 0o644), exit: wrong, code: "key.file-mode", place: "pass"},
	{line: "CLI-23", says: "passphrase file that the group may read", args: "inbox @ngo-luz", lay: mode("pass", 0o640), exit: wrong, code: "key.file-mode", place: "pass"},
	{line: "CLI-23", says: "passphrase file that is a link", args: "inbox --home ngo-luz --passphrase-file link", lay: link("pass", "link"), exit: wrong, code: "key.symlink", place: "link"},
	{line: "CLI-23", says: "passphrase file that is a pipe", args: "inbox --home ngo-luz --passphrase-file pipe", lay: fifo("pipe"), exit: wrong, code: "key.file-mode", place: "pipe"},
	{line: "CLI-23", says: "passphrase file that is not there", args: "inbox --home ngo-luz --passphrase-file nothing", exit: wrong, code: "key.missing", place: "nothing"},
	{line: "CLI-23", says: "passphrase file below a file", args: "inbox --home ngo-luz --passphrase-file pass/x", exit: wrong, code: "file.read", place: "x"},
	{line: "CLI-25", says: "passphrase and two line ends", args: "inbox @ngo-luz", lay: file("pass", passphrase+"\n\n", 0o600), exit: wrong, code: "key.passphrase-lines"},
	{line: "CLI-26", says: "wrong passphrase", args: "inbox @ngo-luz", lay: file("pass", marker+" "+marker, 0o600), exit: wrong, code: "key.passphrase", place: "pass"},
	{line: "CLI-26", says: "empty passphrase", args: "inbox @ngo-luz", lay: file("pass", "", 0o600), exit: wrong, code: "key.passphrase"},
	{says: "short passphrase for a new home", args: "init gateway new --passphrase-file pass", lay: file("pass", marker, 0o600), exit: wrong, code: "key.passphrase-short"},
	{says: "nobody there to be asked for the passphrase", args: "inbox --home ngo-luz", exit: wrong, code: "usage.passphrase", place: "--passphrase-file"},
	{says: "nobody there to be asked for the gateway's", args: "gateway --home gateway", exit: wrong, code: "usage.passphrase", place: "--passphrase-file"},
	{says: "officer's passphrase file that all may read", args: "show @ngo-luz 01939f2a --officer field-1 --officer-passphrase-file open", lay: file("open", marker, 0o644), exit: wrong, code: "key.file-mode", place: "open"},
	{says: "officer's wrong passphrase", args: "approve @ngo-luz 01939f2a --officer field-1 --officer-passphrase-file bad", lay: file("bad", marker, 0o600), exit: wrong, code: "key.passphrase", place: "bad"},
	{says: "gateway's wrong passphrase", args: "init partner new --name New --officer field-1 --gateway gateway --id ngo-new --role ngo-dest --country PH --gateway-passphrase-file bad --passphrase-file pass", lay: file("bad", marker, 0o600), exit: wrong, code: "key.passphrase", place: "bad"},
	{says: "nobody there to be asked for the officer's passphrase", args: "approve @ngo-luz 01939f2a --officer field-1", exit: wrong, code: "usage.passphrase", place: "--officer-passphrase-file"},
	{says: "nobody there to be asked for the gateway's at an enrolment", args: "init partner new --name New --officer field-1 --gateway gateway --id ngo-new --role ngo-dest --country PH --passphrase-file pass", exit: wrong, code: "usage.passphrase", place: "--gateway-passphrase-file"},
	{says: "unknown officer", args: "approve @ngo-luz 01939f2a --officer " + strings.ToLower(marker) + " --officer-passphrase-file pass", exit: wrong, code: "route.officer"},
	{says: "officer that is a path", args: "approve @ngo-luz 01939f2a --officer ../../" + marker + " --officer-passphrase-file pass", exit: wrong, code: "route.officer"},

	// The home.
	{line: "CLI-49", says: "home that the group may write to", args: "inbox @ngo-luz", lay: mode("ngo-luz", 0o770), exit: wrong, code: "key.dir-mode", place: "ngo-luz"},
	{line: "CLI-49", says: "home that all may write to", args: "submit @ngo-luz draft.json", lay: mode("ngo-luz", 0o707), exit: wrong, code: "key.dir-mode", place: "ngo-luz"},
	{line: "CLI-49", says: "keys that the group may list", args: "inbox @ngo-luz", lay: mode("ngo-luz/keys", 0o750), exit: wrong, code: "key.dir-mode", place: "keys"},
	{line: "CLI-50", says: "key file that all may read", args: "inbox @ngo-luz", lay: mode("ngo-luz/keys/home.key", 0o604), exit: wrong, code: "key.file-mode", place: "home.key"},
	{line: "CLI-50", says: "private key that all may read", args: "inbox @ngo-luz", lay: mode("ngo-luz/keys/openpgp.secret", 0o644), exit: wrong, code: "key.file-mode", place: "openpgp.secret"},
	{line: "CLI-50", says: "gateway's private key that all may read", args: "gateway @gateway", lay: mode("gateway/keys/home.key", 0o644), exit: wrong, code: "key.file-mode", place: "home.key"},
	{line: "CLI-52", says: "keys behind a link", args: "inbox @ngo-luz", lay: moved("ngo-luz/keys"), exit: wrong, code: "key.symlink", place: "keys"},
	{line: "CLI-52", says: "key file behind a link", args: "inbox @ngo-luz", lay: moved("ngo-luz/keys/home.key"), exit: wrong, code: "key.symlink", place: "home.key"},
	{line: "CLI-52", says: "lock behind a link", args: "inbox @ngo-luz", lay: link("../draft.json", "ngo-luz/lock"), exit: wrong, code: "key.symlink", place: "lock"},
	{line: "CLI-52", says: "configuration behind a link", args: "inbox @ngo-luz", lay: moved("ngo-luz/connector.yaml"), exit: wrong, code: "file.symlink", place: "connector.yaml"},
	{says: "no home", args: "inbox @nowhere", exit: wrong, code: "state.no-home", place: "--home"},
	{says: "no home here", args: "inbox --passphrase-file pass", exit: wrong, code: "state.no-home", place: "--home"},
	{says: "no home where the environment says", args: "inbox", env: []string{"SCHAKEL_HOME=" + marker}, exit: wrong, code: "state.no-home", place: "--home"},
	{says: "file as a home", args: "inbox @draft.json", exit: wrong, code: "state.no-home", place: "--home"},
	{says: "gateway's home as a partner's", args: "inbox @gateway", exit: wrong, code: "state.no-home", place: "--home"},
	{says: "partner's home as a gateway's", args: "gateway @ngo-luz", exit: wrong, code: "state.no-gateway", place: "--home"},
	{says: "partner's home as a broker's", args: "broker --home ngo-luz", exit: wrong, code: "state.no-gateway", place: "--home"},
	{says: "partner's home to be checked", args: "check --home ngo-luz", exit: wrong, code: "state.no-gateway", place: "--home"},
	{says: "nothing to be checked", args: "check --home nowhere", exit: wrong, code: "state.no-gateway", place: "--home"},
	{says: "gateway whose register is gone", args: "check --home gateway", lay: gone("gateway/register.db"), exit: wrong, code: "state.no-register", place: "register.db"},
	{says: "key file that is damaged", args: "inbox @ngo-luz", lay: file("ngo-luz/keys/home.key", marker, 0o600), exit: wrong, code: "key.file", place: "home.key"},
	{says: "private key that is damaged", args: "inbox @ngo-luz", lay: file("ngo-luz/keys/openpgp.secret", marker, 0o600), exit: wrong, code: "key.file", place: "openpgp"},
	{says: "keys that are gone", args: "inbox @ngo-luz", lay: gone("ngo-luz/keys"), exit: wrong, code: "key.missing", place: "keys"},
	{says: "trust document that is gone", args: "inbox @ngo-luz", lay: gone("ngo-luz/trust.json"), exit: wrong, code: "key.missing", place: "trust.json"},

	// The configuration.
	{line: "CLI-55", says: "unknown setting", args: "inbox @ngo-luz", lay: added("ngo-luz/connector.yaml", marker+": "+marker+"\n"), exit: wrong, code: "config.unknown", place: "connector.yaml:7"},
	{line: "CLI-55", says: "unknown setting of the gateway", args: "gateway @gateway", lay: added("gateway/gateway.yaml", marker+": "+marker+"\n"), exit: wrong, code: "config.unknown", place: "gateway.yaml:8"},
	{line: "CLI-56", says: "same setting twice", args: "inbox @ngo-luz", lay: added("ngo-luz/connector.yaml", "partner: "+marker+"\n"), exit: wrong, code: "config.twice", place: "connector.yaml:7"},
	{line: "CLI-58", says: "connection without TLS", args: "connector @ngo-luz", lay: setting("broker: tls://", "broker: nats://"), exit: wrong, code: "config.plaintext", place: "connector.yaml"},
	{line: "CLI-58", says: "connection by another protocol", args: "inbox @ngo-luz", lay: setting("broker: tls://", "broker: http://"+marker), exit: wrong, code: "config.plaintext"},
	{line: "CLI-58", says: "gateway's broker without TLS", args: "gateway @gateway", lay: replaced("gateway/gateway.yaml", "broker: embedded", "broker: nats://"+marker), exit: wrong, code: "config.plaintext", place: "gateway.yaml"},
	{line: "CLI-58", says: "new gateway with a broker without TLS", args: "init gateway new --passphrase-file pass --broker nats://" + marker, exit: wrong, code: "config.plaintext", place: "--broker"},
	{says: "address without port", args: "connector @ngo-luz", lay: setting("broker: tls://", "broker: tls://"+marker+"/"), exit: wrong, code: "config.value"},
	{says: "partner that is no name", args: "inbox @ngo-luz", lay: setting("partner: ngo-luz", "partner: ../"+marker), exit: wrong, code: "config.value"},
	{says: "mailbox that matches every mailbox", args: "connector @ngo-luz", lay: setting("mailbox: m", "mailbox: '>' # "), exit: wrong, code: "config.value"},
	{says: "language that is none", args: "inbox @ngo-luz", lay: setting("language: en", "language: "+marker), exit: wrong, code: "config.value"},
	{says: "list where a word belongs", args: "inbox @ngo-luz", lay: setting("language: en", "language: ["+marker+"]"), exit: wrong, code: "config.syntax", place: "connector.yaml:6"},
	{says: "anchor that is not there", args: "inbox @ngo-luz", lay: setting("language: en", "language: *"+marker), exit: wrong, code: "config.syntax"},
	{says: "second document", args: "inbox @ngo-luz", lay: added("ngo-luz/connector.yaml", "---\nfolder: "+marker+"\n"), exit: wrong, code: "config.syntax"},
	{says: "zero bytes", args: "inbox @ngo-luz", lay: added("ngo-luz/connector.yaml", "\x00\x00"+marker), exit: wrong, code: "config.syntax"},
	{says: "empty configuration", args: "inbox @ngo-luz", lay: file("ngo-luz/connector.yaml", "", 0o600), exit: wrong, code: "config.plaintext"},
	{says: "endless configuration", args: "inbox @ngo-luz", lay: file("ngo-luz/connector.yaml", strings.Repeat("#"+marker+"\n", 10_000), 0o600), exit: wrong, code: "limit.size", place: "connector.yaml"},
	{says: "configuration that is a directory", args: "inbox @ngo-luz", lay: directory("ngo-luz/connector.yaml"), exit: wrong, code: "file.not-regular", place: "connector.yaml"},
	{says: "configuration that is a pipe", args: "inbox @ngo-luz", lay: fifo("ngo-luz/connector.yaml"), exit: wrong, code: "file.not-regular", place: "connector.yaml"},
	{line: "CLI-59", says: "certificate that is none", args: "connector @ngo-luz", lay: file("ngo-luz/tls.crt", marker, 0o600), exit: fault, code: "net.certificate", place: "tls.crt"},
	{line: "CLI-59", says: "certificate that is gone", args: "connector @ngo-luz", lay: gone("ngo-luz/tls.crt"), exit: fault, code: "net.certificate", place: "tls.crt"},
	{line: "CLI-59", says: "certificate that has expired", args: "connector @ngo-luz", lay: expired("ngo-luz/tls.crt"), exit: fault, code: "net.certificate", place: "tls.crt 2020-01-01/2021-01-01"},
	{line: "CLI-59", says: "authority that is none", args: "connector @ngo-luz", lay: file("ngo-luz/ca.crt", marker, 0o600), exit: fault, code: "net.certificate", place: "ca"},

	// Messages and sources that are not there.
	{line: "CLI-70", says: "export of a message that was never here", args: "export @ngo-luz 01939f2a-0000-7000-8000-000000000001 out", exit: wrong, code: "state.unknown-message"},
	{line: "CLI-70", says: "export of what is no id", args: "export @ngo-luz " + marker + " out", exit: wrong, code: "state.unknown-message"},
	{says: "id that is too short", args: "show @ngo-luz 0", exit: wrong, code: "state.unknown-message"},
	{says: "id that is a path", args: "show @ngo-luz ../../" + marker, exit: wrong, code: "state.unknown-message"},
	{says: "one message of the outbox that is not there", args: "outbox @ngo-luz " + marker, exit: wrong, code: "state.unknown-message"},
	{says: "answer to a message that was never here", args: "reply @ngo-luz 01939f2a draft.json", exit: wrong, code: "state.unknown-message"},
	{says: "approval of a message that was never here", args: "approve @ngo-luz 01939f2a --officer field-1 --officer-passphrase-file pass", exit: wrong, code: "state.not-held"},
	{says: "refusal of a message that was never here", args: "refuse @ngo-luz 01939f2a --reason safety --officer field-1 --officer-passphrase-file pass", exit: wrong, code: "state.not-held"},
	{says: "correction of a message that was never sent", args: "correct @ngo-luz 01939f2a /suspects/0/name " + marker, exit: wrong, code: "state.unknown-message"},
	{says: "source that is not there", args: "source @ngo-luz LUZ-9999", exit: wrong, code: "state.unknown-source"},
	{says: "source that is a path", args: "source @ngo-luz ../keys/" + marker, exit: wrong, code: "state.unknown-source"},

	// Where to write.
	{line: "CLI-43", says: "export through a link", args: "export @ngo-luz 01939f2a link", lay: link("..", "link"), exit: wrong, code: "file.symlink", place: "link"},
	{line: "CLI-43", says: "export through a link to nothing", args: "export @ngo-luz 01939f2a link", lay: link("../new", "link"), exit: wrong, code: "file.symlink", place: "link"},
	{line: "CLI-44", says: "export over a directory", args: "export @ngo-luz 01939f2a ngo-luz", exit: wrong, code: "file.exists", place: "ngo-luz"},
	{line: "CLI-44", says: "export over a file", args: "export @ngo-luz 01939f2a draft.json", exit: wrong, code: "file.exists", place: "draft.json"},
	{line: "CLI-44", says: "gateway over a gateway", args: "init gateway gateway --passphrase-file pass", exit: wrong, code: "file.exists", place: "gateway.yaml"},

	// Exports and checkpoints.
	{says: "no export", args: "verify nowhere", exit: wrong, code: "file.not-found", place: "nowhere"},
	{says: "file as an export", args: "verify draft.json", exit: wrong, code: "file.not-found", place: "draft.json"},
	{says: "empty export", args: "verify out", lay: directory("out"), exit: no, code: "verify.missing", place: "manifest.json"},
	{says: "pipe in an export", args: "verify out", lay: both(directory("out"), fifo("out/manifest.json")), exit: no, code: "verify.extra", place: "manifest.json"},
	{says: "link in an export", args: "verify out", lay: both(directory("out"), link("../pass", "out/manifest.json")), exit: no, code: "verify.extra", place: "manifest.json"},
	{says: "trust document that is not there", args: "verify out --trust nothing", lay: directory("out"), exit: wrong, code: "file.not-found", place: "nothing"},
	{says: "trust document that is a pipe", args: "verify out --trust pipe", lay: both(directory("out"), fifo("pipe")), exit: wrong, code: "file.not-regular", place: "pipe"},
	{says: "checkpoint that is not there", args: "check --home gateway nothing", exit: wrong, code: "file.not-found", place: "nothing"},
	{says: "checkpoint that is none", args: "check --home gateway bad", lay: file("bad", marker, 0o600), exit: no, code: "verify.proof", place: "bad"},
	{says: "checkpoint that is a pipe", args: "check --home gateway pipe", lay: fifo("pipe"), exit: wrong, code: "file.not-regular", place: "pipe"},

	// Making homes.
	{says: "gateway that listens nowhere", args: "init gateway new --passphrase-file pass --listen " + marker, exit: wrong, code: "usage.value", place: "--listen"},
	{says: "gateway that serves nowhere", args: "init gateway new --passphrase-file pass --tiles " + marker, exit: wrong, code: "usage.value", place: "--tiles"},
	{says: "gateway without a name", args: "init gateway new --passphrase-file pass --name", more: []string{marker + " here"}, exit: wrong, code: "usage.value", place: "--name"},
	{says: "partner at no gateway", args: enrol + "--gateway nowhere --id ngo-new --role ngo-dest --country PH", exit: wrong, code: "state.no-gateway", place: "--gateway"},
	{says: "partner whose id is no name", args: enrol + "--gateway gateway --id ../" + marker + " --role ngo-dest --country PH", exit: wrong, code: "usage.value", place: "--id"},
	{says: "partner of no country", args: enrol + "--gateway gateway --id ngo-new --role ngo-dest --country " + marker, exit: wrong, code: "usage.value", place: "--country"},
	{says: "partner of a role that is none", args: enrol + "--gateway gateway --id ngo-new --role ngo-" + strings.ToLower(marker) + " --country PH", exit: wrong, code: "usage.value", place: "--role (ngo-dest, ngo-nl, ngo-eu?)"},
	{says: "partner that would be the gateway", args: enrol + "--gateway gateway --id ngo-new --role gateway --country PH", exit: wrong, code: "usage.value", place: "--role"},
	{says: "partner at a post that is none", args: enrol + "--gateway gateway --id ngo-new --role lo --country NL --post " + marker, exit: wrong, code: "usage.value", place: "--post (manila, bangkok, permanent?)"},
	{says: "partner who accepts what nobody asks", args: enrol + "--gateway gateway --id ngo-new --role lo --country NL --accepts o-" + marker, exit: wrong, code: "usage.value", place: "--accepts"},
	{says: "officer in a function that is none", args: enrol + "--gateway gateway --id ngo-new --role lo --country NL --officer boss=a-" + marker, exit: wrong, code: "usage.value", place: "--officer"},
	{says: "officer whose name is none", args: enrol + "--gateway gateway --id ngo-new --role lo --country NL --officer ../" + marker, exit: wrong, code: "usage.value", place: "--officer"},
	{says: "same officer twice", args: enrol + "--gateway gateway --id ngo-new --role lo --country NL --officer field-1=a-dir", exit: wrong, code: "usage.officer-twice", place: "--officer"},
	{says: "partner whose name is empty", args: "init partner new --gateway-passphrase-file pass --passphrase-file pass --officer field-1 --gateway gateway --id ngo-new --role lo --country NL --name=", exit: wrong, code: "schema.line-break", place: "--name"},
	{says: "document of a kind that is none", args: "init document bad --gateway gateway --passphrase-file pass", lay: file("bad", `{"id":"x","kind":"`+marker+`","issuer":"x","parties":["ngo-luz"],"valid_from":"2026-01-01"}`, 0o600), exit: wrong, code: "schema.enum", place: "/kind"},
	{says: "document of a function that is none", args: "init document bad --gateway gateway --passphrase-file pass", lay: file("bad", `{"id":"x","kind":"approval","function":"`+marker+`","issuer":"x","parties":["ngo-luz"],"valid_from":"2026-01-01"}`, 0o600), exit: wrong, code: "schema.enum", place: "/function (a-210"},
	{says: "document between partners who are not enrolled", args: "init document bad --gateway gateway --passphrase-file pass", lay: file("bad", `{"id":"x","kind":"approval","issuer":"x","parties":["ngo-luz","ngo-`+strings.ToLower(marker)+`"],"valid_from":"2026-01-01"}`, 0o600), exit: wrong, code: "route.recipient", place: "/parties/1"},
	{says: "document that changed without a higher version", args: "init document bad --gateway gateway --passphrase-file pass", lay: file("bad", strings.Replace(documents[0], "counsel", marker, 1), 0o600), exit: wrong, code: "state.document-version", place: "/version"},
	{says: "partner that is enrolled already", args: enrol + "--gateway gateway --id ngo-luz --role ngo-dest --country PH", exit: wrong, code: "state.partner-exists", place: "ngo-luz"},
	{says: "partner in the home of another", args: strings.Replace(enrol, " new ", " ngo-luz ", 1) + "--gateway gateway --id ngo-new --role ngo-dest --country PH", exit: wrong, code: "file.exists", place: "connector.yaml"},
	{says: "partner with a key that is not there", args: enrol + "--gateway gateway --id ngo-new --role ngo-dest --country PH --key nothing", exit: wrong, code: "file.not-found", place: "nothing"},
	{says: "partner with a key that is none", args: enrol + "--gateway gateway --id ngo-new --role ngo-dest --country PH --key bad", lay: file("bad", marker, 0o600), exit: wrong, code: "key.not-openpgp"},
	{says: "document that is not there", args: "init document nothing --gateway gateway --passphrase-file pass", exit: wrong, code: "file.not-found", place: "nothing"},
	{says: "document that is a pipe", args: "init document pipe --gateway gateway --passphrase-file pass", lay: fifo("pipe"), exit: wrong, code: "file.not-regular", place: "pipe"},
	{says: "document that is none", args: "init document bad --gateway gateway --passphrase-file pass", lay: file("bad", marker, 0o600), exit: wrong, code: "parse.not-json"},
	{says: "document with an unknown member", args: "init document bad --gateway gateway --passphrase-file pass", lay: file("bad", `{"id":"x","`+marker+`":1}`, 0o600), exit: wrong, code: "schema.unknown-key"},
	{says: "document without parties", args: "init document bad --gateway gateway --passphrase-file pass", lay: file("bad", `{"id":"x","kind":"approval","issuer":"`+marker+`","valid_from":"2026-01-01"}`, 0o600), exit: wrong, code: "schema.range", place: "/parties"},
}

// enrol begins an enrolment that is complete but for what a row adds.
const enrol = "init partner new --gateway-passphrase-file pass --passphrase-file pass --name New --officer field-1 "

// Every row gives its exit status and code, says nothing again, and changes
// nothing.
func TestBadInputIsRefusedAndChangesNothing(t *testing.T) {
	for _, r := range rows {
		t.Run(strings.TrimSpace(r.line+" "+r.says), func(t *testing.T) {
			t.Parallel()
			names := []string{"ngo-luz"}
			if strings.Contains(r.args, "gateway") {
				names = append(names, "gateway")
			}
			dir := workplace(t, names...)
			if r.lay != nil {
				r.lay(t, dir)
			}
			before := state(t, dir)
			got := run(t, call{args: append(words(r.args), r.more...), dir: dir, env: r.env, stdin: strings.NewReader(r.stdin)})
			refused(t, got, r.exit, r.code, r.place)
			if after := state(t, dir); !slices.Equal(before, after) {
				t.Errorf("changed on disk\nbefore %v\nafter  %v", before, after)
			}
		})
	}
}

// refused checks the exit status, the code and the place of a refusal, and how it
// was told.
func refused(t *testing.T, got answer, exit int, code schemas.Code, place string) {
	t.Helper()
	told(t, got)
	first, _, _ := strings.Cut(got.stderr, "\n")
	if got.exit != exit || !strings.HasSuffix(first, "["+string(code)+"]") || !strings.Contains(first, place) {
		t.Errorf("got exit %d and %q, want exit %d and %q at %q", got.exit, first, exit, code, place)
	}
	if got.stdout != "" {
		t.Errorf("standard output is not empty: %q", got.stdout)
	}
	for line := range strings.Lines(got.stderr) {
		if !strings.HasPrefix(line, "schakel:") && code != "usage.no-command" {
			t.Errorf("stderr has the line %q", line)
		}
	}
}

// told checks how the program speaks: at most two lines that explain, in plain
// words, which say nothing of the input again.
func told(t *testing.T, got answer) {
	t.Helper()
	lines := 0
	for line := range strings.Lines(got.stderr) {
		if strings.HasPrefix(line, "schakel:") {
			lines++
		}
	}
	if lines > 2 {
		t.Errorf("stderr explains in %d lines:\n%s", lines, got.stderr)
	}
	all := strings.ToLower(got.stdout + got.stderr)
	for _, word := range []string{strings.ToLower(marker), "goroutine", "panic", "runtime error", "data race", ".go:", "%!"} {
		if strings.Contains(all, word) {
			t.Errorf("%q is in what was said:\n%s%s", word, got.stdout, got.stderr)
		}
	}
	if strings.ContainsFunc(got.stderr, func(r rune) bool { return r != '\n' && (r < ' ' || r == 0x7F) }) {
		t.Errorf("stderr moves the terminal: %q", got.stderr)
	}
}

// file lays a file.
func file(name, text string, mode os.FileMode) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		path := filepath.Join(dir, name)
		write(t, path, text)
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
}

func mode(name string, mode os.FileMode) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
}

func fifo(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		path := filepath.Join(dir, name)
		os.Remove(path)
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func directory(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		path := filepath.Join(dir, name)
		os.Remove(path)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
	}
}

func gone(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func link(to, name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		path := filepath.Join(dir, name)
		os.Remove(path)
		if err := os.Symlink(to, path); err != nil {
			t.Fatal(err)
		}
	}
}

// moved puts a link to a file or directory in its place.
func moved(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		path := filepath.Join(dir, name)
		if err := os.Rename(path, filepath.Join(dir, "elsewhere")); err != nil {
			t.Fatal(err)
		}
		link(filepath.Join(dir, "elsewhere"), name)(t, dir)
	}
}

func added(name, text string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		path := filepath.Join(dir, name)
		old, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		write(t, path, string(old)+text)
	}
}

func replaced(name, old, new string) func(*testing.T, string) {
	return func(t *testing.T, dir string) { change(t, filepath.Join(dir, name), old, new) }
}

func setting(old, new string) func(*testing.T, string) {
	return replaced("ngo-luz/connector.yaml", old, new)
}

func both(one, other func(*testing.T, string)) func(*testing.T, string) {
	return func(t *testing.T, dir string) { one(t, dir); other(t, dir) }
}

// padded makes a text longer with white space, which JSON does not mind.
func padded(text string, size int) string { return text + strings.Repeat(" ", size-len(text)) }

// catalogue is the list of bad inputs at the command line, in its order, with
// what stands for each: a row above, a draft, or a test by its name.
var catalogue = []struct{ line, says, by string }{
	{"CLI-01", "no command", "rows TestWithoutACommandAllCommandsAreListed"},
	{"CLI-02", "unknown command", "rows"},
	{"CLI-04", "same flag twice", "rows"},
	{"CLI-05", "flag without value", "rows"},
	{"CLI-07", "duration without unit", "rows"},
	{"CLI-08", "two inputs", "rows"},
	{"CLI-10", "file does not exist", "rows"},
	{"CLI-11", "file not readable", "rows TestAFileThatMayNotBeReadIsRefused"},
	{"CLI-13", "only spaces and line ends", "rows"},
	{"CLI-14", "256 KiB and one byte", "rows TestStrangeInputIsAcceptedOnce"},
	{"CLI-16", "named pipe that never ends", "rows TestADraftThatNeverEndsIsGivenUp TestAFifoDoesNotHoldUpTheDoor"},
	{"CLI-17", "device of endless zeros", "rows TestEndlessInputIsCutOff"},
	{"CLI-19", "standard input is a terminal", "TestADraftIsNotReadFromATerminal"},
	{"CLI-20", "binary file as message", "drafts"},
	{"CLI-22", "passphrase in the environment", "rows"},
	{"CLI-23", "passphrase file readable by others", "rows"},
	{"CLI-25", "line ends after a passphrase", "rows TestOneLineEndAfterAPassphraseIsTakenOff"},
	{"CLI-26", "three wrong passphrases", "rows TestAPersonMayTryThreePassphrases"},
	{"CLI-28", "terminal width 0 or 20", "TestHelpFitsAnyTerminal"},
	{"CLI-29", "output to a closed pipe", "TestOutputThatNobodyReads TestOutputThatCannotBeWritten"},
	{"CLI-31", "escape sequences in a title", "drafts"},
	{"CLI-32", "carriage return in a title", "rows drafts"},
	{"CLI-34", "zero-width joiner in a name", "drafts"},
	{"CLI-35", "line break in a field of one line", "drafts"},
	{"CLI-37", "10,000 characters in one word", "drafts"},
	{"CLI-38", "emoji family in a name", "TestStrangeInputIsAcceptedOnce"},
	{"CLI-40", "attachment name with backslash", "later: attachments are off; TestStrangeInputIsAcceptedOnce has such a draft"},
	{"CLI-41", "attachment path is absolute", "later: attachments are off; TestStrangeInputIsAcceptedOnce has such a draft"},
	{"CLI-43", "output through a link", "rows"},
	{"CLI-44", "output exists", "rows"},
	{"CLI-46", "archive with traversal entries", "later: attachments are off; an archive as a draft is CLI-20"},
	{"CLI-47", "file name of 5,000 characters", "rows"},
	{"CLI-49", "home that the group may write to", "rows"},
	{"CLI-50", "private key readable by all", "rows"},
	{"CLI-52", "link in the home", "rows"},
	{"CLI-53", "two connectors on one home", "TestAHomeIsForOneProcess"},
	{"CLI-55", "configuration: unknown key", "rows"},
	{"CLI-56", "configuration: key twice", "rows"},
	{"CLI-58", "configuration: no TLS", "rows"},
	{"CLI-59", "configuration: certificate", "rows"},
	{"CLI-61", "clock two days off", "TestAClockThatIsTwoDaysAheadIsNoticed"},
	{"CLI-62", "outbox is full", "TestAnOutboxThatIsFullTakesNothing"},
	{"CLI-64", "case in state closed", "later: a case has no states yet"},
	{"CLI-65", "recipient unknown, misspelt or own", "drafts"},
	{"CLI-67", "legal basis missing", "TestTheWayOfAMessage"},
	{"CLI-68", "same file twice", "TestTheSameContentIsAskedAbout"},
	{"CLI-70", "export of what never was here", "rows"},
	{"CLI-71", "verify with a part missing", "TestTheWayOfAMessage"},
}

// Every line of the catalogue has something that stands for it, and every row
// and draft a line of the catalogue.
func TestTheCatalogueIsCovered(t *testing.T) {
	lines := map[string]bool{}
	tests := testNames(t)
	for _, c := range catalogue {
		lines[c.line] = true
		if strings.HasPrefix(c.by, "later: ") {
			continue
		}
		for _, by := range strings.Fields(c.by) {
			switch {
			case by == "rows" && !slices.ContainsFunc(rows, func(r row) bool { return r.line == c.line }),
				by == "drafts" && !slices.ContainsFunc(drafts, func(d draft) bool { return d.line == c.line }),
				by != "rows" && by != "drafts" && !slices.Contains(tests, by):
				t.Errorf("%s %s: nothing in %s", c.line, c.says, by)
			}
		}
	}
	for _, r := range rows {
		if r.line != "" && !lines[r.line] {
			t.Errorf("%s %s: not in the catalogue", r.line, r.says)
		}
	}
	for _, d := range drafts {
		if d.line != "" && !lines[d.line] {
			t.Errorf("%s %s: not in the catalogue", d.line, d.says)
		}
	}
}

// testNames lists the tests of the programs and of the partner's side.
func testNames(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, dir := range []string{".", "../../connectors", "../../connectors/line", "../../connectors/folder"} {
		paths, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, declaration := range parsed.Decls {
				if function, ok := declaration.(*ast.FuncDecl); ok {
					names = append(names, function.Name.Name)
				}
			}
		}
	}
	return names
}

func TestWithoutACommandAllCommandsAreListed(t *testing.T) {
	t.Parallel()
	got := run(t, call{})
	for _, name := range []string{"submit", "inbox", "show", "reply", "outbox", "approve", "refuse", "correct", "source", "export", "verify", "connector", "gateway", "broker", "check", "init gateway", "init partner", "init document"} {
		if !strings.Contains(got.stderr, "\n  "+name+" ") {
			t.Errorf("%s is not listed:\n%s", name, got.stderr)
		}
	}
}

// expired lays a certificate that was good for the year 2020.
func expired(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		var out bytes.Buffer
		oldCertificate(t, &out)
		write(t, filepath.Join(dir, name), out.String())
	}
}
