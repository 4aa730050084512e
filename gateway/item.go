package gateway

import (
	"strconv"
	"strings"

	"schakel/pki"
	"schakel/policies"
	"schakel/schemas"
)

// trait is what tells one item from another: leaves that agree in all of it are
// one item.
type trait struct {
	category      string
	person, label int
	may           bool
	sealed        string
}

// items groups the leaves of content. A free text in which several categories
// are declared belongs to several items.
func (m *message) items(content []schemas.Governed, directory *pki.Directory) ([]policies.Item, map[int][]string) {
	items := []policies.Item{}
	pointers := map[int][]string{}
	found := map[trait]int{}
	for _, leaf := range content {
		for _, category := range leaf.Categories {
			s := trait{category, leaf.Person, leaf.Label, m.may(leaf.Leaf.Pointer), leaf.Sealed}
			id, known := found[s]
			if !known {
				id = len(items)
				found[s] = id
				items = append(items, m.item(id, s, directory))
			}
			pointers[id] = append(pointers[id], leaf.Leaf.Pointer)
			items[id].PresumesGuilt = items[id].PresumesGuilt || m.presumesGuilt(leaf)
		}
	}
	return items, pointers
}

func (m *message) item(id int, s trait, directory *pki.Directory) policies.Item {
	item := policies.Item{
		ID: id, DataCategory: s.category, IsMinor: "unknown", HearsayLevel: -1, May: s.may, SealedFor: s.sealed,
		OriginCountry: m.sender.Country, OriginOrg: m.sender.ID, OriginConditions: nonNil(m.manifest.Handling), OffenceFlags: []string{}, SealedFunctions: []string{},
	}
	if persons := schemas.PersonsOf(m.body); s.person >= 0 {
		item.SubjectRef, item.SubjectCategory, item.IsMinor = reference(s.person), persons[s.person].Category, persons[s.person].Minor
		item.FileCategory = m.onFile(s.person)
	}
	if labels := schemas.LabelsOf(m.body); s.label >= 0 {
		label(&item, labels[s.label])
	}
	if s.sealed != "" {
		org, officer, _ := strings.Cut(s.sealed, "/")
		item.SealedOrg = org
		if partner, ok := directory.Partner(org); ok {
			if holder, _, active := partner.Officer(officer, m.day()); active {
				item.SealedFunctions = nonNil(holder.Functions)
			}
		}
	}
	return item
}

// reference is how a question speaks of a person of the body.
func reference(person int) string { return "person-" + strconv.Itoa(person) }

// onFile is what the sender says that a person is in his own file; "" when he does
// not say.
func (m *message) onFile(person int) string {
	for _, known := range m.envelope.OnFile {
		if known.Person == person {
			return known.Category
		}
	}
	return ""
}

// presumesGuilt reports whether a free text calls somebody an offender who was not
// convicted, as far as the message says.
func (m *message) presumesGuilt(leaf schemas.Governed) bool {
	if leaf.Person >= 0 && schemas.PersonsOf(m.body)[leaf.Person].Category == "s-convicted" {
		return false
	}
	field, _ := schemas.FieldOf(m.manifest.Kind, leaf.Leaf.Pointer)
	var text string
	return field.Category == schemas.CategoryDeclared && decode(leaf.Leaf.Value, &text) == nil && schemas.PresumesGuilt(text)
}

// label copies what a label says to an item.
func label(item *policies.Item, l schemas.Label) {
	item.Regime, item.ProcessingArticle, item.NLCode = l.Regime, l.Article, l.Visibility
	item.FactOrOpinion, item.Author, item.CollectedAt, item.RetentionUntil, item.RemovedAt = l.Statement, l.Author, l.Collected, l.Retention, l.Removed
	item.OffenceRef, item.OffenceFlags = l.Offence, nonNil(l.Flags)
	if l.Hearsay != nil {
		item.HearsayLevel = *l.Hearsay
	}
	if l.Grade != nil {
		item.Grade = policies.Grade{
			Source: l.Grade.Source, Info: l.Grade.Information, Scale: l.Grade.Scale, FromSource: l.Grade.FromSource, FromInfo: l.Grade.FromInformation,
		}
	}
	if l.Origin != nil {
		item.OriginCountry, item.OriginOrg, item.OriginConditions = l.Origin.Country, l.Origin.Organisation, nonNil(l.Origin.Conditions)
	}
}
