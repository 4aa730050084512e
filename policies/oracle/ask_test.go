package oracle

import (
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
)

// The words of law 2 that are asked about.
var (
	everyone = strings.Fields(`ngo-dest ngo-nl ngo-eu hotline-nl pol-tbkk pol-nl pol-lirc lo lo-kmar kmar-op kmar-border piu-nl om rclb forc nifp dji minjv justis
		rvig fiu-nl atkm nrm zvh shn bz pol-eu jud-eu pol-third jud-third interpol europol eurojust applicant legal fg ap`)  // 2.1
	purposes = strings.Fields(`p-invest p-prosec p-prevent p-exec p-supervise p-victim p-imminent p-border p-measure p-screen p-deconf p-feedback p-fin p-online
		p-policy p-quality p-oversight`)  // 2.4
	articles   = strings.Fields(`art8 art9 art10-1-a art10-1-b art10-1-c art12 art13-1 art13-2 art13-3 wjsg-strafv wjsg-just wjsg-tenuitv gdpr uavg-crim foreign pnr fiu none`)
	categories = strings.Fields(`d-none d-ident d-alias d-contact d-docs d-travel d-pnr d-location d-vehicle d-comm-meta d-comm-content d-online-id d-fin d-mot
		d-crim-rec d-dismissed d-susp d-exec d-risk d-health d-psych d-sexlife d-ethn d-relig d-biom d-dna d-photo d-imgref d-csam d-vict-nonid d-vict-id
		d-minor d-witness d-source d-informant d-opin d-evid`)  // 2.5
	persons   = strings.Fields(`s-suspect s-convicted s-victim s-potvictim s-witness s-contact s-applicant s-kst`)       // 2.6
	functions = strings.Fields(`a-210 a-ovj a-gezag a-burg a-ctrl a-cpg a-minjv a-lirc a-vid a-legal a-fg a-dir a-clin`) // 1.8
	kinds     = strings.Fields(`case-tip tip-feedback info-request info-response assistance-request assistance-response deconfliction-query deconfliction-answer travel-warning
		travel-plan-notice subject-record risk-assessment measure-notice border-hit victim-referral financial-lead online-lead screening-request screening-response
		phenomenon-report case-registration recall-rectification receipt`)  // 4.1
	levels = []string{"F0", "F1", "F2"} // G06
)

// One country of each class, and of each kind of rights record (2.2, 2.3, 3c.1).
var (
	netherlands = Country{ID: "NL", Class: "cc-nl", Promise: "never"}
	belgium     = Country{ID: "BE", Class: "cc-eu", Promise: "never"}
	interpols   = Country{ID: "INT", Class: "cc-io", Promise: "never"}
	agencies    = Country{ID: "EUA", Class: "cc-ea", Promise: "never"}
	thirds      = []Country{
		{ID: "NO", Class: "cc-sa", Promise: "never"},
		{ID: "GB", Class: "cc-ta", Promise: "never"},
		{ID: "PH", Class: "cc-tb", Promise: "never", Approvals: []string{"a-ovj"}},
		{ID: "PH", Class: "cc-ts", Promise: "never", Approvals: []string{"a-ovj"}},
		{ID: "PH", Class: "cc-tn", Promise: "never", Approvals: []string{"a-ovj"}},
		{ID: "AU", Class: "cc-tn", Promise: "never"},
		{ID: "TH", Class: "cc-tn", Promise: "offence", For: []string{"death", "trafficking", "drugs"}, Approvals: []string{"a-ovj"}},
		{ID: "TH", Class: "cc-tn", Promise: "offence", For: []string{"death", "trafficking", "drugs"}, Approvals: []string{"a-ovj"}, Promised: "given"},
		{ID: "ID", Class: "cc-tn", Promise: "always", Approvals: []string{"a-ovj"}},
		{ID: "ID", Class: "cc-tn", Promise: "always", Approvals: []string{"a-ovj"}, Promised: "given"},
		{ID: "ID", Class: "cc-tn", Promise: "always", Approvals: []string{"a-ovj"}, Promised: "refused"},
		{ID: "US", Class: "cc-tb", Promise: "always", Promised: "given"},
		{ID: "ID", Class: "cc-ts", Promise: "always", Approvals: []string{"a-ovj"}, Promised: "pending"},
	}
)

func countries(recipient string) []Country {
	switch recipient {
	case "pol-third", "jud-third", "ngo-dest":
		return thirds
	case "pol-eu", "jud-eu", "ngo-eu":
		return []Country{belgium}
	case "interpol":
		return []Country{interpols}
	case "europol", "eurojust":
		return []Country{agencies}
	}
	return []Country{netherlands}
}

