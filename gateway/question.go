package gateway

import (
	"slices"
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
// content that is for one recipient, and that recipient: from the manifest, the
// fields, what the sender states, the directory and the approvals given. Nothing in
// it is guessed and no value of the case is in it. There are no attachments yet, nor
// pictures with counts, and so nothing of them is shown.
func (g *Gateway) question(m *message, t target, approvals []policies.Approved) *asked {
	recipient := t.partner
	a := &asked{Question: &policies.Question{
		Now:             schemas.At(m.now),
		Message:         m.described(),
		Sender:          policies.Party{Org: m.sender.ID, Role: m.sender.Role, Country: m.sender.Country, OfficerID: m.sender.ID + "/" + m.envelope.Officer},
		Recipient:       m.recipient(t),
		Purpose:         m.manifest.Purpose,
		OriginalPurpose: m.envelope.OriginalPurpose,
		Request:         policies.Request{Exists: m.answers(recipient), QuestionRef: m.envelope.Request.Question, UnavoidableStatement: stated(m.envelope.Request.Unavoidable)},
		Approvals:       append([]policies.Approved{}, approvals...),
		Assurances:      []policies.Assurance{},
		Country:         g.Rules().Country(recipient.Country, m.now),
		SubjectFlags:    m.proceedings(),
		DecisionFile:    policies.DecisionFile{Categories: []string{}, Subjects: []string{}, Recipients: []string{}},
		Source:          g.source(m),
		Child:           m.child(),
		Review:          policies.Review{Functions: []string{}},
		Report:          policies.Report{SmallestCell: -1},
		Human:           m.human(),
		Complaint:       m.envelope.Complaint,
	}}
	if cases := m.envelope.Cases; cases != nil {
		a.LocalCase, a.DutchCase = cases.Local, cases.Dutch
	}
	a.Items, a.items = m.items(t.content, g.Directory())
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
		ID: m.manifest.ID, Kind: m.manifest.Kind, Urgency: m.manifest.Urgency, Rubric: m.envelope.Classification, TLP: m.manifest.TLP,
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

// recipient is who would receive. What it has registered itself about a person
// (Bpg 2:12) is not known here: there is no index of such records yet. When there is,
// who only asks beforehand is answered without it (Bpg 2:11).
func (m *message) recipient(t target) policies.Recipient {
	partner := t.partner
	r := policies.Recipient{
		Org: partner.ID, Role: partner.Role, Country: partner.Country, OfficerID: m.named(t), Functions: []string{},
		AcceptedConditions: nonNil(partner.Accepts), MoU: []policies.Document{}, Excluded: []string{},
		Assessment: policies.Assessment{Categories: []string{}, Subjects: []string{}},
	}
	if partner.Country == interpol {
		r.Excluded = nonNil(m.envelope.Excluded)
	}
	for _, officer := range partner.Officers {
		if _, _, active := partner.Officer(officer.ID, m.day()); active {
			r.Functions = append(r.Functions, officer.Functions...)
		}
	}
	slices.Sort(r.Functions)
	r.Functions = slices.Compact(r.Functions)
	return r
}

// interpol is the seat of Interpol, which shows what it gets to the bureaus of all
// countries but those that the sender excludes (RPD 109).
const interpol = "INT"

// named is the one officer for whom values are sealed, or the role that was
// addressed; "" where it is for the partner as a whole.
func (m *message) named(t target) string {
	officers := map[string]bool{}
	for _, leaf := range t.content {
		if strings.HasPrefix(leaf.Sealed, t.partner.ID+"/") {
			officers[leaf.Sealed] = true
		}
	}
	if len(officers) == 1 {
		return sortedKeys(officers)[0]
	}
	if strings.HasPrefix(t.address, "lo:") {
		return t.address
	}
	return ""
}

// proceedings are how earlier ones ended and what else the sender states of them,
// of any person that the message speaks of.
func (m *message) proceedings() policies.SubjectFlags {
	flags := policies.SubjectFlags{Acquitted: m.speaksOf("s-acquitted"), OtherProceedings: []string{}}
	for _, known := range m.envelope.OnFile {
		flags.Dismissed = flags.Dismissed || slices.Contains(known.Ended, "dismissed")
		flags.FinalJudgment = flags.FinalJudgment || slices.Contains(known.Ended, "final-judgment")
		flags.Political = flags.Political || slices.Contains(known.Concerns, "political")
		flags.Persecution = flags.Persecution || slices.Contains(known.Concerns, "persecution")
		flags.OtherProceedings = append(flags.OtherProceedings, known.Elsewhere...)
	}
	slices.Sort(flags.OtherProceedings)
	flags.OtherProceedings = slices.Compact(flags.OtherProceedings)
	return flags
}

// human is who took an adverse step. An officer whom the directory does not know is
// not named.
func (m *message) human() policies.Human {
	said := m.envelope.Human
	if said == nil {
		return policies.Human{}
	}
	human := policies.Human{Step: said.Step, At: said.At, GroundsSeen: said.GroundsSeen}
	org, officer, _ := strings.Cut(said.Officer, "/")
	if partner, ok := m.directory.Partner(org); ok {
		if _, _, active := partner.Officer(officer, m.day()); active {
			human.Officer = said.Officer
		}
	}
	return human
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
		q.Assurances = append(q.Assurances, m.assurance(document))
	case "decision-file":
		decisionFile(q, document, recipient.ID, m.day())
	default:
		q.Documents = append(q.Documents, referred(document))
	}
}

// assurance reads a promise of a state: its scope says what for and how it
// stands, such as "death-penalty given". One that does not say so is pending. Whom
// it names is the sender's word: no document of the directory holds a name.
func (m *message) assurance(document *pki.Document) policies.Assurance {
	kind, state, _ := strings.Cut(document.Scope, " ")
	if state != "given" && state != "refused" || m.day() < document.From {
		state = "pending"
	}
	a := policies.Assurance{
		Type: kind, Country: document.Country, State: state, Doc: document.ID, ValidUntil: document.Until,
		Persons: []string{}, Offences: nonNil(document.Offences), Binding: document.Binding, Validated: nonNil(document.Validated),
	}
	for _, known := range m.envelope.OnFile {
		if slices.Contains(known.Assurances, document.ID) {
			a.Persons = append(a.Persons, reference(known.Person))
		}
	}
	return a
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
