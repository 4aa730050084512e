package connectors

import (
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"golang.org/x/text/language"

	"schakel/schemas"
)

// What a partner of a role means when a draft does not say. People correct it in
// the draft; the gateway decides on what the message says, never on this.

// purposes of each kind.
var kindPurpose = map[schemas.Kind]string{
	schemas.KindTip: "p-invest", schemas.KindRequest: "p-invest", schemas.KindResponse: "p-invest", schemas.KindFeedback: "p-feedback",
	schemas.KindReferral: "p-victim", schemas.KindRecall: "p-quality", schemas.KindReceipt: "p-quality",
	schemas.KindRelease: "p-oversight", schemas.KindAssessment: "p-quality",
}

// roleBasis is the basis on which a role usually sends.
var roleBasis = map[string]string{
	"ngo-dest": "ngo-local", "ngo-nl": "gdpr-6-1-f", "ngo-eu": "gdpr-6-1-f", "hotline-nl": "gdpr-6-1-f",
	"rclb": "rr-8-1-c", "pol-third": "rcv-foreign", "pol-eu": "rcv-foreign",
}

// police are the roles between which Wpg 15(1) carries.
var police = []string{"pol-tbkk", "pol-nl", "pol-lirc", "lo", "lo-kmar", "kmar-op"}

// baseless kinds rest on no basis.
var baseless = []schemas.Kind{schemas.KindReceipt, schemas.KindRelease, schemas.KindAssessment, schemas.KindRecall}

// complete fills a draft.
func (c *Connector) complete(d *schemas.Draft) error {
	fill(&d.Purpose, kindPurpose[d.Kind])
	fill(&d.OriginalPurpose, d.Purpose)
	fill(&d.Urgency, "normal")
	fill(&d.Language, c.Config.Language)
	fill(&d.Language, "en")
	if _, err := language.ParseBase(d.Language); err != nil {
		return schemas.Refuse("schema.language", "/language")
	}
	fill(&d.Officer, c.Config.Officer)
	fill(&d.Classification, "none")
	if d.Handling == nil {
		d.Handling = c.usualHandling()
	}
	if err := c.completeAddresses(d); err != nil {
		return err
	}
	if d.Bases == nil && !slices.Contains(baseless, d.Kind) {
		d.Bases = c.usualBases(d)
	}
	if _, _, ok := c.self.Officer(d.Officer, c.today()); !ok {
		return schemas.Refuse("env.officer", "/officer")
	}
	return nil
}

func fill(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

// usualHandling: what an NGO tells is not passed on without its leave until
// police have assessed it (law/README.md 3b.2).
func (c *Connector) usualHandling() []string {
	if slices.Contains(police, c.self.Role) || c.self.Role == "om" {
		return []string{"H0"}
	}
	return []string{"H2"}
}

// completeAddresses fills the addresses that follow from the kind and refuses
// those that the home knows to be wrong.
func (c *Connector) completeAddresses(d *schemas.Draft) error {
	if d.To == nil {
		switch d.Kind {
		case schemas.KindRelease, schemas.KindAssessment:
			d.To = []string{"gateway"}
		case schemas.KindRecall:
			var body schemas.Recall
			if json.Unmarshal(d.Body, &body) == nil && schemas.Matches("uuid7", body.Message) {
				d.To = []string{"recipients-of:" + body.Message}
			}
		}
	}
	if d.To == nil {
		return schemas.Refuse("schema.missing", "/to")
	}
	for i, address := range d.To {
		if err := c.checkAddress(address); err != nil {
			return schemas.Refuse(schemas.Refused(err).Code, "/to/"+strconv.Itoa(i)+near(c.suggest(address)))
		}
	}
	return nil
}

func near(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names, ", ") + "?)"
}

func (c *Connector) checkAddress(address string) error {
	if address == "gateway" || strings.Contains(address, ":") {
		return nil // the gateway resolves it
	}
	if address == c.self.ID {
		return schemas.Refuse("route.own", "")
	}
	_, err := c.Partner(address)
	return err
}

// usualBases is the basis of the role, or Wpg 15(1) and 16(1)(a) between police
// and towards the prosecution service.
func (c *Connector) usualBases(d *schemas.Draft) []schemas.Claim {
	if basis, ok := roleBasis[c.self.Role]; ok {
		return []schemas.Claim{{ID: basis}}
	}
	if !slices.Contains(police, c.self.Role) {
		return []schemas.Claim{}
	}
	claims := []schemas.Claim{}
	claim := func(when bool, basis string) {
		if when && !slices.ContainsFunc(claims, func(known schemas.Claim) bool { return known.ID == basis }) {
			claims = append(claims, schemas.Claim{ID: basis})
		}
	}
	for _, address := range d.To {
		role := c.roleOf(address)
		claim(slices.Contains(police, role), "wpg-15-1")
		claim(role == "om", "wpg-16-1-a")
	}
	return claims
}

// roleOf is the role of whoever an address means; "" when the home does not know.
func (c *Connector) roleOf(address string) string {
	if strings.HasPrefix(address, "lo:") {
		return "lo"
	}
	partner, err := c.Partner(address)
	if err != nil {
		return ""
	}
	return partner.Role
}

// labelled gives a body without labels the label that the role's data have, and
// lets it hold for the whole body.
func (c *Connector) labelled(d *schemas.Draft, document schemas.Raw) (schemas.Raw, error) {
	var members map[string]schemas.Raw
	if err := json.Unmarshal(document, &members); err != nil {
		return nil, schemas.Refuse("schema.type", "")
	}
	if members == nil {
		return nil, schemas.Refuse("schema.type", "")
	}
	if members["labels"] != nil || slices.Contains(baseless, d.Kind) && d.Kind != schemas.KindRecall {
		return document, nil
	}
	members["labels"] = schemas.Encode([]schemas.Label{c.usualLabel()})
	if members["label"] == nil {
		members["label"] = schemas.Raw("0")
	}
	return schemas.Encode(members), nil
}

func (c *Connector) usualLabel() schemas.Label {
	told := 1
	label := schemas.Label{
		Regime: "foreign", Article: "foreign", Statement: "fact", Hearsay: &told,
		Origin:    &schemas.Origin{Country: c.self.Country, Organisation: c.self.ID, Conditions: c.usualHandling()},
		Collected: c.today(),
	}
	switch {
	case slices.Contains(police, c.self.Role):
		label.Regime, label.Article = "wpg", "art8"
	case c.self.Role == "om":
		label.Regime, label.Article = "wjsg", "wjsg-strafv"
	case c.self.Country == "NL":
		label.Regime, label.Article = "uavg", "uavg-crim"
	}
	if c.self.Role == "ngo-dest" || c.self.Role == "ngo-nl" || c.self.Role == "hotline-nl" {
		label.Grade = &schemas.Grade{Source: "X", Information: "4"} // an NGO does not grade itself above X
	}
	return label
}

func itoa(n int) string { return strconv.Itoa(n) }
