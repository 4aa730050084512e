package oracle

import (
	"slices"
	"strings"

	"schakel/policies"
)

// asking is what the oracle is asked with how its approvals came about.
type asking struct {
	Asked
	own   []string // functions in which the sender approved his own message
	stale []string // functions whose approval has lapsed
}

const day = "2026-11-23"

var partners = map[string]string{"ngo-dest": "PH", "pol-third": "PH", "jud-third": "PH", "ngo-eu": "BE", "pol-eu": "BE", "jud-eu": "BE", "interpol": "INT", "europol": "EUA", "eurojust": "EUA"}

// question writes an asking out for the rules. What is not asked about is shown
// in full: labels, grades, acceptances and the evidence for what is claimed.
func (a *asking) question() *policies.Question {
	home := sendersCountry(a)
	q := &policies.Question{
		Now: day + "T10:00:00Z",
		Message: policies.Message{
			ID: "01939f00-0000-7000-8000-000000000001", Kind: a.Kind, Level: a.Level, Urgency: "normal", Rubric: "none", Handling: []string{"H0"},
			Template: "received", Attachments: []policies.Attachment{},
		},
		Sender:          policies.Party{Org: "from-" + a.Sender, Role: a.Sender, Country: home, OfficerID: "from-" + a.Sender + "/officer-1", Authorisations: []policies.Document{shown("minister-arrangement", a, "")}},
		Recipient:       a.recipient(),
		Purpose:         a.Purpose,
		OriginalPurpose: a.Purpose,
		Bases:           []policies.Claimed{},
		Documents:       standing(a, home),
		Items:           a.items(home),
		Approvals:       a.approvals(),
		Assurances:      a.assurances(),
		Country:         a.country(),
		SubjectFlags:    policies.SubjectFlags{OtherProceedings: []string{}},
		DecisionFile:    policies.DecisionFile{WPG20ID: "besluit-7", ValidFrom: "2026-01-01", ValidUntil: "2026-12-31", Categories: categories, Subjects: persons, Recipients: []string{"to-" + a.Recipient}},
		Source:          policies.Source{Present: true, Country: home, Consent: "shared", Local: "yes", Officials: "no"},
		Child:           policies.Child{Consent: "guardian", BestInterests: "recorded"},
		Review:          policies.Review{Functions: []string{}},
		LocalCase:       "none",
		DutchCase:       "none",
		Human:           policies.Human{Step: "notice", Officer: "from-" + a.Sender + "/officer-3", At: day + "T08:00:00Z", GroundsSeen: true},
		Report:          policies.Report{SmallestCell: 5, Area: "country", Released: true},
		Complaint:       "none",
	}
	for _, id := range a.Claimed {
		q.Bases = append(q.Bases, policies.Claimed{ID: id, Documents: notes(a, id)})
	}
	if a.Danger {
		q.Message.Urgency = "urgent"
		q.Message.Emergency = policies.Emergency{Claimed: true, Facts: "a child with an unknown man in a named hotel since 09:30", Expires: "2026-11-24T10:00:00Z"}
	}
	if a.Answer {
		q.Request = policies.Request{Exists: true, QuestionRef: "PNP-2026-118", UnavoidableStatement: "the answer cannot be given without it"}
		q.Message.InReplyTo = "01939f00-0000-7000-8000-000000000002"
	}
	return q
}

// sendersCountry: a partner abroad who writes to a neighbour writes from the same
// country.
func sendersCountry(a *asking) string {
	switch home := partners[a.Sender]; {
	case home == "":
		return "NL"
	case home == "PH" && partners[a.Recipient] == "PH":
		return a.Country.ID
	default:
		return home
	}
}

func (a *asking) recipient() policies.Recipient {
	return policies.Recipient{
		Org: "to-" + a.Recipient, Role: a.Recipient, Country: a.Country.ID, OfficerID: "", Functions: []string{"a-vid"},
		AcceptedConditions: []string{"o-use", "o-secrecy", "o-noonward", "o-destroy"}, MoU: []policies.Document{},
		Assessment: policies.Assessment{ID: "assessment-1", ValidUntil: "2027-01-31", Categories: categories, Subjects: persons},
		Excluded:   []string{"BD", "CN", "ID", "IN", "LK", "MY", "PK", "SG", "TH", "US", "VN"},
	}
}

