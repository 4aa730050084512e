package gateway

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"schakel/pki"
	"schakel/policies"
	"schakel/schemas"
)

// How the law changes: a rule set is a record like those of the directory. It is
// verified before any rule in it is looked at, tried, entered in the log whole, and
// only then in force. Whatever is wrong with it, the rules in force stay.

// rulesPrefix begins the id of the record of a rule set; its version follows. Each
// version has a record of its own, so that every rule set is kept for ever.
const rulesPrefix = "rules/"

// IsRules reports whether a record of the log is a rule set.
func IsRules(record schemas.Record) bool { return strings.HasPrefix(record.ID, rulesPrefix) }

// Rules returns the rules in force. A decision that was made under others by the
// time of its commit is stale, and made again.
func (g *Gateway) Rules() *policies.Rules { return g.current.Load().rules }

// RulesVersion is the version of the rules in force.
func (g *Gateway) RulesVersion() int64 { return g.current.Load().version }

// OpenRules verifies a signed rule set: two officers at least signed its exact
// bytes, its author first and then others, and it is a rule set in form. What its
// rules say is not looked at. It returns who signed.
func OpenRules(anchors *pki.Anchors, signed []byte) (*policies.Bundle, []string, error) {
	bundle, signers, err := ReadRules(anchors, signed)
	if err == nil && len(signers) < max(anchors.Quorum, 2) {
		err = schemas.Refuse("rules.quorum", "/signatures")
	}
	return bundle, signers, err
}

// ReadRules verifies the signatures that a rule set has, whether or not others must
// still sign it.
func ReadRules(anchors *pki.Anchors, signed []byte) (*policies.Bundle, []string, error) {
	document, signers, err := anchors.OpenRules(signed)
	if err != nil {
		return nil, nil, err
	}
	bundle, err := policies.ReadBundle(document)
	if err != nil {
		return nil, nil, err
	}
	if bundle.Version < 2 || bundle.Author == "" { // the first came with the program
		return nil, nil, schemas.Refuse("rules.version", strconv.FormatInt(bundle.Version, 10))
	}
	return bundle, signers, persons(bundle.Author, signers)
}

// persons holds the signatures to four eyes: who proposes signs first, and nobody
// signs for a second person.
func persons(author string, signers []string) error {
	seen := map[string]bool{}
	for i, officer := range signers {
		at := "/signatures/" + strconv.Itoa(i)
		switch {
		case i == 0 && officer != author:
			return schemas.Refuse("rules.proposer", at)
		case i > 0 && officer == author:
			return schemas.Refuse("rules.author", at)
		case seen[officer]:
			return schemas.Refuse("rules.twice", at)
		}
		seen[officer] = true
	}
	return nil
}

// KeptRules reads a rule set back from its record in the log, with who signed it:
// nobody signed the first, which came with the program.
func KeptRules(anchors *pki.Anchors, record schemas.Record) (*policies.Bundle, []string, error) {
	if record.Version == 1 {
		bundle, err := policies.ReadBundle(record.Signed)
		return bundle, nil, err
	}
	return OpenRules(anchors, record.Signed)
}

// Follows refuses a rule set that was not made from the rules in force: of any
// version but the next, or from others than these.
func Follows(bundle *policies.Bundle, version int64, digest string) error {
	switch {
	case bundle.Version != version+1:
		return schemas.Refuse("rules.version", fmt.Sprintf("%d, %d", bundle.Version, version))
	case bundle.Previous != digest:
		return schemas.Refuse("rules.previous", "")
	case bundle.Digest() == digest:
		return schemas.Refuse("rules.unchanged", "")
	}
	return nil
}

// Begin enters the rules that came with the program, when the log has none yet.
// From then on only a signed rule set changes them.
func (g *Gateway) Begin(ctx context.Context) error {
	if g.Rules() != nil {
		return nil
	}
	bundle, err := policies.BuiltinBundle()
	if err != nil {
		return err
	}
	rules, err := bundle.Load()
	if err != nil {
		return err
	}
	return g.enterRules(ctx, bundle, rules, bundle.Encode())
}

// AdmitRules brings a signed rule set into force: verified, loaded, its casebook
// asked, entered in the log, and only then used. One that is in force already is no
// error.
func (g *Gateway) AdmitRules(ctx context.Context, signed []byte) error {
	bundle, _, err := OpenRules(g.Anchors, signed)
	if err != nil {
		return err
	}
	now := g.current.Load()
	if bundle.Version == now.version && bundle.Digest() == now.rules.Digest {
		return nil
	}
	if err := Follows(bundle, now.version, now.rules.Digest); err != nil {
		return err
	}
	rules, err := bundle.Load()
	if err != nil {
		return err
	}
	if err := bundle.Try(ctx, rules); err != nil {
		return err
	}
	return g.enterRules(ctx, bundle, rules, signed)
}

// enterRules writes a rule set down and puts it into force.
func (g *Gateway) enterRules(ctx context.Context, bundle *policies.Bundle, rules *policies.Rules, signed []byte) error {
	event := g.event(schemas.EventRules, g.Clock())
	event.Entry.Rules = rules.Digest
	event.Record = schemas.Record{ID: rulesPrefix + strconv.FormatInt(bundle.Version, 10), Version: bundle.Version, Signed: signed}
	if _, err := g.Journal.Record(ctx, &schemas.Settlement{Directory: g.Directory().Epoch, Events: []schemas.Event{event}}); err != nil {
		return fmt.Errorf("enter rules %d: %w", bundle.Version, err)
	}
	directory := *g.Directory()
	directory.Epoch++
	g.useRules(&directory, rules, bundle.Version) // from here on they count
	return nil
}

func (g *Gateway) useRules(directory *pki.Directory, rules *policies.Rules, version int64) {
	g.current.Store(&standing{directory, g.current.Load().mailboxes, rules, version})
}

// restoreRules brings the rules back that the log holds last. Rules that this
// program cannot load are a fault: it must not go on without them, nor with others.
func (g *Gateway) restoreRules(records []schemas.Record) error {
	for i := len(records) - 1; i >= 0; i-- {
		if !IsRules(records[i]) {
			continue
		}
		bundle, _, err := KeptRules(g.Anchors, records[i])
		if err != nil {
			return err
		}
		rules, err := bundle.Load()
		if err != nil {
			return err
		}
		g.useRules(g.Directory(), rules, bundle.Version)
		return nil
	}
	return nil
}
