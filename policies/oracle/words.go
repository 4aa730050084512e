package oracle

import "slices"

// What bases.yaml says in words, basis by basis: data, persons and approvals.

// less are the bases whose data are "all- minus".
var less = map[string][]string{
	"dir-977-7":    special,
	"wpg-18-recl":  {"d-vict-id", "d-source"},
	"wpg-18-nifp":  {"d-source"},
	"wpg-18-dji":   {"d-vict-id", "d-source"},
	"wpg-19":       {"d-source", "d-risk", "d-health", "d-psych"},
	"wpg-17a-5":    {"d-risk", "d-health", "d-psych", "d-crim-rec"},
	"wjsg-39e-1-g": {"d-vict-id"},
	"wpg-15-1":     nil, "wpg-15a-1": nil, "wpg-15a-europol": nil, "wpg-15a-eurojust": nil, "dir-977-5": nil, "wpg-16-1-a": nil,
	"wpg-18-minjv-mla": nil, "wpg-18-nrm": nil, "wpg-20-1": nil, "wpg-20-3": nil,
	"wpg-17a-1": nil, "wpg-17a-2-a": nil, "wpg-17a-2-b": nil, "wpg-17a-3-a": nil, "wpg-17a-3-c": nil, "wpg-17a-3-d": nil,
	"wjsg-39e-1-d": nil, "wjsg-39f": {"d-witness"}, "wjsg-39ga-1": nil, "wjsg-39ga-2": nil,
	"sv-5-1-2-1": nil, "sv-5-1-2-2": nil, "sv-5-1-7": nil, "sv-5-1-10": nil, "sv-5-2-1": nil,
	"gdpr-6-1-d": nil, "gdpr-49": nil,
	"rcv-foreign": nil, "rcv-private": nil, "rcv-uavg-33-1-a": nil, "rcv-ngo-dest": nil,
}

// only are the bases whose words are a list.
var only = map[string][]string{
	"wpg-7-1-task":  {"d-ident", "d-location", "d-imgref"},
	"wjsg-51c":      {"d-exec", "d-ident", "d-contact"},
	"wjsg-28":       {"d-ident", "d-contact", "d-docs", "d-crim-rec", "d-susp"},
	"gdpr-6-1-f":    {"d-ident", "d-alias", "d-contact", "d-docs", "d-travel", "d-vehicle", "d-online-id", "d-fin", "d-photo", "d-susp", "d-opin", "d-location", "d-imgref", "d-vict-nonid", "d-minor", "d-vict-id"},
	"ngo-local":     {"d-ident", "d-alias", "d-contact", "d-docs", "d-travel", "d-vehicle", "d-online-id", "d-fin", "d-photo", "d-susp", "d-opin", "d-location", "d-vict-nonid", "d-minor", "d-imgref", "d-vict-id"},
	"sis-36":        {"d-ident", "d-exec"}, // that an alert exists, and on whom
	"care-conflict": {"d-ident", "d-travel", "d-location"},
}

// beyondAnnex is not among the categories of Annex II part B(2) of Regulation
// 2016/794 (Bpg 5:7): scores, what Wpg 5 names, victims, witnesses, content and
// case files.
var beyondAnnex = append([]string{"d-risk", "d-pnr", "d-comm-content", "d-evid", "d-vict-id", "d-vict-nonid", "d-minor", "d-witness"}, "d-health", "d-psych", "d-sexlife", "d-ethn", "d-relig")

// never are in no basis (law 1).
var never = []string{"d-csam", "d-informant"}

// takes tells whether the basis covers this category of data.
func (b *basis) takes(a *Asked, data string) bool {
	switch {
	case slices.Contains(never, data):
		return false
	case b.ID == "wjsg-39f" && data == "d-vict-id": // nothing that leads to another than the person himself (39f(2)(b))
		return a.Person == "s-victim"
	case b.ID == "wpg-15a-europol" && slices.Contains(accused, a.Person): // of suspects, what Annex II part B(2) of the Europol Regulation lists
		return !slices.Contains(beyondAnnex, data)
	case b.ID == "wjsg-28" && slices.Contains(lists["POL"], a.Recipient): // to police, identity and question only (Wjsg 36)
		return slices.Contains([]string{"d-ident", "d-contact", "d-docs"}, data)
	}
	if b.data != nil {
		return slices.Contains(b.data, data)
	}
	if listed, ok := only[b.ID]; ok {
		return slices.Contains(listed, data)
	}
	excepted, ok := less[b.ID]
	return ok && !slices.Contains(excepted, data)
}

