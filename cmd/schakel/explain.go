package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"schakel/connectors/line"
	"schakel/policies"
	"schakel/schemas"
)

// explainer tells a decision to a person who reads law and no code.
type explainer struct {
	*line.Session
	rules *policies.Rules
}

// explain says what was asked, what was decided, and what each step found.
func (x *explainer) explain(q *policies.Question, e *policies.Explanation) {
	x.asked(q)
	fmt.Fprintf(x.Stdout, "\n%s [%s]\n", x.say("explain.decision", x.say("outcome."+e.Decision.Outcome)), e.Decision.Reasons[0].Code)
	for i, step := range policies.Steps {
		fmt.Fprintf(x.Stdout, "\n%d  %s\n", i+1, x.say("step."+step))
		switch step {
		case "pair":
			x.row(e.Row)
		case "basis":
			x.bases(e.Bases)
			x.documents(q)
		case "consent":
			x.approvals(q.Approvals)
		}
		x.found(step, e)
	}
	fmt.Fprintf(x.Stdout, "\n%d  %s: %s\n", len(policies.Steps)+1, x.say("step.together"), x.say("outcome."+e.Decision.Outcome))
	x.together(q, e.Decision)
	fmt.Fprintf(x.Stdout, "\n%s\n", x.say("decide.rules", e.Decision.Rules))
}

// asked says what was put to the rules.
func (x *explainer) asked(q *policies.Question) {
	var data, persons, sources []string
	for _, item := range q.Items {
		data = addOnce(data, x.title("category", item.DataCategory))
		if item.SubjectCategory != "" {
			persons = addOnce(persons, x.title("subject", item.SubjectCategory))
		}
		if item.ProcessingArticle != "" {
			sources = addOnce(sources, x.say("article."+item.ProcessingArticle))
		}
	}
	x.line(x.say("explain.sender"), x.say("role."+q.Sender.Role), x.country(q.Sender.Country))
	x.line(x.say("explain.recipient"), x.say("role."+q.Recipient.Role), x.country(q.Recipient.Country))
	x.line(x.say("explain.kind"), x.title("kind", q.Message.Kind))
	x.line(x.say("explain.purpose"), x.say("purpose."+q.Purpose))
	x.line(x.say("explain.data"), data...)
	x.line(x.say("explain.persons"), persons...)
	x.line(x.say("explain.sources"), sources...)
	x.line(x.say("explain.day"), q.Now[:min(len(q.Now), len("2006-01-02"))])
}

// line prints a heading with what stands under it, unless nothing does.
func (x *explainer) line(heading string, values ...string) {
	if text := strings.Join(values, "; "); text != "" {
		x.folded(fmt.Sprintf("%-12s", heading), text)
	}
}

// row says what the matrix begins with.
func (x *explainer) row(row *policies.Flow) {
	switch {
	case row == nil:
		x.paragraph(x.say("decide.no-row"))
	case row.Decision == schemas.Hold:
		x.paragraph(x.say("explain.row-hold", x.functions(row.Approvals), row.ID))
	default:
		x.paragraph(x.say("row."+row.Decision, row.ID))
	}
}

func (x *explainer) bases(bases []policies.Basis) {
	for _, basis := range bases {
		x.paragraph(x.say("explain.basis", x.inLanguage(basis.Title), basis.ID, x.sourceOf(&basis), x.marks(basis.Evidence)))
	}
}

// documents names the papers that were shown, each once.
func (x *explainer) documents(q *policies.Question) {
	var papers []string
	show := func(all []policies.Document) {
		for _, document := range all {
			papers = addOnce(papers, fmt.Sprintf("%s (%s)", x.title("document", document.Kind), document.ID))
		}
	}
	for _, claimed := range q.Bases {
		show(claimed.Documents)
	}
	show(q.Documents)
	show(q.Sender.Authorisations)
	show(q.Recipient.MoU)
	if len(papers) > 0 {
		x.paragraph(x.say("explain.documents", strings.Join(papers, "; ")))
	}
}

// approvals says who approved, and when.
func (x *explainer) approvals(given []policies.Approved) {
	for _, approval := range given {
		x.paragraph(x.say("explain.approved", x.say("function."+approval.Function), approval.Person, approval.At))
	}
}