func (a *asking) country() policies.Facts {
	f := policies.Facts{ID: a.Country.ID, Class: a.Country.Class, DPStatus: "abolished", CSACapital: "no", Assurance: a.Country.Promise, AssuranceFor: lines(a.Country.For), Approvals: lines(a.Country.Approvals), FactsAsOf: day}
	if a.Country.Promise != "never" {
		f.DPStatus, f.CSACapital, f.Castration = "retentionist", "yes", a.Country.ID == "ID"
		if a.Country.Promise == "offence" {
			f.CSACapital = "some"
		}
	}
	return f
}

func lines(all []string) []string { return append([]string{}, all...) }

// regimes say which law holds for what is processed under an article (law 0.4).
func regime(article string) string {
	switch {
	case strings.HasPrefix(article, "art"), article == "none":
		return "wpg"
	case strings.HasPrefix(article, "wjsg"):
		return "wjsg"
	case article == "uavg-crim":
		return "gdpr"
	}
	return article
}

func (a *asking) items(home string) []policies.Item {
	all := []policies.Item{a.item(home)}
	if a.Also != "" {
		also := a.item(home)
		also.ID, also.DataCategory = 1, a.Also
		all = append(all, also)
	}
	return all
}

func (a *asking) item(home string) policies.Item {
	i := policies.Item{
		DataCategory: a.Data, SubjectRef: "person-1", SubjectCategory: a.Person, IsMinor: "no", Regime: regime(a.Article), ProcessingArticle: a.Article,
		OriginCountry: home, OriginConditions: []string{"H0"}, FactOrOpinion: "fact", HearsayLevel: 0, Grade: policies.Grade{Source: "A", Info: "1", Scale: "4x4"},
		CollectedAt: "2026-11-01", RetentionUntil: "2027-06-01", OffenceRef: "sr-248", OffenceFlags: lines(a.Offence), FileCategory: a.Person,
		Author: "from-" + a.Sender + "/officer-1", SealedFunctions: []string{},
	}
	if home != "NL" || slices.Contains(lists["NGO"], a.Sender) || a.Sender == "forc" {
		i.OriginOrg, i.OriginSide = "from-"+a.Sender, "private"
		if slices.Contains(authorities, a.Sender) {
			i.OriginSide = "foreign"
		}
	}
	if a.Person == "s-victim" || a.Person == "s-potvictim" {
		i.IsMinor = "yes"
	}
	if a.Person == "" {
		i.SubjectRef = ""
	}
	if a.Sealed {
		i.SealedFor, i.SealedOrg, i.SealedFunctions = "to-"+a.Recipient+"/child-1", "to-"+a.Recipient, []string{"a-vid"}
	}
	return i
}

func (a *asking) approvals() []policies.Approved {
	all := []policies.Approved{}
	for _, list := range []struct {
		functions     []string
		person, until string
	}{{a.Approved, "approver/", "2026-12-31"}, {a.own, "", "2026-12-31"}, {a.stale, "approver/", "2026-11-22"}} {
		for _, function := range list.functions {
			person := list.person + function
			if list.person == "" {
				person = "from-" + a.Sender + "/officer-1"
			}
			all = append(all, policies.Approved{Function: function, Person: person, At: "2026-11-22T08:00:00Z", ValidUntil: list.until, Scope: "this message"})
		}
	}
	return all
}

func (a *asking) assurances() []policies.Assurance {
	all := []policies.Assurance{}
	if a.Country.Promised == "" {
		return all
	}
	for _, about := range []string{"death-penalty", "castration"} {
		all = append(all, policies.Assurance{Type: about, Country: a.Country.ID, State: a.Country.Promised, Doc: "note-1", ValidUntil: "2027-06-30",
			Persons: []string{"person-1"}, Offences: append([]string{"sr-248"}, a.Offence...), Binding: true, Validated: []string{"om", "minjv"}})
	}
	return all
}