// opened is a pair for which a row is open, with a claim of its grounds.
type opened struct {
	row       *row
	from, to  string
	country   Country
	claimed   []string
	purposes  []string // for which the claim may be used
	articles  []string // from which it may draw
	data      string   // which it may carry
	persons   []string // whom it may be about
	dangerous bool     // it is for a danger
}

// open lists them, with one country of each class or with every country.
func (l *Law) open(every bool) []opened {
	var all []opened
	for _, kind := range kinds {
		for _, r := range l.rows[kind] {
			if r.verdict == "D" || len(r.senders) == 1 && r.senders[0] == "any" {
				continue
			}
			for _, from := range everyone {
				for _, to := range everyone {
					if !has(r.senders, from) || !has(r.receivers, to) {
						continue
					}
					for _, country := range countries(to) {
						if !every && country.Promise != "never" || !every && country.ID == "AU" {
							continue
						}
						for _, claimed := range r.grounds {
							all = append(all, l.fitting(opened{row: r, from: from, to: to, country: country, claimed: claimed}))
						}
					}
				}
			}
		}
	}
	return all
}

// fitting finds what fits all bases of a claim.
func (l *Law) fitting(o opened) opened {
	o.purposes, o.articles, o.persons = purposes, articles, persons
	fits := categories
	for _, b := range l.all(o.claimed) {
		o.purposes = common(o.purposes, b.Purposes)
		o.articles = common(o.articles, append(slices.Clone(b.Articles), b.Strict...))
		o.persons = common(o.persons, slices.DeleteFunc(slices.Clone(persons), func(p string) bool { return !b.knows(p) }))
		fits = common(fits, slices.DeleteFunc(slices.Clone(categories), func(d string) bool { return !b.takes(&Asked{Recipient: o.to, Person: o.persons[0]}, d) }))
		o.dangerous = o.dangerous || slices.Contains([]string{"wpg-17a-3-a", "wpg-17a-3-c", "gdpr-6-1-d", "care-conflict"}, b.ID)
	}
	for _, preferred := range []string{"d-travel", "d-ident", "d-exec", "d-imgref"} {
		if o.data == "" && slices.Contains(fits, preferred) {
			o.data = preferred
		}
	}
	if o.data == "" {
		o.data = fits[0]
	}
	return o
}

func common(some, others []string) []string {
	both := slices.DeleteFunc(slices.Clone(some), func(s string) bool { return !slices.Contains(others, s) })
	if len(both) == 0 {
		return others[:1]
	}
	return both
}

// asked is a question for the pair that nothing stands in the way of, but for
// what the claim itself lacks.
func (o *opened) asked() Asked {
	return Asked{Sender: o.from, Recipient: o.to, Country: o.country, Kind: o.row.kind, Level: o.row.level, Claimed: o.claimed, Purpose: o.purposes[0],
		Article: o.articles[0], Data: o.data, Person: o.persons[0], Sealed: true, Danger: o.dangerous, Answer: true, Approved: functions}
}

// enumerated goes through the questions. A dimension that is not gone through
// stands where it lets pass.
func (l *Law) enumerated() iter.Seq[asking] {
	return func(yield func(asking) bool) {
		_ = l.pairs(yield) && l.sources(yield) && l.contents(yield) && l.approvals(yield) && l.anything(yield)
	}
}

// pairs: who × to whom × where × which kind, with what the first row for the pair
// wants and with nothing.
func (l *Law) pairs(yield func(asking) bool) bool {
	for _, kind := range kinds {
		for _, level := range append([]string{""}, levels...) {
			if level != "" && kind != "tip-feedback" {
				continue
			}
			for _, from := range everyone {
				for _, to := range everyone {
					for _, country := range countries(to) {
						a := Asked{Sender: from, Recipient: to, Country: country, Kind: kind, Level: level, Purpose: "p-invest", Article: "art8", Data: "d-ident", Person: "s-suspect", Answer: true, Approved: functions}
						claims := [][]string{nil}
						for _, w := range l.ways(&a) {
							if w.row != nil && len(w.row.grounds) > 0 {
								claims = append(claims, w.row.grounds[0])
								break
							}
						}
						for _, claimed := range claims {
							o := l.fitting(opened{claimed: claimed})
							a.Claimed, a.Purpose, a.Article, a.Data, a.Person, a.Danger = claimed, o.purposes[0], o.articles[0], o.data, o.persons[0], o.dangerous
							if kind == "receipt" {
								a.Data, a.Person = "d-none", "" // it holds nothing of the case
							}
							b := a
							b.Data, b.Person, b.Article = "d-none", "", "none"
							if !yield(asking{Asked: a}) || !yield(asking{Asked: b}) {
								return false
							}
							a.Approved = nil
							if !yield(asking{Asked: a}) {
								return false
							}
							a.Approved = functions
						}
					}
				}
			}
		}
	}
	return true
}

