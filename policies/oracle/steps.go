package oracle

import (
	"regexp"
	"slices"
	"strings"
)

// Groups of roles, categories and classes that law 2 and 3 name in words.
var (
	authorities = []string{"pol-third", "pol-eu", "jud-third", "jud-eu", "interpol", "europol", "eurojust"}
	thirdStates = []string{"cc-sa", "cc-ta", "cc-tb", "cc-ts", "cc-tn"}                                // 2.2
	special     = []string{"d-health", "d-psych", "d-sexlife", "d-ethn", "d-relig", "d-biom", "d-dna"} // 2.5: Wpg 5
	coercive    = []string{"d-evid", "d-comm-content", "d-comm-meta"}                                  // 2.5: officer of justice or legal assistance only
	nameless    = []string{"travel-warning", "subject-record", "phenomenon-report", "financial-lead"}  // G02: never a child's name
	identifying = []string{"d-ident", "d-alias", "d-contact", "d-docs", "d-photo", "d-biom"}           // 2.5, d-vict-id: name, address, face
	accused     = []string{"s-suspect", "s-convicted", "s-kst"}                                        // G03
)

func abroad(a *Asked) bool { return a.Country.Class != "cc-nl" }

// home is the class of the country from which a role sends; a partner in a third
// state writes to its own country or to the Netherlands.
func home(a *Asked) string {
	switch a.Sender {
	case "ngo-dest", "pol-third", "jud-third":
		if slices.Contains(thirdStates, a.Country.Class) {
			return a.Country.Class
		}
		return "cc-tn"
	case "ngo-eu", "pol-eu", "jud-eu":
		return "cc-eu"
	case "interpol":
		return "cc-io"
	case "europol", "eurojust":
		return "cc-ea"
	}
	return "cc-nl"
}

// crosses: it goes from one country to another.
func crosses(a *Asked) bool { return home(a) != a.Country.Class }

// leaves: it goes from the Netherlands to another country.
func leaves(a *Asked) bool { return home(a) == "cc-nl" && abroad(a) }

// personal: what is not about a person needs no ground (2.5, d-none; S03, S20).
func personal(a *Asked) bool { return a.Data != "d-none" }

// any tells whether one of the categories asked about is among these.
func (a *Asked) any(categories ...string) bool {
	return slices.Contains(categories, a.Data) || slices.Contains(categories, a.Also)
}

// names tells whether the data tell who a victim is.
func names(a *Asked) bool {
	return a.any("d-vict-id") || slices.Contains([]string{"s-victim", "s-potvictim"}, a.Person) && a.any(identifying...)
}

// prohibitions is step 1.
func prohibitions(a *Asked, w way) []objection {
	var all []objection
	deny := func(when bool, code string) {
		if when {
			all = append(all, objection{code, true})
		}
	}
	deny(a.any("d-csam"), "r-csam")
	deny(a.any("d-source", "d-informant") || a.Article == "art12" || a.Person == "s-reporter", "r-source")                                                                                // G05, lim-12
	deny(a.Article == "art10-1-b" && (leaves(a) || a.Sender == "ngo-eu" && (slices.Contains(thirdStates, a.Country.Class) || a.Country.Class == "cc-io")) && personal(a), "r-10b-abroad") // whose data the Bpg speaks of
	finds := a.Danger && w.claims("wpg-17a-3-a") && (a.Purpose == "p-imminent" || a.Purpose == "p-victim")
	deny(names(a) && (slices.Contains(nameless, a.Kind) || !a.Sealed && !finds), "r-victim-min")
	deny(slices.Contains(lists["POL"], a.Sender) && !slices.Contains([]string{"pol-lirc", "lo", "lo-kmar"}, a.Sender) &&
		slices.Contains(authorities, a.Recipient) && !w.claims("sv-5-2-1", "rpd-icse") && !exempt(a), "r-route")
	return all
}

// claims tells whether the way goes by one of these bases.
func (w way) claims(ids ...string) bool {
	return slices.ContainsFunc(w.bases, func(b *basis) bool { return slices.Contains(ids, b.ID) })
}

var code = regexp.MustCompile(`^r-[a-z-]+`)

