package policies

import (
	"testing"

	"schakel/schemas"
)

// Whatever the rules say, the second lock turns these down.
func TestTheSecondLockTurnsDownWhatNoRuleMayLift(t *testing.T) {
	police := Item{DataCategory: "d-ident", ProcessingArticle: "art8", Regime: "wpg"}
	for name, c := range map[string]struct {
		sender, recipient string
		item              Item
		withheld          bool
		bases             []string
		want              string
	}{
		"police data to the police":                           {"lo", "pol-tbkk", police, false, []string{"wpg-15-1"}, schemas.Allow},
		"abuse material":                                      {"ngo-dest", "pol-tbkk", Item{DataCategory: "d-csam"}, false, nil, schemas.Deny},
		"abuse material that was to be left out":              {"ngo-dest", "pol-tbkk", Item{DataCategory: "d-csam"}, true, nil, schemas.Deny},
		"a reporter who was to be left out":                   {"ngo-dest", "pol-tbkk", Item{DataCategory: "d-source"}, true, nil, schemas.Deny},
		"a value sealed for another":                          {"lo", "pol-tbkk", Item{DataCategory: "d-vict-id", SealedFor: "om/ovj", SealedOrg: "om"}, false, nil, schemas.Deny},
		"a value sealed for another that is left out":         {"lo", "pol-tbkk", Item{DataCategory: "d-vict-id", SealedFor: "om/ovj", SealedOrg: "om"}, true, nil, schemas.Allow},
		"police data to an NGO on no basis for that":          {"pol-tbkk", "ngo-dest", police, false, []string{"wpg-18-vict"}, schemas.Deny},
		"police data to an NGO under Wpg 17a(5)":              {"pol-tbkk", "ngo-dest", police, false, []string{"wpg-17a-5"}, schemas.Allow},
		"police data without a regime to an NGO":              {"om", "ngo-nl", Item{DataCategory: "d-ident", ProcessingArticle: "art9"}, false, []string{"wjsg-39f"}, schemas.Deny},
		"what police send to an NGO as somebody else's":       {"lo", "ngo-nl", Item{DataCategory: "d-ident", Regime: "foreign", ProcessingArticle: "foreign"}, false, []string{"ngo-local"}, schemas.Deny},
		"prosecution data to an NGO by the public prosecutor": {"om", "ngo-nl", Item{DataCategory: "d-ident", Regime: "wjsg", ProcessingArticle: "wjsg-strafv"}, false, []string{"wjsg-39f"}, schemas.Allow},
	} {
		t.Run(name, func(t *testing.T) {
			decision := &Decision{Outcome: schemas.Allow, Bases: c.bases}
			if c.withheld {
				decision.Withhold = []Withheld{{Item: c.item.ID, Code: "r-data-category"}}
			}
			q := &Question{Sender: Party{Role: c.sender}, Recipient: Recipient{Org: "to", Role: c.recipient, Country: "NL"}, Items: []Item{c.item}}
			if got := guard(q, decision).Outcome; got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// What belongs to the message as a whole, or to where it goes.
func TestTheSecondLockTurnsDownAMessageThatMayNotBeCarried(t *testing.T) {
	theme := Item{DataCategory: "d-ident", ProcessingArticle: "art10-1-b"}
	for name, c := range map[string]struct {
		message Message
		country string
		item    Item
		want    string
	}{
		"at the ceiling":               {Message{Rubric: "dep-vertrouwelijk"}, "NL", Item{DataCategory: "d-ident"}, schemas.Allow},
		"above the ceiling":            {Message{Rubric: "stg-confidentieel"}, "NL", Item{DataCategory: "d-ident"}, schemas.Deny},
		"with a picture":               {Message{Attachments: []Attachment{{MediaType: "image/png"}}}, "NL", Item{}, schemas.Deny},
		"with a film":                  {Message{Attachments: []Attachment{{MediaType: "Video/MP4"}}}, "NL", Item{}, schemas.Deny},
		"with a file that is known":    {Message{Attachments: []Attachment{{MediaType: "text/plain", Match: true}}}, "NL", Item{}, schemas.Deny},
		"with a text":                  {Message{Attachments: []Attachment{{MediaType: "text/plain"}}}, "NL", Item{}, schemas.Allow},
		"theme data at home":           {Message{}, "NL", theme, schemas.Allow},
		"theme data abroad":            {Message{}, "BE", theme, schemas.Deny},
		"theme data to nowhere known":  {Message{}, "", theme, schemas.Deny},
		"informant data":               {Message{}, "NL", Item{DataCategory: "d-ident", ProcessingArticle: "art12"}, schemas.Deny},
		"removed data":                 {Message{Kind: schemas.KindResponse}, "NL", Item{DataCategory: "d-ident", RemovedAt: "2026-11-01"}, schemas.Deny},
		"a correction of removed data": {Message{Kind: schemas.KindRecall}, "NL", Item{DataCategory: "d-ident", RemovedAt: "2026-11-01"}, schemas.Allow},
	} {
		t.Run(name, func(t *testing.T) {
			q := &Question{Message: c.message, Sender: Party{Role: "pol-lirc"}, Recipient: Recipient{Role: "pol-eu", Country: c.country}, Items: []Item{c.item}}
			if got := guard(q, &Decision{Outcome: schemas.Allow}).Outcome; got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}
