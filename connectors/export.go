package connectors

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/mod/sumdb/note"

	"schakel/pki"
	"schakel/schemas"
)

// The files of an export. Each is bound to the log: change one bit of one of
// them and [VerifyExport] says which.
const (
	fileManifest    = "manifest.json"    // exactly what was signed
	fileSignature   = "manifest.sig"     // gpg --verify manifest.sig manifest.json
	fileOfficer     = "officer.sig"      // where an act needed a person
	fileDisclosures = "disclosures.txt"  // RFC 9901 disclosures, one a line
	fileMessage     = "message.json"     // the same, for people
	fileSender      = "sender.json"      // signed directory record of the sender
	fileKey         = "sender.asc"       // his certificate, for gpg --import
	fileProof       = "entry.tlog-proof" // c2sp.org/tlog-proof
	fileTrust       = "trust.json"       // whom this instance believes
	fileQuestion    = "question.json"    // of a review: what was asked
	fileHowTo       = "HOW-TO-VERIFY.txt"
)

//go:embed howto.txt
var howTo []byte

// Export returns a message as plain files: one that we sent as far as its home
// still has it (manifest, signature, custody), a received one as it was delivered.
// ID@ENTRY is the copy that was delivered under that entry of the log, also of our
// own message that one of us had to approve. Nothing in them is encrypted any more.
func (c *Connector) Export(id string) (map[string][]byte, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	dirs := []string{outboxDir, sentDir, inboxDir}
	if strings.Contains(id, "@") { // a number of the outbox is no entry
		dirs = []string{inboxDir}
	}
	dir, name, err := c.find(id, dirs...)
	switch {
	case err != nil:
		return nil, err
	case dir == inboxDir:
		return c.exportReceived(name)
	}
	return c.exportSent(dir, name)
}

func (c *Connector) exportReceived(name string) (map[string][]byte, error) {
	var in Incoming
	if err := c.read(inboxDir, name, &in); err != nil {
		return nil, err
	}
	opened, cleared, err := in.verified(c.Home)
	if err != nil {
		return nil, err
	}
	files, err := received(opened, cleared, c.self.ID)
	if err != nil {
		return nil, err
	}
	files[fileTrust] = c.Anchors.Bytes
	return files, nil
}

// received makes the files of a delivery; VerifyExport makes them again to
// compare.
func received(opened *pki.Opened, cleared *Cleared, recipient string) (map[string][]byte, error) {
	v, err := view(opened, cleared)
	if err != nil {
		return nil, err
	}
	message, err := indented(struct {
		Recipient string `json:"recipient"`
		Message   *View  `json:"message"`
	}{recipient, v})
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{
		fileManifest: opened.Manifest, fileSignature: opened.Signature, fileDisclosures: disclosureLines(opened.Container.Disclosures), fileMessage: message,
		fileSender: opened.Record, fileKey: opened.Sender.Armored(), fileProof: opened.Proof, fileHowTo: howTo,
	}
	if opened.Officer != nil {
		files[fileOfficer] = opened.Officer
	}
	if opened.Question != nil {
		files[fileQuestion] = opened.Question
	}
	return files, nil
}

// disclosureLines writes disclosures sorted, so that one set has one text.
func disclosureLines(disclosures []string) []byte {
	sorted := slices.Sorted(slices.Values(disclosures))
	return []byte(strings.Join(sorted, "\n") + "\n")
}

func (c *Connector) exportSent(dir, name string) (map[string][]byte, error) {
	var out Outgoing
	if err := c.read(dir, name, &out); err != nil {
		return nil, err
	}
	if out.Receipt == nil || out.Ask {
		return nil, schemas.Refuse("state.no-custody", "")
	}
	partner, err := c.Anchors.OpenPartner(out.Record)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		fileManifest: out.Manifest, fileSignature: out.Signature, fileSender: out.Record, fileKey: partner.Armored(),
		fileProof: out.Receipt, fileTrust: c.Anchors.Bytes, fileHowTo: howTo,
	}, nil
}

func indented(value any) ([]byte, error) {
	document, err := json.Marshal(value, json.Deterministic(true), jsontext.WithIndent("  "))
	return append(document, '\n'), err
}