// pair is step 2. The note of a closed row may begin with its own reason.
func pair(a *Asked, w way) []objection {
	var all []objection
	switch {
	case w.row == nil:
		all = append(all, objection{"r-role", true})
	case w.row.verdict == "D":
		own := code.FindString(w.row.note)
		if own == "" {
			own = "r-role"
		}
		all = append(all, objection{own, true})
	case a.Kind == "tip-feedback" && personal(a) && len(w.row.grounds) == 0: // F0, and F1 abroad: linkable to a person is the F2 row
		all = append(all, objection{"r-role", true})
	case strings.HasSuffix(w.row.note, "victim protection only") && a.Purpose != "p-victim" && a.Purpose != "p-imminent":
		all = append(all, objection{"r-role", true})
	}
	if a.Sender == "forc" && personal(a) && !exempt(a) && !w.claims("care-consent", "care-order", "care-conflict") { // S40
		all = append(all, objection{"r-medsecrecy", true})
	}
	if a.any(coercive...) && crosses(a) && abroad(a) && !w.claims("sv-5-1-10", "sv-5-2-1") { // S34, S17
		all = append(all, objection{"r-mla-required", true})
	}
	return all
}

// basis is step 3.
func (l *Law) basis(a *Asked, w way) []objection {
	if w.row == nil || w.row.verdict == "D" {
		return nil
	}
	if w.bases == nil {
		return []objection{{"r-no-basis", true}}
	}
	var all []objection
	for _, b := range w.bases {
		if !has(b.By, a.Sender) || !has(b.To, a.Recipient) {
			all = append(all, objection{"r-no-basis", true})
		}
		all = append(all, b.carries(a)...)
	}
	if strings.HasSuffix(w.row.note, "victim protection only") && a.Person == "s-suspect" { // no suspect between NGOs
		all = append(all, objection{"r-subject-category", true})
	}
	if strings.HasPrefix(w.row.note, "d-mot: deny") && a.any("d-mot") { // FIU to FIU
		all = append(all, objection{"r-data-category", true})
	}
	if w.claims("dir-977-5") && !a.Answer { // a request that meets its article 4
		all = append(all, objection{"r-cond-unmet", false})
	}
	if strings.HasPrefix(w.row.note, "only as unavoidable part") && a.any("d-risk") && !a.Answer {
		all = append(all, objection{"r-special-unsolicited", true})
	}
	if strings.HasPrefix(w.row.note, "d-mot only with") && a.any("d-mot") {
		all = append(all, objection{"r-cond-unmet", false})
	}
	if strings.HasPrefix(w.row.note, "imminent danger only") && !a.Danger {
		all = append(all, objection{"r-cond-unmet", false})
	}
	return all
}

// carries asks of a basis what it may be used for.
func (b *basis) carries(a *Asked) []objection {
	var all []objection
	deny := func(when bool, code string) {
		if when {
			all = append(all, objection{code, true})
		}
	}
	deny(!slices.Contains(b.Classes, a.Country.Class), "r-recipient-class")
	deny(!slices.Contains(b.Purposes, a.Purpose), "r-purpose-mismatch")
	deny(!slices.Contains(b.Articles, a.Article) && !slices.Contains(b.Strict, a.Article) || a.Sender == "applicant" && strings.HasPrefix(a.Article, "art"), "r-processing-article") // who applies holds no police data (2.1)
	deny(!b.takes(a, a.Data) || a.Also != "" && !b.takes(a, a.Also), "r-data-category")
	if a.Person == "s-kst" { // 2.6: to be mapped first
		return append(all, objection{"r-subject-category", false})
	}
	evasion := map[string]string{"om": "s-suspect", "minjv": "s-convicted"} // Paspoortwet 18(1), 18(2)
	deny(!b.knows(a.Person) || b.ID == "pasp-18" && slices.Contains(accused, a.Person) && evasion[a.Sender] != a.Person, "r-subject-category")
	return all
}

// receiving is step 4: where law 1.9 has a ground for this pair, it must carry
// too. The law has no reason of its own for that: a condition is not met.
func (l *Law) receiving(a *Asked) []objection {
	for _, b := range l.bases {
		if b.receiving && has(b.By, a.Sender) && has(b.To, a.Recipient) {
			if !b.knows(a.Person) || slices.ContainsFunc(b.carries(a), func(o objection) bool { return o.deny }) {
				return []objection{{"r-cond-unmet", true}}
			}
		}
	}
	return nil
}

// gates is step 5, as far as country, persons and data decide it.
func gates(a *Asked, w way) []objection {
	var all []objection
	if a.any(special...) && leaves(a) && !(a.Answer && slices.Contains(authorities, a.Recipient)) { // G13
		all = append(all, objection{"r-special-unsolicited", true})
	}
	if slices.Contains(special, a.Data) && (a.Also == "" || slices.Contains(special, a.Also)) && !abroad(a) && strings.HasPrefix(a.Article, "art") { // G13, Wpg 5: beside other data only
		all = append(all, objection{"r-data-category", true})
	}
	all = append(all, people(a, w)...)
	if a.any("d-risk") && !ground(a.Data) && !ground(a.Also) { // Wpg 7a, 2.5 d-risk: not the sole ground
		all = append(all, objection{"r-auto-adverse", false})
	}
	if a.any("d-mot") && leaves(a) && a.Sender != "fiu-nl" { // Bpg 2:13(3), 5:1(6): the head of the FIU consents
		all = append(all, objection{"r-h2-onward", false})
	}
	if a.promised() && named(a) { // G03
		switch {
		case a.Country.Promised == "refused":
			all = append(all, objection{"r-deathpen", true})
		case a.Country.Promised != "given": // nobody asked about here is a child beside the suspect
			all = append(all, objection{"r-deathpen", false})
		}
	}
	return all
}

