package policies.gate

import data.policies.lib

# Step 5 of law/README.md 0.5: content and country.

asked if {
	not lib.exempt
	input.law.row.decision in {"allow", "allow-with-obligations", "hold"}
}

# Gate G13. In the Netherlands the categories of Wpg 5 may travel only beside
# other data; abroad only as an unavoidable part of an answer.
unavoidable_answer if {
	input.request.exists
	input.request.unavoidable_statement != ""
}

# METADATA
# title: Bijzondere gegevens gaan niet ongevraagd naar het buitenland
# description: Special categories go abroad only when unavoidable to answer a question put by a foreign authority.
# authors:
#   - privacyfunctionaris politie
# custom:
#   code: r-special-unsolicited
#   effect: deny
#   article: Wpg 5; Bpg 5:1(3), 5:3(8); poort G13
#   evidence: V
#   title_en: Special categories do not go abroad unasked
#   now_nl: Laat deze gegevens weg, of verwijs naar de vraag en leg vast waarom het antwoord er niet zonder kan.
#   now_en: Leave these data out, or refer to the question and state why the answer cannot do without them.
item_objections contains lib.item_objection(rego.metadata.rule(), item) if {
	asked
	lib.transfer
	some item in lib.items
	item.data_category in lib.special_categories
	not unavoidable_answer
}

# Gate G15: one message is one case.
subjects := {item.subject_ref |
	some item in lib.leaving
	item.subject_ref != ""
	not item.subject_category in lib.victims
}

few if not asked

few if count(subjects) <= 5

# METADATA
# title: Eén bericht is één zaak; lijsten van personen gaan niet naar het buitenland
# authors:
#   - privacyfunctionaris politie
# custom:
#   code: r-bulk
#   effect: deny
#   article: Wpg 3(2), 17a(3)(d); poort G15
#   evidence: V
#   title_en: One message is one case; lists of persons do not go abroad
#   now_nl: Stuur per zaak een bericht.
#   now_en: Send one message per case.
objections contains lib.objection(rego.metadata.rule()) if {
	not few
	lib.abroad
}

# METADATA
# title: Voor meer dan vijf personen in één bericht is goedkeuring van een functionaris nodig
# authors:
#   - privacyfunctionaris politie
# custom:
#   code: r-bulk
#   effect: hold
#   article: Wpg 3(2); poort G15
#   evidence: D
#   title_en: More than five persons in one message takes a functionary's approval
#   now_nl: Splits het bericht per zaak, of vraag de functionaris van Bpg 2:10 om goedkeuring.
#   now_en: Split the message per case, or ask the functionary of Bpg 2:10 to approve.
objections contains lib.objection(rego.metadata.rule()) if {
	not few
	not lib.abroad
	not lib.approved("a-210")
}

# Gate G03: death penalty, castration, torture, fair trial.
accused_leave if {
	asked
	lib.transfer
	some item in lib.leaving
	lib.about_accused(item)
}

# The emergency path saves an identifiable child now; it lifts the wait, with
# review within 24 hours (G10).
assurance_needed if {
	accused_leave
	not lib.emergency
	input.country.assurance == "always"
}

assurance_needed if {
	accused_leave
	not lib.emergency
	input.country.assurance == "offence"
	some item in lib.leaving
	lib.about_accused(item)
	grave(item)
}

grave(item) if {
	some flag in item.offence_flags
	flag in input.country.assurance_for
}

# An offence that nobody named may be any.
grave(item) if item.offence_ref == ""

promises contains "death-penalty" if assurance_needed

promises contains "castration" if {
	assurance_needed
	input.country.castration
}

promise(type, state) if {
	some assurance in input.assurances
	assurance.type == type
	assurance.state == state
	assurance.country == input.recipient.country
	lib.not_after(assurance.valid_until)
}

assured if {
	every type in promises { promise(type, "given") }
}

refused if {
	some type in promises
	promise(type, "refused")
}

# METADATA
# title: De toezegging over doodstraf of lijfstraf is geweigerd
# authors:
#   - officier van justitie
# custom:
#   code: r-deathpen
#   effect: deny
#   article: EVRM 2, 3, Prot. 6 en 13; Sv 5.1.5(3); Wpg 17a(3); poort G03
#   evidence: V
#   title_en: The assurance on the death penalty or corporal punishment was refused
#   now_nl: Deel dit niet. Overleg met de officier van justitie en het ministerie.
#   now_en: Do not share this. Speak to the public prosecutor and the ministry.
objections contains lib.objection(rego.metadata.rule()) if refused

# METADATA
# title: Op het feit kan daar de doodstraf of een lijfstraf staan; eerst is een toezegging nodig
# authors:
#   - officier van justitie
# custom:
#   code: r-deathpen
#   effect: hold
#   article: EVRM 2, 3, Prot. 6 en 13; Sv 5.1.5(3); Wpg 17a(3); poort G03
#   evidence: V
#   title_en: The offence can carry death or corporal punishment there; an assurance is needed first
#   now_nl: Vraag via de officier van justitie een schriftelijke toezegging van een autoriteit die het openbaar ministerie daar bindt.
#   now_en: Ask, through the public prosecutor, for a written assurance by an authority that binds the prosecution there.
objections contains lib.objection(rego.metadata.rule()) if {
	not assured
	not refused
}

# Facts about a country older than a year are no facts (law/README.md 2.3).
country_current if not asked

country_current if not lib.transfer

country_current if not lib.personal

country_current if lib.emergency

country_current if {
	input.country.facts_as_of != ""
	fresh
}

fresh if time.parse_rfc3339_ns(concat("", [input.country.facts_as_of, "T00:00:00Z"])) >= time.add_date(time.parse_rfc3339_ns(input.now), -1, 0, -1)

# METADATA
# title: De gegevens over dit land zijn ouder dan een jaar
# authors:
#   - privacyfunctionaris politie
# custom:
#   code: r-stale-country
#   effect: hold
#   article: Wpg 17a; poort G03
#   evidence: D
#   title_en: What is known about this country is more than a year old
#   now_nl: Laat de juridisch medewerker de landgegevens vernieuwen.
#   now_en: Have the legal officer refresh the country record.
objections contains lib.objection(rego.metadata.rule()) if not country_current

obligations contains "o-review24" if lib.emergency

obligations contains "o-assur" if {
	assurance_needed
	assured
}

obligations contains "o-handling" if count(input.message.handling) > 0