// sources: every purpose × every article.
func (l *Law) sources(yield func(asking) bool) bool {
	for _, o := range l.open(false) {
		a := o.asked()
		for _, a.Purpose = range purposes {
			for _, a.Article = range articles {
				if !yield(asking{Asked: a}) {
					return false
				}
			}
		}
	}
	return true
}

// contents: every category of data × every category of person; for suspects and
// victims also beside a name, in the clear and unasked.
func (l *Law) contents(yield func(asking) bool) bool {
	for _, o := range l.open(false) {
		a := o.asked()
		for _, a.Data = range categories {
			people := persons
			if a.Data == "d-none" {
				people = []string{""}
			}
			for _, a.Person = range people {
				if !yield(asking{Asked: a}) {
					return false
				}
				if slices.Contains([]string{"s-convicted", "s-potvictim", "s-witness", "s-contact", "s-applicant", "s-kst"}, a.Person) {
					continue
				}
				b := a
				b.Sealed, b.Answer = false, false
				if a.Data != "d-none" {
					b.Also = "d-ident"
				}
				if !yield(asking{Asked: b}) {
					return false
				}
			}
		}
	}
	return true
}

// states are the ways in which approvals can stand: none, all by the sender
// himself, all lapsed, all, all but one.
func states(a Asked) []asking {
	a.Approved = nil
	all := []asking{{Asked: a}, {Asked: a, own: functions}, {Asked: a, stale: functions}}
	for _, without := range append([]string{""}, functions...) {
		b := a
		b.Approved = slices.DeleteFunc(slices.Clone(functions), func(f string) bool { return f == without })
		all = append(all, asking{Asked: b})
	}
	return all
}

// approvals: every country and rights record × every state of the approvals × every
// article and person that the claim covers, with and without a danger.
func (l *Law) approvals(yield func(asking) bool) bool {
	for _, o := range l.open(true) {
		a := o.asked()
		for _, a.Article = range o.articles {
			for _, a.Person = range common(o.persons, []string{"s-suspect", "s-victim"}) {
				for _, b := range states(a) {
					if !yield(b) {
						return false
					}
				}
			}
		}
	}
	return true
}

// anything draws from the whole cross product, with a fixed seed; half of it for
// pairs that are open.
func (l *Law) anything(yield func(asking) bool) bool {
	random := rand.New(rand.NewPCG(2026, 11))
	open := l.open(true)
	var ids []string
	for id := range l.bases {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	pick := func(list []string) string { return list[random.IntN(len(list))] }
	for i := range 150_000 {
		a := Asked{Sender: pick(everyone), Recipient: pick(everyone), Kind: pick(kinds), Level: pick(append([]string{"", ""}, levels...)), Claimed: []string{pick(ids), pick(ids)}}
		a.Country = countries(a.Recipient)[random.IntN(len(countries(a.Recipient)))]
		o := opened{purposes: purposes, articles: articles, persons: persons}
		if i%2 == 0 {
			o = open[random.IntN(len(open))]
			a = o.asked()
		}
		a.Purpose, a.Article, a.Data, a.Person = pick(purposes), pick(articles), pick(categories), pick(persons)
		if random.IntN(4) > 0 {
			a.Purpose = pick(o.purposes)
		}
		if random.IntN(4) > 0 {
			a.Article = pick(o.articles)
		}
		if random.IntN(2) > 0 {
			a.Person = pick(o.persons)
		}
		if random.IntN(3) == 0 && a.Data != "d-none" {
			a.Also = pick(categories[1:])
		}
		if a.Data == "d-none" || a.Kind == "receipt" {
			a.Data, a.Also, a.Person, a.Article = "d-none", "", "", pick([]string{"none", "art8", "art10-1-a"}) // what wpg-22 may draw from
		}
		if a.Country.Promise == "offence" && random.IntN(2) == 0 {
			a.Offence = []string{"death"}
		}
		a.Sealed, a.Danger, a.Answer = random.IntN(2) == 0, random.IntN(2) == 0, random.IntN(3) > 0
		all := states(a)
		b := all[random.IntN(len(all))]
		if random.IntN(2) == 0 {
			b = asking{Asked: a}
			b.Approved = functions
		}
		if !yield(b) {
			return false
		}
	}
	return true
}