// evidence is what shows the conditions of a basis (law 1, cond): notes in the
// sender's own file and, behind the stroke, what the trust officers keep. All is
// valid and fits; more than is asked would only cost time.
var evidence = map[string]string{
	"wpg-15a-1":       "eu-instrument refusal-grounds-checked necessity",
	"wpg-15a-europol": "refusal-grounds-checked", "wpg-15a-eurojust": "refusal-grounds-checked",
	"dir-977-5": "refusal-grounds-checked case-reference", "dir-977-7": "necessity threshold",
	"wpg-18-recl": "recipient-task", "wpg-18-nifp": "recipient-task", "wpg-18-dji": "recipient-task", "wpg-18-minjv-mla": "mla-request",
	"wpg-18-vog": "vog-application", "wpg-18-pass": "measure-ground ground-not-24a", "wpg-18-piu": "threshold sv-demand",
	"wpg-18-vict": "best-interests", "wpg-18-nrm": "pseudonymisation recipient-task", "wpg-18-2": "| ministerial-decision",
	"wpg-19": "necessity weighty-interest strict-necessity", "wpg-20-1": "dpia strict-necessity | covenant decision-file", "wpg-20-3": "threshold",
	"wpg-7-1-task": "necessity",
	"wpg-17a-1":    "refusal-grounds-checked", "wpg-17a-2-a": "refusal-grounds-checked | treaty binding-confirmation",
	"wpg-17a-2-b": "refusal-grounds-checked | assessment ap-notice", "wpg-17a-3-a": "necessity", "wpg-17a-3-c": "necessity",
	"wpg-17a-3-d": "refusal-grounds-checked balancing case-reference", "wpg-17a-5": "strict-necessity balancing ineffective-authority purposes-told | undertaking country-sheet",
	"wjsg-39e-1-d": "weighty-interest", "wjsg-39e-1-g": "weighty-interest recipient-task", "wjsg-39f": "weighty-interest necessity statutory-aim",
	"wjsg-39ga-1": "eu-instrument eio-form", "wjsg-39ga-2": "mla-request transfer-ladder balancing", "wjsg-8-9": "| designation", "wjsg-16a": "transfer-ladder balancing necessity",
	"wjsg-51c": "weighty-interest statutory-aim", "wjsg-28": "vog-application",
	"sv-5-1-2-1": "mla-request eio-form", "sv-5-1-2-2": "necessity | standing-instruction", "sv-5-1-7": "refusal-grounds-checked | standing-instruction",
	"sv-5-1-10": "mla-request no-complaint", "sv-5-2-1": "| jit-agreement", "sr-measure": "judicial-decision",
	"pasp-24-a": "judicial-decision threshold measure-ground", "pasp-18": "measure-ground threshold", "sis-36": "necessity",
	"rpd-green": "notice-assessment", "rpd-blue": "notice-assessment case-reference", "rpd-yellow": "notice-assessment case-reference best-interests guardian-consent",
	"rpd-icse": "notice-assessment case-reference", "pnr-8": "human-check threshold sv-demand", "pnr-13": "transfer-ladder balancing | acceptance", "fiu-wwft": "fiu-declaration",
	"gdpr-6-1-f": "lia criminal-data-ground", "gdpr-6-1-d": "consent-impossible criminal-data-ground", "gdpr-49": "transfer-ladder balancing criminal-data-ground | undertaking country-sheet",
	"ngo-local": "local-reporting-check guardian-consent source-consent | country-sheet", "rr-8-1-c": "supervision-order",
	"care-consent": "patient-consent", "care-order": "clinical-title", "care-conflict": "conflict-note", "kmar-gdpr": "alert-hit", "hotline-om": "| covenant",
}

// kept lists the notes for a basis, or the records.
func kept(id string, records bool) []string {
	own, others, _ := strings.Cut(evidence[id], "|")
	if records {
		return strings.Fields(others)
	}
	return strings.Fields(own)
}

func shown(kind string, a *asking, country string) policies.Document {
	return policies.Document{ID: kind + "-1", Kind: kind, Issuer: "from-" + a.Sender, Parties: []string{"from-" + a.Sender, "to-" + a.Recipient}, Purposes: []string{}, Categories: []string{},
		Country: country, Status: "active", ValidFrom: "2026-10-01", ValidUntil: "2026-12-31"}
}

func notes(a *asking, id string) []policies.Document {
	all := []policies.Document{}
	for _, kind := range kept(id, false) {
		all = append(all, shown(kind, a, ""))
	}
	return all
}

func standing(a *asking, home string) []policies.Document {
	all := []policies.Document{shown("acceptance", a, ""), shown("ap-consultation", a, ""), shown("safety-check", a, "")}
	for _, id := range a.Claimed {
		for _, kind := range kept(id, true) {
			country := ""
			if slices.Contains([]string{"country-sheet", "assessment", "treaty", "binding-confirmation"}, kind) { // they are about a country
				country = a.Country.ID
				if a.Country.ID == "NL" {
					country = home
				}
			}
			document := shown(kind, a, country)
			if kind == "jit-agreement" { // it names the aim
				document.Purposes = []string{a.Purpose}
			}
			all = append(all, document)
		}
	}
	if home != "NL" {
		all = append(all, shown("orig-consent", a, home))
	}
	return all
}