// Report is what an export proves.
type Report struct {
	What       string         `json:"what"` // delivery or custody
	Message    string         `json:"message"`
	Kind       schemas.Kind   `json:"kind"`
	From       string         `json:"from"`
	Recipient  string         `json:"recipient,omitempty"`
	Entry      int64          `json:"entry"`
	Event      string         `json:"event"`
	Time       string         `json:"time"`
	Log        string         `json:"log"`
	Checkpoint int64          `json:"checkpoint"` // size of the log under the head that proves it
	Root       string         `json:"root"`
	Disclosed  []string       `json:"disclosed,omitempty"` // pointers
	Withheld   []schemas.Code `json:"withheld,omitempty"`  // codes under which fields were withheld
	Duties     []string       `json:"duties,omitempty"`
	Pinned     bool           `json:"pinned"` // compared with a trust document held beforehand
}

// VerifyExport checks the files of an export without a network. pinned is a trust
// document held beforehand, or nil: then the export's own is used, and the report
// says so. It refuses after any change of any file.
//
// First everything is compared with what the log's entry commits to, so that a
// changed file is named as what it is; then the signatures are verified.
func VerifyExport(files map[string][]byte, pinned []byte) (*Report, error) {
	for _, name := range always {
		if files[name] == nil {
			return nil, schemas.Refuse("verify.missing", name)
		}
	}
	if pinned != nil && !bytes.Equal(pinned, files[fileTrust]) {
		return nil, schemas.Refuse("verify.trust", fileTrust)
	}
	cleared, err := openProof(files)
	if err != nil {
		return nil, err
	}
	opened, recipient, err := readExport(files, cleared)
	if err != nil {
		return nil, err
	}
	if err := genuine(files, opened, cleared); err != nil {
		return nil, err
	}
	return report(opened, cleared, recipient, pinned != nil), nil
}

// always are the files that every export has.
var always = []string{fileManifest, fileSignature, fileSender, fileKey, fileProof, fileTrust, fileHowTo}

// openProof verifies the proof with what the trust document says of the log: its
// key, and its own digest, which the entry names.
func openProof(files map[string][]byte) (*Cleared, error) {
	claimed := &pki.Anchors{Digest: schemas.Digest(files[fileTrust])}
	if schemas.Decode(files[fileTrust], &claimed.Trust) != nil {
		return nil, schemas.Refuse("verify.trust", fileTrust)
	}
	verifier, err := note.NewVerifier(claimed.LogKey)
	if err != nil {
		return nil, schemas.Refuse("verify.trust", fileTrust)
	}
	cleared, err := readProof(files[fileProof], claimed, verifier)
	if err != nil || bytes.Count(cleared.Signed, []byte("\n— ")) != 1 { // no line that nobody checks
		return nil, schemas.Refuse("verify.proof", fileProof)
	}
	return cleared, nil
}

// readExport compares every file with what the entry commits to, or with what is
// made from such a file, and puts the message together. No signature has been
// looked at yet. recipient is "" for a custody receipt.
func readExport(files map[string][]byte, cleared *Cleared) (opened *pki.Opened, recipient string, err error) {
	e := cleared.Entry
	for name, want := range map[string]string{fileManifest: e.Manifest, fileSignature: e.Signature, fileSender: e.Directory} {
		if schemas.Digest(files[name]) != want {
			return nil, "", schemas.Refuse("verify.changed", name)
		}
	}
	if !bytes.Equal(files[fileHowTo], howTo) {
		return nil, "", schemas.Refuse("verify.changed", fileHowTo)
	}
	opened = &pki.Opened{Container: &pki.Container{
		Manifest: files[fileManifest], Signature: files[fileSignature], Officer: files[fileOfficer],
		Record: files[fileSender], Proof: files[fileProof], Question: files[fileQuestion],
	}}
	if opened.Sender, err = pki.ReadPartner(files[fileSender]); err != nil {
		return nil, "", schemas.Refuse("verify.sender", fileSender)
	}
	if opened.Parsed, err = schemas.ParseManifest(files[fileManifest]); err != nil {
		return nil, "", schemas.Refuse("verify.changed", fileManifest)
	}
	if opened.Parsed.Ask { // nobody has it
		return nil, "", schemas.Refuse("verify.changed", fileManifest)
	}
	again := map[string][]byte{fileKey: opened.Sender.Armored()}
	if files[fileDisclosures] != nil {
		if again, recipient, err = readDelivery(files, opened, cleared); err != nil {
			return nil, "", err
		}
	}
	return opened, recipient, onlyThese(files, again)
}

