package policies.basis

import data.policies.lib

# Retention (law/README.md 3): of all terms that meet, the shortest counts. The
# terms are facts (facts/retention.yaml), by source, by basis and by recipient.

# The days by which each item must be gone where it is now.
own_ends := {item.id: days |
	some item in lib.items
	days := stated(item) | {end(term, item) | some term in source_terms(item)}
}

stated(item) := {item.retention_until} if item.retention_until != ""

stated(item) := set() if item.retention_until == ""

# A term for some offences goes before the one for all others.
source_terms(item) := particular if {
	particular := {term | some term in input.law.known.retention.articles[item.processing_article]; item.offence_ref in term.offences}
	count(particular) > 0
} else := {term | some term in input.law.known.retention.articles[item.processing_article]; count(term.offences) == 0}

end(term, _) := lib.later(lib.today, term) if term.from == "delivery"

end(term, item) := lib.later(item.collected_at, term) if {
	term.from == "collected"
	item.collected_at != ""
}

term_over(item) if {
	some day in own_ends[item.id]
	day < lib.today
}

# METADATA
# title: Verwijderde politiegegevens worden niet meer verstrekt
# description: The term of the file has run out, so the data count as removed, whoever forgot to do it.
# authors:
#   - privacyfunctionaris politie
# custom:
#   code: r-removed-14
#   effect: deny
#   article: Wpg 8(6), 10(6), 14(1)-(2)
#   evidence: V
#   title_en: Removed police data are no longer disclosed
#   now_nl: Laat deze gegevens weg. Hergebruik kan alleen op last van het bevoegd gezag (Wpg 14(3)).
#   now_en: Leave these data out. They can be re-used only by order of the competent authority (Wpg 14(3)).
item_objections contains lib.item_objection(rego.metadata.rule(), item) if {
	some item in examined
	item.regime == "wpg"
	term_over(item)
}

# METADATA
# title: De grondslag, een stuk waarop hij rust of de verklaring van de ontvanger is verlopen
# description: The term for which the sender may keep the data has run out; nothing carries them any more.
# authors:
#   - functionaris gegevensbescherming
# custom:
#   code: r-basis-expired
#   effect: deny
#   article: AVG 5(1)(e); Wjsg 4, 39d; PNR-wet 20
#   evidence: V
#   title_en: The basis, a document it rests on or the recipient's undertaking has lapsed
#   now_nl: Vernieuw het stuk, laat de ontvanger zijn verklaring vernieuwen, of kies een andere grondslag.
#   now_en: Renew the document, have the recipient renew the undertaking, or choose another basis.
item_objections contains lib.item_objection(rego.metadata.rule(), item) if {
	some item in examined
	item.regime != "wpg"
	term_over(item)
}

# The days that hold for the delivery as a whole.
delivery_ends contains lib.later(lib.today, term) if {
	some claimed in input.law.bases
	some term in input.law.known.retention.bases[claimed.id]
}

delivery_ends contains lib.later(lib.today, term) if {
	some term in input.law.known.retention.recipients[input.recipient.role]
}

# A ban, a covenant or an undertaking: with it ends what was delivered on it
# (facts/documents.yaml, ends).
delivery_ends contains document.valid_until if {
	some ground in array.concat(input.law.bases, input.law.receiving)
	some condition in ground.conditions
	condition.document in input.law.known.ending
	some document in lib.documents
	document.kind == condition.document
	document.valid_until >= lib.today
}

delivery_ends contains input.decision_file.valid_until if {
	rests_on_decision
	input.decision_file.valid_until != ""
}

delivery_ends contains input.recipient.assessment.valid_until if {
	rests_on_assessment
	input.recipient.assessment.valid_until != ""
}

# METADATA
# description: When each item must be gone where it arrives.
ends := {item.id: days |
	some item in lib.items
	days := own_ends[item.id] | delivery_ends
} if asked

# A recall or a receipt brings no term but its own.
ends := {item.id: stated(item) | some item in lib.items} if not asked

# Of what is delivered it must be known when it ends.
end_known(item) if item.data_category == "d-none"

end_known(item) if count(ends[item.id]) > 0

# METADATA
# description: The recipient destroys by the earliest day that any item must be gone.
default destroy_by := ""

destroy_by := min({day | some item in lib.leaving; some day in ends[item.id]})