// found says what a step objected to or, where it did not, what it looked at.
func (x *explainer) found(step string, e *policies.Explanation) {
	for _, note := range e.Objections[step] {
		title := strings.TrimSuffix(x.inLanguage(policies.Title{NL: note.NL, EN: note.EN}), ".")
		x.paragraph(x.say("decide."+note.Effect, title, note.Code, x.source(note.Article), x.marks(note.Mark)))
		x.paragraph(x.say("explain.now", x.inLanguage(policies.Title{NL: note.NowNL, EN: note.NowEN})))
	}
	if len(e.Objections[step]) > 0 {
		return
	}
	articles, asked := e.Asked[step]
	if !asked {
		x.paragraph(x.say("unasked." + step))
		return
	}
	x.paragraph(x.say("clear."+step), x.say("explain.held-to", x.source(strings.Join(articles, "; "))))
}

// together says what the decision brings with it.
func (x *explainer) together(q *policies.Question, d *policies.Decision) {
	if len(d.Approvals) > 0 {
		x.paragraph(x.say("decide.approvals", x.functions(d.Approvals)))
	}
	if len(d.Missing) > 0 {
		x.paragraph(x.say("decide.missing", x.unshown(d.Missing)))
	}
	for _, withheld := range d.Withhold {
		if i := slices.IndexFunc(q.Items, func(item policies.Item) bool { return item.ID == withheld.Item }); i >= 0 {
			x.paragraph(x.say("decide.withheld", x.title("category", q.Items[i].DataCategory), withheld.Code))
		}
	}
	if len(d.Obligations) > 0 {
		x.paragraph(x.say("decide.duties"))
	}
	for _, duty := range d.Obligations {
		x.folded("   - ", x.say("obligation."+duty)+" ["+duty+"]")
	}
	if d.Retention != "" {
		x.paragraph(x.say("decide.retention", d.Retention))
	}
}

// sourceOf is where a basis stands, in the language of the reader.
func (x *explainer) sourceOf(basis *policies.Basis) string {
	return x.inLanguage(policies.Title{NL: cmp.Or(basis.SourceNL, basis.Source), EN: basis.Source})
}

// source is an article with the gates in the language of the reader.
func (x *explainer) source(articles string) string {
	return strings.NewReplacer("poorten", x.say("explain.gates"), "poort", x.say("explain.gate")).Replace(articles)
}

// marks says how well a source was checked: the first mark of the whole, the
// others of a part.
func (x *explainer) marks(evidence string) string {
	var said []string
	for _, word := range strings.FieldsFunc(evidence, func(c rune) bool { return !unicode.IsLetter(c) }) {
		if !slices.Contains([]string{"V", "Vs", "K", "D"}, word) {
			continue
		}
		mark := x.say("mark." + word)
		if len(said) > 0 {
			mark = x.say("explain.partly", mark)
		}
		said = addOnce(said, mark)
	}
	return strings.Join(said, "; ")
}

func (x *explainer) functions(codes []string) string {
	var names []string
	for _, code := range codes {
		names = append(names, x.say("function."+code))
	}
	return strings.Join(names, ", ")
}

// unshown names the evidence that a decision waits for.
func (x *explainer) unshown(missing []schemas.Unshown) string {
	var names []string
	for _, one := range missing {
		if one.Document != "" {
			names = append(names, x.title("document", one.Document))
		} else {
			names = append(names, x.say("attribute."+one.Attribute))
		}
	}
	return strings.Join(names, "; ")
}

func (x *explainer) country(id string) string { return x.inLanguage(x.rules.Title("country", id)) }

func (x *explainer) title(list, id string) string {
	return lower(x.inLanguage(x.rules.Title(list, id)))
}

func (x *explainer) inLanguage(title policies.Title) string {
	if x.Language() == "nl" {
		return title.NL
	}
	return title.EN
}

func (x *explainer) say(key string, arguments ...any) string {
	return schemas.Say(x.Language(), key, arguments...)
}

// paragraph prints sentences under a step.
func (x *explainer) paragraph(sentences ...string) { x.folded("   ", strings.Join(sentences, " ")) }

// folded prints text behind a heading, in lines of at most 80 characters.
func (x *explainer) folded(heading, text string) {
	indent := strings.Repeat(" ", len([]rune(heading)))
	row, empty := heading, true
	for _, word := range strings.Fields(text) {
		if !empty && len([]rune(row))+1+len([]rune(word)) > 80 {
			fmt.Fprintln(x.Stdout, row)
			row, empty = indent, true
		}
		if !empty {
			row += " "
		}
		row, empty = row+word, false
	}
	fmt.Fprintln(x.Stdout, row)
}

// lower begins a title in the middle of a sentence; a name or an abbreviation
// keeps its capital.
func lower(title string) string {
	runes := []rune(title)
	if len(runes) > 1 && unicode.IsLower(runes[1]) {
		runes[0] = unicode.ToLower(runes[0])
	}
	return string(runes)
}

func addOnce(list []string, word string) []string {
	if slices.Contains(list, word) {
		return list
	}
	return append(list, word)
}
