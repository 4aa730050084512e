package connectors

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"schakel/pki"
	"schakel/schemas"
)

// Outgoing is a message in the outbox: what is known of it here. Its content is
// not among that.
type Outgoing struct {
	ID        string            `json:"id"`
	Kind      schemas.Kind      `json:"kind"`
	Ask       bool              `json:"ask,omitempty"` // it is only asked what would become of it
	Sequence  int64             `json:"sequence"`
	Created   string            `json:"created"`
	Thread    string            `json:"thread"`
	To        map[string]string `json:"to"`
	Manifest  []byte            `json:"manifest"`
	Signature []byte            `json:"signature"`
	Content   string            `json:"content"`          // salted digest of the draft, to notice the same one twice
	Record    []byte            `json:"record"`           // our own signed record as it was
	Sealed    []byte            `json:"sealed,omitempty"` // to the gateway; dropped when all is confirmed

	Seen     schemas.Seen `json:"seen"`               // checkpoint that it says we had seen
	Unproven bool         `json:"unproven,omitempty"` // its custody receipt does not show that the log has grown from there

	Receipt     []byte             `json:"receipt,omitempty"`     // custody: proof of the entry
	Consistency []byte             `json:"consistency,omitempty"` // that came with it
	Refusal     schemas.Code       `json:"refusal,omitempty"`
	At          string             `json:"at,omitempty"`
	Results     []schemas.Result   `json:"results,omitempty"`
	Foreseen    []schemas.Foreseen `json:"foreseen,omitempty"`  // instead of results, where it was only asked
	Told        map[string]int64   `json:"told,omitempty"`      // by which entry, of each result
	Confirmed   []Confirmation     `json:"confirmed,omitempty"` // by those that it was let out to
	Failed      []Confirmation     `json:"failed,omitempty"`    // by those who could not open it
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
	case o.Ask:
		return "answered"
	case o.isAt(schemas.StageRefused), o.isAt(schemas.StageRecalled):
		return "recalled"
	case o.isAt(schemas.StageReleased):
		return "emergency"
	case slices.ContainsFunc(o.Results, func(r schemas.Result) bool { return r.Outcome == schemas.Hold }):
		return "held"
	case len(o.Results) > 0 && !slices.ContainsFunc(o.Results, func(r schemas.Result) bool { return r.Outcome != schemas.Deny }):
		return "not-shared"
	case o.isAt(schemas.StageRatified):
		return "ratified"
	case o.complete():
		return "delivered"
	}
	return "custody"
}

// isAt reports whether something of the message left in an emergency and its review
// is at a stage.
func (o *Outgoing) isAt(stage string) bool {
	return slices.ContainsFunc(o.Results, func(r schemas.Result) bool { return r.Afterwards != nil && r.Afterwards.Stage == stage })
}

// complete reports whether nothing more is to be expected: refused, or not
// shared with anybody, or received by all that it went to and, if it left in an
// emergency, reviewed or recalled.
func (o *Outgoing) complete() bool {
	if o.Refusal != "" {
		return true
	}
	if o.Receipt == nil {
		return false
	}
	if o.Ask || schemas.IsAct(o.Kind) {
		return true
	}
	out := 0
	for _, result := range o.Results {
		if result.Outcome == schemas.Hold || !result.Afterwards.Over() {
			return false
		}
		recalled := result.Afterwards != nil && result.Afterwards.Stage == schemas.StageRecalled
		if left(result) && !recalled {
			out += max(1, result.Recipients)
		}
	}
	return len(o.receivers()) >= out
}

func left(result schemas.Result) bool {
	return result.Outcome == schemas.Allow || result.Outcome == schemas.AllowWithObligations
}

// receivers are the partners whose receipts came back.
func (o *Outgoing) receivers() []string {
	var all []string
	for _, c := range o.confirmations() {
		all = append(all, c.Partner)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// confirmations are the receipts of those that the message was let out to. A
// receipt may be here before we know what was decided; an approver's never counts.
func (o *Outgoing) confirmations() []Confirmation {
	return slices.DeleteFunc(slices.Clone(o.Confirmed), func(c Confirmation) bool {
		return !slices.ContainsFunc(o.Results, func(r schemas.Result) bool {
			address := o.To[r.To]
			return left(r) && (address == c.Partner || isRole(address))
		})
	})
}

// isRole reports whether an address stands for whoever it means at the gateway.
func isRole(address string) bool { return strings.Contains(address, ":") }

// addresses reports whether a partner may be one of those that a message of ours
// is for.
func (o *Outgoing) addresses(partner *pki.Partner) bool {
	for _, address := range o.To {
		liaison := strings.HasPrefix(address, "lo:") && strings.HasPrefix(partner.Role, "lo")
		if address == partner.ID || liaison || strings.HasPrefix(address, "recipients-of:") {
			return true
		}
	}
	return false
}

// Incoming is a message in the inbox.
type Incoming struct {
	ID        string  `json:"id"`
	Entry     int64   `json:"entry"` // of its clearance in the log
	Received  string  `json:"received"`
	Container []byte  `json:"container"` // as delivered, verified
	Review    bool    `json:"review,omitempty"`
	About     string  `json:"about,omitempty"`   // message that it recalls or corrects
	Opened    bool    `json:"opened,omitempty"`  // a person has looked
	Receipt   string  `json:"receipt,omitempty"` // id of the receipt we sent
	Acts      []Acted `json:"acts,omitempty"`    // of a review: what our officers did
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
	return h.unseal(dir+"/"+name, sealed, value)
}

// unseal reads what was sealed under a name; store.damaged when it is not that any
// more.
func (h *Home) unseal(name string, sealed []byte, value any) error {
	data, err := h.store.Open(name, sealed)
	if err != nil {
		return err
	}
	if decode(data, value) != nil {
		return schemas.Refuse("store.damaged", name)
	}
	return nil
}

// readState reads a file of the home beside its messages; one that is not there
// leaves the value as it is.
func (h *Home) readState(name string, value any) error {
	sealed, err := os.ReadFile(filepath.Join(h.Dir, name))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read home: %w", err)
	}
	return h.unseal(name, sealed, value)
}

func (h *Home) sealState(name string, value any) []byte {
	return h.store.Seal(name, schemas.Encode(value))
}

// holds reports whether a message file is there, whole or not.
func (h *Home) holds(dir, name string) bool {
	_, err := os.Lstat(filepath.Join(h.Dir, dir, name))
	return err == nil
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

// find returns the file of a message: in the first of the directories that holds
// it, the newest one. What is typed is described at [Match]; @ and a number after
// it asks for the copy under that number, which of a received message is its entry
// in the log.
func (h *Home) find(typed string, dirs ...string) (dir, name string, err error) {
	typed, number, numbered := strings.Cut(typed, "@")
	var ids []string
	files := map[string][2]string{}
	for _, dir := range slices.Backward(dirs) {
		names, _ := h.names(dir)
		for _, name := range names {
			n, id, _ := parseName(name)
			if !numbered || strconv.FormatInt(n, 10) == number {
				ids, files[id] = append(ids, id), [2]string{dir, name}
			}
		}
	}
	id, err := Match(typed, ids)
	if err != nil {
		return "", "", err
	}
	return files[id][0], files[id][1], nil
}

func decode(document []byte, value any) error {
	return json.Unmarshal(document, value, json.RejectUnknownMembers(true))
}

// decodeLoosely reads of a document only the members that are asked for.
func decodeLoosely(document []byte, value any) error { return json.Unmarshal(document, value) }