// readDelivery puts the disclosures together, and makes again everything that an
// export makes from them.
func readDelivery(files map[string][]byte, opened *pki.Opened, cleared *Cleared) (again map[string][]byte, recipient string, err error) {
	var message struct {
		Recipient string      `json:"recipient"`
		Message   schemas.Raw `json:"message"`
	}
	if files[fileMessage] == nil {
		return nil, "", schemas.Refuse("verify.missing", fileMessage)
	}
	if decode(files[fileMessage], &message) != nil {
		return nil, "", schemas.Refuse("verify.changed", fileMessage)
	}
	opened.Container.Disclosures = strings.Split(strings.TrimSuffix(string(files[fileDisclosures]), "\n"), "\n")
	if opened.Disclosures, err = pki.MatchDisclosures(opened.Parsed, opened.Container.Disclosures); err != nil {
		return nil, "", schemas.Refuse("verify.changed", fileDisclosures)
	}
	if err := checkDelivery(opened, cleared, message.Recipient); err != nil {
		return nil, "", deliveryRefusal(err)
	}
	if again, err = received(opened, cleared, message.Recipient); err != nil {
		return nil, "", schemas.Refuse("verify.changed", fileDisclosures)
	}
	return again, message.Recipient, nil
}

// genuine verifies the signatures: of the trust officers under the sender's
// record, and of the sender under the manifest.
func genuine(files map[string][]byte, opened *pki.Opened, cleared *Cleared) error {
	anchors, err := pki.OpenTrust(files[fileTrust])
	if err != nil {
		return schemas.Refuse("verify.trust", fileTrust)
	}
	sender, err := anchors.OpenPartner(files[fileSender])
	if err != nil || cleared.Entry.Sender != schemas.Party(cleared.Salt, sender.ID) {
		return schemas.Refuse("verify.sender", fileSender)
	}
	issuer, err := pki.Issuer(files[fileSignature])
	if err != nil {
		return schemas.Refuse("verify.signature", fileSignature)
	}
	if _, err := pki.Verify(sender.Certificate, issuer, pki.ContextManifest, files[fileManifest], files[fileSignature]); err != nil {
		return schemas.Refuse("verify.signature", fileSignature)
	}
	if opened.Parsed.From.Organisation != sender.ID {
		return schemas.Refuse("verify.signature", fileManifest)
	}
	return nil
}

// report says what a verified export proves.
func report(opened *pki.Opened, cleared *Cleared, recipient string, pinned bool) *Report {
	e := cleared.Entry
	r := &Report{
		What: "custody", Message: opened.Parsed.ID, Kind: opened.Parsed.Kind, From: opened.Sender.ID, Recipient: recipient,
		Entry: cleared.Index, Event: e.Event, Time: e.Time, Log: cleared.Checkpoint.Origin, Checkpoint: cleared.Checkpoint.Size,
		Root: cleared.Checkpoint.Root.String(), Withheld: e.Withheld, Duties: e.Obligations, Pinned: pinned,
	}
	if opened.Disclosures != nil {
		r.What = "delivery"
	}
	for _, d := range opened.Disclosures {
		r.Disclosed = append(r.Disclosed, d.Leaf.Pointer)
	}
	slices.SortFunc(r.Disclosed, schemas.ComparePointers)
	return r
}

// deliveryRefusal names the file that a mismatch with the clearance points to.
func deliveryRefusal(err error) error {
	file := fileDisclosures
	switch schemas.Refused(err).Code {
	case "rcp.digest":
		file = fileOfficer
	case "rcp.recipient":
		file = fileMessage
	case "rcp.question":
		file = fileQuestion
	case "rcp.kind", "rcp.outcome":
		file = fileProof
	}
	return schemas.Refuse("verify.changed", file)
}

// onlyThese compares the export with the files that it must consist of.
func onlyThese(files, again map[string][]byte) error {
	known := slices.Clone(always)
	for _, name := range slices.Sorted(maps.Keys(again)) {
		if !bytes.Equal(files[name], again[name]) {
			return schemas.Refuse("verify.changed", name)
		}
		known = append(known, name)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !slices.Contains(known, name) {
			return schemas.Refuse("verify.extra", fmt.Sprintf("%.60q", name))
		}
	}
	return nil
}