// ground tells whether a step can rest on a category: not on a score, not on what
// Wpg 5 names, and not on what only says who somebody is.
func ground(data string) bool {
	return data != "" && !slices.Contains(special, data) && !slices.Contains([]string{"d-none", "d-risk", "d-ident", "d-alias", "d-contact", "d-docs", "d-photo", "d-minor", "d-vict-id"}, data)
}

// people is what 2.6 says of some categories of person, and 2.5 of the witness.
func people(a *Asked, w way) []objection {
	lifesaving := a.Danger && w.claims("wpg-17a-3-a", "wpg-17a-3-c", "gdpr-6-1-d", "care-conflict")
	contact := a.Person == "s-contact" && leaves(a) && !a.Answer && !lifesaving // abroad only in answer
	witness := (a.Person == "s-witness" || a.any("d-witness")) && !a.Sealed     // S4: a named recipient only, sealed
	if personal(a) && (contact || witness) {
		return []objection{{"r-subject-category", true}}
	}
	return nil
}

// emergency is gate G10: the condition of these bases is the facts of the danger.
func emergency(a *Asked, w way) []objection {
	if w.claims("wpg-17a-3-a", "wpg-17a-3-c", "gdpr-6-1-d", "care-conflict") && !a.Danger {
		return []objection{{"r-emergency-unsubstantiated", false}}
	}
	return nil
}

// promised: an assurance is wanted for this offence (3c.1).
func (a *Asked) promised() bool {
	return a.Country.Promise == "always" || a.Country.Promise == "offence" && slices.ContainsFunc(a.Offence, func(o string) bool { return slices.Contains(a.Country.For, o) })
}

// named: data about a suspect or convict go to a third country (G03).
func named(a *Asked) bool {
	return personal(a) && slices.Contains(accused, a.Person) && slices.Contains(thirdStates, a.Country.Class) && crosses(a)
}

// consents is steps 6 and 7.
func consents(a *Asked, w way, missing []string) []objection {
	var all []objection
	if !exempt(a) && abroad(a) && personal(a) { // lim-10ac
		if a.Article == "art10-1-a" && slices.Contains(missing, "a-ovj") || a.Article == "art10-1-c" && slices.Contains(missing, "a-burg") {
			all = append(all, objection{"r-10ac-consent", false})
		}
	}
	if len(missing) > 0 {
		all = append(all, objection{"r-approval", false})
	}
	return all
}

// missing lists, in order, the functions that must still approve.
func (w way) missing(a *Asked) []string {
	var all []string
	for _, function := range w.needs(a) {
		if !slices.Contains(a.Approved, function) {
			all = append(all, function)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// needs lists the functions that must approve: those of the row, of its bases, of
// the source and of the country.
func (w way) needs(a *Asked) []string {
	if w.row == nil || exempt(a) {
		return nil
	}
	all := w.row.wants(a)
	release := len(all) == 0 || slices.Contains(all, "a-lirc")
	if !personal(a) {
		return all
	}
	for _, b := range w.bases {
		all = append(all, b.auth(a)...)
	}
	if abroad(a) {
		switch a.Article {
		case "art10-1-a":
			all = append(all, "a-ovj")
		case "art10-1-c":
			all = append(all, "a-burg")
		}
	}
	if named(a) {
		all = append(all, a.Country.Approvals...)
	}
	if !release { // whoever decides in the row decides the release as well (4: hold until the a approvals exist)
		all = slices.DeleteFunc(all, func(f string) bool { return f == "a-lirc" })
	}
	return all
}

// wants lists the approvals of the row, as far as its note lets them stand.
func (r *row) wants(a *Asked) []string {
	switch {
	case strings.Contains(r.note, "cc-ta: a-lirc is enough") && a.Country.Class == "cc-ta":
		return []string{"a-lirc"}
	case strings.Contains(r.note, "art8/art13 items: AO") && !strings.HasPrefix(a.Article, "art9") && !strings.HasPrefix(a.Article, "art10"):
		return nil
	}
	return slices.Clone(r.approvals)
}
