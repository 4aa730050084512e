package gateway

import (
	"slices"
	"strconv"
	"strings"

	"schakel/pki"
	"schakel/policies"
	"schakel/schemas"
)

// asked is a question with the leaves that each item stands for.
type asked struct {
	*policies.Question
	items map[int][]string // item id → pointers
}

// question builds what the rules are told about a message, the part of its
// content that is for one recipient, and that recipient: from the manifest, the fields, the directory and the approvals given. Nothing
// in it is guessed and no value of the case is in it.
func (g *Gateway) question(m *message, content []schemas.Governed, recipient *pki.Partner, approvals []policies.Approved) *asked {
	a := &asked{Question: &policies.Question{
		Now:             schemas.At(m.now),
		Message:         m.described(),
		Sender:          policies.Party{Org: m.sender.ID, Role: m.sender.Role, Country: m.sender.Country, OfficerID: m.sender.ID + "/" + m.envelope.Officer},
		Recipient:       g.recipient(m, recipient),
		Purpose:         m.manifest.Purpose,
		OriginalPurpose: m.envelope.OriginalPurpose,
		Request:         policies.Request{Exists: m.answers(recipient), QuestionRef: m.envelope.Request.Question, UnavoidableStatement: stated(m.envelope.Request.Unavoidable)},
		Approvals:       append([]policies.Approved{}, approvals...),
		Assurances:      []policies.Assurance{},
		Country:         g.Rules().Country(recipient.Country, m.now),
		SubjectFlags:    policies.SubjectFlags{Acquitted: m.speaksOf("s-acquitted"), OtherProceedings: []string{}},
		DecisionFile:    policies.DecisionFile{Categories: []string{}, Subjects: []string{}, Recipients: []string{}},
		Source:          g.source(m),
		Child:           m.child(),
		Review:          policies.Review{Functions: []string{}},
		Report:          policies.Report{SmallestCell: -1},
	}}
	a.Items, a.items = m.items(content, g.Directory())
	for i := range a.Items {
		a.Items[i].OriginSide = g.side(a.Items[i].OriginOrg)
	}
	g.evidence(a.Question, m, recipient)
	return a
}

// side is that of a partner's role, "" for one that the directory does not know.
func (g *Gateway) side(org string) string {
	partner, ok := g.Directory().Partner(org)
	if !ok {
		return ""
	}
	return g.Rules().Roles[partner.Role].Side
}

func (m *message) described() policies.Message {
	message := policies.Message{
		ID: m.manifest.ID, Kind: m.manifest.Kind, Urgency: m.manifest.Urgency, Rubric: m.envelope.Classification,
		Handling: nonNil(m.manifest.Handling), Attachments: []policies.Attachment{}, Thread: m.envelope.Thread, InReplyTo: m.envelope.ReplyTo, RelayOf: m.envelope.RelayOf,
		Emergency: policies.Emergency{Claimed: m.envelope.Emergency.Claimed, Facts: stated(m.envelope.Emergency.Facts), Expires: m.envelope.Emergency.Expires},
	}
	if feedback, ok := m.body.(*schemas.TipFeedback); ok {
		message.Level, message.Template = feedback.Level, feedback.Status
	}
	return message
}

// stated keeps of a text only that it was written, and which: its digest.
func stated(text string) string {
	if text == "" {
		return ""
	}
	return "sha-256:" + schemas.Digest([]byte(text))
}

func (g *Gateway) recipient(m *message, partner *pki.Partner) policies.Recipient {
	r := policies.Recipient{Org: partner.ID, Role: partner.Role, Country: partner.Country, Functions: []string{}, AcceptedConditions: nonNil(partner.Accepts), MoU: []policies.Document{}, Excluded: []string{}}
	for _, officer := range partner.Officers {
		if _, _, active := partner.Officer(officer.ID, m.day()); active {
			r.Functions = append(r.Functions, officer.Functions...)
		}
	}
	slices.Sort(r.Functions)
	r.Functions = slices.Compact(r.Functions)
	r.Assessment = policies.Assessment{Categories: []string{}, Subjects: []string{}}
	return r
}

func (m *message) speaksOf(category string) bool {
	return slices.ContainsFunc(schemas.PersonsOf(m.body), func(p schemas.Person) bool { return p.Category == category })
}

