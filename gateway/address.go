package gateway

import (
	"context"
	"slices"
	"strings"

	"schakel/pki"
	"schakel/schemas"
)

// resolve says who an address means today.
func (g *Gateway) resolve(ctx context.Context, m *message, key string, effect *effect) ([]target, error) {
	address := m.envelope.To[key]
	if effect.recalled != nil || strings.HasPrefix(address, "recipients-of:") {
		return g.recipientsOf(m, key, effect)
	}
	if effect.only != "" && address != effect.only {
		return nil, schemas.Refuse("route.recipient", "/envelope/to")
	}
	partner, err := g.addressed(m, address)
	if err != nil {
		return nil, err
	}
	return []target{{key, address, partner, m.content}}, nil
}

// addressed finds the one partner that an address names.
func (g *Gateway) addressed(m *message, address string) (*pki.Partner, error) {
	if address == "gateway" {
		return gatewayParty, nil
	}
	if country, ok := strings.CutPrefix(address, "lo:"); ok {
		return g.liaison(m, country)
	}
	partner, ok := m.directory.Partner(address)
	switch {
	case !ok:
		return nil, schemas.Refuse("route.recipient", "/envelope/to")
	case partner.ID == m.sender.ID:
		return nil, schemas.Refuse("route.own", "/envelope/to")
	case partner.Status != "active":
		return nil, schemas.Refuse("route.suspended", "/envelope/to")
	}
	return partner, nil
}

// gatewayParty is Schakel itself as a recipient: of releases and assessments,
// which act here and go no further. As a sender it is [Own].
var gatewayParty = func() *pki.Partner {
	p := &pki.Partner{}
	p.ID, p.Role, p.Country, p.Status = Own.Organisation, "gateway", "NL", "active"
	return p
}()

// liaison finds who answers for a country today: the post that has it as its own
// region, then as its second, then the permanent post (action plan 2.1, 2.2).
func (g *Gateway) liaison(m *message, country string) (*pki.Partner, error) {
	for _, post := range g.Rules().Posts(country, m.now) {
		for _, partner := range m.directory.Partners() {
			if partner.Status == "active" && partner.ID != m.sender.ID && slices.Contains(partner.Posts, post) {
				return partner, nil
			}
		}
	}
	return nil, schemas.Refuse("route.no-liaison", "/envelope/to")
}

// codeHeld tells the sender of a recall that the message still waits for approval,
// and that what he took back is left out when it leaves.
const codeHeld = schemas.Code("ref.held")

// waits reports whether a message that is recalled still waits for approval.
func (e *effect) waits() bool {
	return e.recalled != nil && slices.ContainsFunc(e.recalled.Deliveries, schemas.Delivered.Held)
}

// recipientsOf lists those who received the message that m recalls or corrects,
// each with the corrections of what he received, and nobody else. An approver who
// was shown it has not received it.
func (g *Gateway) recipientsOf(m *message, key string, effect *effect) ([]target, error) {
	address := m.envelope.To[key]
	if effect.recalled == nil || address != "recipients-of:"+effect.recalled.ID {
		return nil, schemas.Refuse("route.recipient", "/envelope/to")
	}
	received := map[string][]string{}
	for _, d := range effect.recalled.Deliveries {
		if d.Left() && !d.Review && d.Recipient != gatewayParty.ID {
			received[d.Recipient] = append(received[d.Recipient], d.Disclosed...)
		}
	}
	var targets []target
	for _, id := range sortedKeys(received) {
		partner, ok := m.directory.Partner(id)
		if content := m.corrections(received[id]); ok && content != nil {
			targets = append(targets, target{key, address, partner, content})
		}
	}
	if targets == nil && effect.waits() {
		return nil, schemas.Refuse(codeHeld, "/envelope/to")
	}
	if targets == nil {
		return nil, schemas.Refuse("ref.nobody", "/envelope/to")
	}
	return targets, nil
}

// corrections is the content of a recall for one recipient: nil when nothing of
// what it corrects reached him.
func (m *message) corrections(received []string) []schemas.Governed {
	recall := m.body.(*schemas.Recall)
	var content []schemas.Governed
	reached := false
	for _, leaf := range m.content {
		rest, isItem := strings.CutPrefix(leaf.Leaf.Pointer, "/items/")
		if !isItem {
			content = append(content, leaf)
			continue
		}
		if n := index(rest); slices.Contains(received, recall.Items[n].Pointer) {
			content, reached = append(content, leaf), true
		}
	}
	if !reached {
		return nil
	}
	return content
}

// index reads the number at the beginning of the rest of a pointer; the pointer
// was checked when the body was parsed.
func index(rest string) int {
	n := 0
	for _, c := range rest {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int(c-'0')
	}
	return n
}
