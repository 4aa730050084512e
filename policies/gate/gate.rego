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
	input.law.recipient_side == "foreign"
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
	lib.outward
	some item in lib.items
	item.data_category in lib.special_categories
	not unavoidable_answer
}

beside_other_data(item) if {
	some other in lib.items
	other.subject_ref == item.subject_ref
	not other.data_category in (lib.special_categories | {"d-none"})
}

# METADATA
# title: Dit soort gegevens mag op deze grondslag niet worden gedeeld
# description: At home, special categories of police data travel only in addition to other data about the same person.
# authors:
#   - privacyfunctionaris
# custom:
#   code: r-data-category
#   effect: deny
#   article: Wpg 5; poort G13
#   evidence: V
#   title_en: This kind of data may not be shared on this basis
#   now_nl: Laat deze gegevens weg, of sta toe dat ze worden achtergehouden.
#   now_en: Leave these data out, or allow them to be withheld.
item_objections contains lib.item_objection(rego.metadata.rule(), item) if {
	asked
	not lib.outward
	some item in lib.items
	item.regime == "wpg"
	item.data_category in lib.special_categories
	not beside_other_data(item)
}

# Gate G15: one message is one case.
subjects := {lib.subject(item) |
	some item in lib.leaving
	lib.personal_item(item)
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

# Where no such penalty can follow, no assurance is needed; that must be shown.
spared if {
	input.country.assurance == "never"
	input.country.dp_status in {"abolished", "none"}
	input.country.csa_capital == "no"
}

spared if {
	input.country.assurance == "offence"
	count(input.country.assurance_for) > 0
	every item in lib.leaving { light(item) }
}

light(item) if not lib.about_accused(item)

light(item) if {
	lib.about_accused(item)
	not grave(item)
}

grave(item) if {
	some flag in item.offence_flags
	flag in input.country.assurance_for
}

grave(item) if {
	some flag in input.law.known.offences[item.offence_ref]
	flag in input.country.assurance_for
}

# An offence that nobody named, or that the table does not have, may be any.
grave(item) if not input.law.known.offences[item.offence_ref]

at_stake if {
	accused_leave
	not spared
}

# Saving an identifiable child now lifts the wait, not a refusal: the least that
# helps, as no evidence, with review within 24 hours (law 3c.1).
assurance_needed if {
	at_stake
	not lib.saves_child
}

promises contains "death-penalty" if at_stake

promises contains "castration" if {
	at_stake
	input.country.castration
}

promise(type, state) if {
	some assurance in input.assurances
	assurance.type == type
	assurance.state == state
	assurance.country == input.recipient.country
	lib.not_after(assurance.valid_until)
}

assured if not assurance_needed

assured if {
	assurance_needed
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

# A record of a year ago to the day is still fresh; one of a day to come is none.
fresh if {
	looked_at := time.parse_rfc3339_ns(concat("", [input.country.facts_as_of, "T00:00:00Z"]))
	today := time.parse_rfc3339_ns(concat("", [lib.today, "T00:00:00Z"]))
	looked_at <= today
	looked_at >= time.add_date(today, -1, 0, 0)
}

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

# What leaves without the assurance that it would need is no evidence.
obligations contains "o-noevidence" if {
	at_stake
	lib.saves_child
}

obligations contains "o-handling" if count(input.message.handling) > 0