// knows tells whether the basis covers this category of person.
func (b *basis) knows(person string) bool {
	if b.persons != nil {
		return slices.Contains(b.persons, person)
	}
	return b.Subjects.Value != "none"
}

// auth lists who must approve for this basis (auth in bases.yaml, codes 1.8).
func (b *basis) auth(a *Asked) []string {
	recorded := slices.Contains([]string{"art9", "art10-1-a", "art10-1-c"}, a.Article) // art 9 or 10
	switch b.ID {
	case "wpg-15-1":
		return when(recorded && a.Kind != "deconfliction-query", "a-210") // whether several look at one person may be asked (Wpg 11, 13(3); S19)
	case "wpg-15a-1", "wpg-15a-europol", "dir-977-5", "dir-977-7", "wpg-17a-1", "wpg-17a-2-a", "wpg-17a-2-b", "wpg-17a-3-c":
		return []string{"a-lirc"}
	case "sv-5-1-7":
		return []string{"a-lirc"}
	case "wpg-17a-3-a":
		return when(a.Sender != "lo", "a-lirc") // the liaison officer alone, ratified afterwards
	case "wpg-17a-3-d":
		if a.Person == "s-suspect" && a.Country.Class == "cc-tn" {
			return []string{"a-ovj"}
		}
		return []string{"a-lirc"}
	case "wpg-15a-eurojust", "wpg-18-minjv-mla", "wpg-18-pass", "wpg-18-dji", "wjsg-39ga-1", "wjsg-39ga-2",
		"sv-5-1-2-1", "sv-5-1-2-2", "sv-5-1-10", "sv-5-2-1", "sr-measure", "rpd-blue", "pnr-13", "sis-36":
		return []string{"a-ovj"}
	case "wpg-18-2", "wjsg-16a", "pasp-24-a":
		return []string{"a-minjv"}
	case "wjsg-28":
		return when(a.Recipient == "applicant", "a-minjv") // the decision, not what is asked before it
	case "wpg-19":
		return append(when(recorded, "a-210"), "a-gezag", "a-ctrl")
	case "wpg-20-1":
		return append(when(recorded, "a-210"), "a-gezag")
	case "wpg-20-3":
		return []string{"a-gezag"}
	case "wpg-7-1-task":
		return []string{"a-210"}
	case "wpg-17a-5":
		return []string{"a-ovj", "a-ctrl"}
	case "wjsg-39e-1-d", "wjsg-39e-1-g", "wjsg-39f":
		return []string{"a-cpg"}
	case "wjsg-51c":
		return []string{map[bool]string{true: "a-minjv", false: "a-cpg"}[a.Sender == "minjv"]}
	case "pasp-18":
		return when(a.Person == "s-suspect", "a-ovj") // Paspoortwet 18(1); whether the officer or the Minister decides otherwise stands in the row
	case "rpd-green":
		return []string{"a-ovj", "a-lirc"}
	case "rpd-yellow":
		return []string{"a-lirc", "a-vid"}
	case "rpd-icse":
		return []string{"a-vid"}
	case "gdpr-6-1-f":
		return when(slices.Contains(a.Claimed, "hotline-om") || slices.Contains(a.Claimed, "wpg-20-1"), "a-dir") // a programme, under a covenant
	case "gdpr-49", "ngo-local", "uavg-32-33":
		return []string{"a-dir"}
	case "rr-8-1-c":
		return when(slices.Contains([]string{"pol-tbkk", "pol-nl", "kmar-op"}, a.Recipient), "a-ovj")
	case "care-consent", "care-order":
		return []string{"a-clin"}
	case "care-conflict":
		return []string{"a-clin", "a-dir"}
	}
	return nil
}

func when(holds bool, functions ...string) []string {
	if holds {
		return functions
	}
	return nil
}
