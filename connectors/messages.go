package connectors

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"schakel/schemas"
)

// Outgoing is a message in the outbox: what is known of it here. Its content is
// not among that.
type Outgoing struct {
	ID        string            `json:"id"`
	Kind      schemas.Kind      `json:"kind"`
	Sequence  int64             `json:"sequence"`
	Created   string            `json:"created"`
	Thread    string            `json:"thread"`
	To        map[string]string `json:"to"`
	Manifest  []byte            `json:"manifest"`
	Signature []byte            `json:"signature"`
	Content   string            `json:"content"`          // salted digest of the draft, to notice the same one twice
	Record    []byte            `json:"record"`           // our own signed record as it was
	Sealed    []byte            `json:"sealed,omitempty"` // to the gateway; dropped when all is confirmed

	Receipt     []byte           `json:"receipt,omitempty"`     // custody: proof of the entry
	Consistency []byte           `json:"consistency,omitempty"` // that came with it
	Refusal     schemas.Code     `json:"refusal,omitempty"`
	At          string           `json:"at,omitempty"`
	Results     []schemas.Result `json:"results,omitempty"`
	Confirmed   []Confirmation   `json:"confirmed,omitempty"`
}

// Confirmation is a recipient's signed receipt for one of our messages.
type Confirmation struct {
	Partner string `json:"partner"`
	Event   string `json:"event"`
	At      string `json:"at"`
	Message string `json:"message"` // the receipt's own id, in the inbox
}

// State is the word people see.
func (o *Outgoing) State() string {
	switch {
	case o.Refusal != "":
		return "refused"
	case o.Receipt == nil:
		return "accepted"
	case slices.ContainsFunc(o.Results, func(r schemas.Result) bool { return r.Outcome == schemas.Hold }):
		return "held"
	case len(o.Results) > 0 && !slices.ContainsFunc(o.Results, func(r schemas.Result) bool { return r.Outcome != schemas.Deny }):
		return "not-shared"
	case o.complete():
		return "delivered"
	}
	return "custody"
}

// complete reports whether nothing more is to be expected: refused, or not
// shared with anybody, or received by all that it went to.
func (o *Outgoing) complete() bool {
	if o.Refusal != "" {
		return true
	}
	if o.Receipt == nil {
		return false
	}
	if o.Kind == schemas.KindReceipt || o.Kind == schemas.KindRelease || o.Kind == schemas.KindAssessment {
		return true
	}
	left := 0
	for _, result := range o.Results {
		switch result.Outcome {
		case schemas.Hold:
			return false
		case schemas.Allow, schemas.AllowWithObligations:
			left += max(1, result.Recipients)
		}
	}
	return len(o.receivers()) >= left
}

// receivers are the partners whose receipts came back.
func (o *Outgoing) receivers() []string {
	var all []string
	for _, c := range o.Confirmed {
		all = append(all, c.Partner)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Incoming is a message in the inbox.
type Incoming struct {
	ID        string            `json:"id"`
	Entry     int64             `json:"entry"` // of its clearance in the log
	Received  string            `json:"received"`
	Container []byte            `json:"container"` // as delivered, verified
	Review    bool              `json:"review,omitempty"`
	Opened    bool              `json:"opened,omitempty"`    // a person has looked
	Receipt   string            `json:"receipt,omitempty"`   // id of the receipt we sent
	Withdrawn []string          `json:"withdrawn,omitempty"` // pointers recalled by the sender
	Corrected map[string]string `json:"corrected,omitempty"` // pointers corrected, with what now holds
}

// fileName sorts by number; the id makes it unique.
func fileName(number int64, id string) string { return fmt.Sprintf("%012d-%s", number, id) }

// parseName reads the number of a file name; false for a foreign file.
func parseName(name string) (number int64, id string, ok bool) {
	digits, id, found := strings.Cut(name, "-")
	if !found || len(digits) != 12 || !schemas.Matches("uuid7", id) {
		return 0, "", false
	}
	number, err := strconv.ParseInt(digits, 10, 64)
	return number, id, err == nil
}

// save writes one message file under the home's key.
func (h *Home) save(dir, name string, value any) error {
	return writeFile(filepath.Join(h.Dir, dir, name), h.store.Seal(dir+"/"+name, schemas.Encode(value)))
}

// read opens one message file.
func (h *Home) read(dir, name string, value any) error {
	sealed, err := os.ReadFile(filepath.Join(h.Dir, dir, name))
	if err != nil {
		return fmt.Errorf("read home: %w", err)
	}
	data, err := h.store.Open(dir+"/"+name, sealed)
	if err != nil {
		return err
	}
	return decode(data, value)
}

// names lists the message files of a directory in order. Foreign and damaged
// names are left alone and returned apart.
func (h *Home) names(dir string) (names, foreign []string) {
	entries, _ := os.ReadDir(filepath.Join(h.Dir, dir))
	for _, entry := range entries {
		_, _, ok := parseName(entry.Name())
		switch {
		case ok && entry.Type().IsRegular():
			names = append(names, entry.Name())
		case !strings.HasSuffix(entry.Name(), ".tmp"):
			foreign = append(foreign, entry.Name())
		}
	}
	slices.Sort(names)
	return names, foreign
}

// find returns the name of the file of a message in a directory. A prefix of the
// id is enough when it is unique.
func (h *Home) find(dir, id string) (string, bool) {
	var found []string
	names, _ := h.names(dir)
	for _, name := range names {
		if _, full, _ := parseName(name); len(id) >= 8 && strings.HasPrefix(full, id) {
			found = append(found, name)
		}
	}
	if len(found) == 0 {
		return "", false
	}
	return found[len(found)-1], true
}

func decode(document []byte, value any) error {
	return json.Unmarshal(document, value, json.RejectUnknownMembers(true))
}

// decodeLoosely reads of a document only the members that are asked for.
func decodeLoosely(document []byte, value any) error { return json.Unmarshal(document, value) }