// source is who told. What follows on a tip is about the same source.
func (g *Gateway) source(m *message) policies.Source {
	if tip, ok := m.body.(*schemas.CaseTip); ok {
		return policies.Source{Present: true, Country: g.told(m), Consent: tip.Source.Consent, Local: tip.Source.Local, Officials: tip.Source.Officials}
	}
	if m.root == nil || m.root.Kind != schemas.KindTip {
		return policies.Source{}
	}
	return policies.Source{Present: true, Country: g.told(m)}
}

// told is the country of the private organisation that began the thread, where
// its reporter is taken to be; "" where somebody else began it, who may have been
// told anywhere.
func (g *Gateway) told(m *message) string {
	first := m.sender
	if m.root != nil {
		org, _, _ := strings.Cut(m.root.Connector, "/")
		first, _ = g.Directory().Partner(org)
	}
	if first == nil || g.Rules().Roles[first.Role].Side != "private" {
		return ""
	}
	return first.Country
}

// child says on whose word a child is referred.
func (m *message) child() policies.Child {
	if referral, ok := m.body.(*schemas.VictimReferral); ok {
		return policies.Child{Consent: referral.Consent, BestInterests: referral.Interests}
	}
	return policies.Child{}
}

// answers reports whether the message answers a question: one that its recipient
// put through Schakel, or one on paper that a document names.
func (m *message) answers(recipient *pki.Partner) bool {
	if m.replied != nil && m.replied.Kind == schemas.KindRequest && strings.HasPrefix(m.replied.Connector, recipient.ID+"/") {
		return true
	}
	return m.envelope.Request.Exists && slices.ContainsFunc(m.envelope.Bases, func(b schemas.Claim) bool {
		return slices.ContainsFunc(b.Documents, func(e schemas.Evidence) bool { return e.Kind == "mla-request" })
	})
}

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
		item.SubjectRef, item.SubjectCategory, item.IsMinor = "person-"+strconv.Itoa(s.person), persons[s.person].Category, persons[s.person].Minor
		if files := m.envelope.Files; s.person < len(files) {
			item.FileCategory = files[s.person]
		}
	}
	if labels := schemas.LabelsOf(m.body); s.label >= 0 {
		label(&item, labels[s.label])
		if labels[s.label].Origin == nil { // who signs answers for what he judges himself
			item.Author = m.sender.ID + "/" + m.envelope.Officer
		}
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

// label copies what a label says to an item.
func label(item *policies.Item, l schemas.Label) {
	item.Regime, item.ProcessingArticle, item.NLCode = l.Regime, l.Article, l.Visibility
	item.FactOrOpinion, item.CollectedAt, item.RetentionUntil, item.RemovedAt = l.Statement, l.Collected, l.Retention, l.Removed
	item.OffenceRef, item.OffenceFlags = l.Offence, nonNil(l.Flags)
	if l.Hearsay != nil {
		item.HearsayLevel = *l.Hearsay
	}
	if l.Grade != nil {
		item.Grade = policies.Grade{Source: l.Grade.Source, Info: l.Grade.Information}
	}
	if l.Origin != nil {
		item.OriginCountry, item.OriginOrg, item.OriginConditions = l.Origin.Country, l.Origin.Organisation, nonNil(l.Origin.Conditions)
	}
}

// evidence adds the documents: those claimed for each basis, and those that
// stand between the parties. Only the directory's word counts for what needs
// two; a note in the sender's own file counts as declared and signed by him.
func (g *Gateway) evidence(q *policies.Question, m *message, recipient *pki.Partner) {
	q.Bases, q.Documents, q.Sender.Authorisations = []policies.Claimed{}, []policies.Document{}, []policies.Document{}
	directory := g.Directory()
	for _, claim := range m.envelope.Bases {
		claimed := policies.Claimed{ID: claim.ID, Documents: []policies.Document{}}
		for _, evidence := range claim.Documents {
			if document, ok := directory.Document(evidence.ID); ok {
				if between(document, m.sender.ID, recipient.ID) {
					claimed.Documents = append(claimed.Documents, referred(document))
				}
			} else if g.Rules().Declared(evidence.Kind) {
				claimed.Documents = append(claimed.Documents, declared(evidence, m.sender.ID))
			}
		}
		q.Bases = append(q.Bases, claimed)
	}
	for _, document := range directory.Documents(m.sender.ID) {
		if between(document, m.sender.ID, recipient.ID) {
			g.standing(q, document, m, recipient)
		}
	}
	for _, document := range directory.Documents(recipient.ID) {
		if len(document.Parties) == 1 && document.Status == "active" {
			q.Documents = append(q.Documents, referred(document))
		}
	}
}

// between reports whether a document is in force between two partners: one of
// the sender alone, or one to which both are party.
func between(document *pki.Document, sender, recipient string) bool {
	return document.Status == "active" && slices.Contains(document.Parties, sender) &&
		(len(document.Parties) == 1 || slices.Contains(document.Parties, recipient))
}

// standing puts a document of the sender where the rules look for it.
func (g *Gateway) standing(q *policies.Question, document *pki.Document, m *message, recipient *pki.Partner) {
	switch document.Kind {
	case "approval":
		q.Approvals = append(q.Approvals, policies.Approved{Function: document.Function, Person: document.Person, At: document.From + "T00:00:00Z", ValidUntil: document.Until, Scope: document.Scope})
	case "minister-arrangement":
		q.Sender.Authorisations = append(q.Sender.Authorisations, referred(document))
	case "mou":
		if document.Country == recipient.Country {
			q.Recipient.MoU = append(q.Recipient.MoU, referred(document))
		}
	case "assessment":
		g.assessment(q, document, recipient, m.day())
	case "assurance":
		q.Assurances = append(q.Assurances, assurance(document, m.day()))
	case "decision-file":
		decisionFile(q, document, recipient.ID, m.day())
	default:
		q.Documents = append(q.Documents, referred(document))
	}
}

// assurance reads a promise of a state: its scope says what for and how it
// stands, such as "death-penalty given". One that does not say so is pending.
func assurance(document *pki.Document, day string) policies.Assurance {
	kind, state, _ := strings.Cut(document.Scope, " ")
	if state != "given" && state != "refused" || day < document.From {
		state = "pending"
	}
	return policies.Assurance{Type: kind, Country: document.Country, State: state, Doc: document.ID, ValidUntil: document.Until, Persons: []string{}, Offences: []string{}, Validated: []string{}}
}

// decisionFile takes of several decisions the one that names the recipient and is
// in force; failing that one that names him and has lapsed.
func decisionFile(q *policies.Question, document *pki.Document, recipient, day string) {
	known := q.DecisionFile
	if known.WPG20ID != "" && (!slices.Contains(document.Parties, recipient) || slices.Contains(known.Recipients, recipient) && known.ValidFrom <= day && (known.ValidUntil == "" || day <= known.ValidUntil)) {
		return
	}
	q.DecisionFile = policies.DecisionFile{
		WPG20ID: document.ID, ValidFrom: document.From, ValidUntil: document.Until,
		Categories: nonNil(document.Categories), Subjects: nonNil(document.Subjects), Recipients: nonNil(document.Parties),
	}
}

// assessment lifts a country to the class of own assessment while it holds
// (Wpg 17a(2)(b)).
func (g *Gateway) assessment(q *policies.Question, document *pki.Document, recipient *pki.Partner, day string) {
	if document.Country != recipient.Country {
		return
	}
	q.Recipient.Assessment = policies.Assessment{ID: document.ID, ValidUntil: document.Until, Categories: nonNil(document.Categories), Subjects: nonNil(document.Subjects)}
	if q.Country.Class == "cc-tn" && document.From <= day && (document.Until == "" || day <= document.Until) {
		q.Country.Class = "cc-ts"
	}
}

func referred(d *pki.Document) policies.Document {
	return policies.Document{
		ID: d.ID, Kind: d.Kind, Issuer: d.Issuer, Parties: nonNil(d.Parties), Purposes: nonNil(d.Purposes), Categories: nonNil(d.Categories),
		Country: d.Country, Status: d.Status, ValidFrom: d.From, ValidUntil: d.Until,
	}
}

// declared is a note in the sender's own file: in force as he says.
func declared(evidence schemas.Evidence, sender string) policies.Document {
	return policies.Document{
		ID: evidence.ID, Kind: evidence.Kind, Issuer: sender, Parties: []string{sender}, Purposes: []string{}, Categories: []string{}, Status: "active",
		ValidFrom: evidence.From, ValidUntil: evidence.Until,
	}
}

func nonNil(l []string) []string {
	if l == nil {
		return []string{}
	}
	return l
}
