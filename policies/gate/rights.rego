package policies.gate

import data.policies.lib

# Gate G03: death penalty and corporal punishment. Data on an accused person go to
# a state that has them only on a written assurance (law 3c.1). Torture and an
# unfair trial are in pair.rego.

# Where no such penalty can follow, no assurance is needed; that must be shown.
spared if {
	input.country.assurance == "never"
	input.country.dp_status in {"abolished", "none"}
	input.country.csa_capital == "no"
}

by_offence if {
	input.country.assurance == "offence"
	count(input.country.assurance_for) > 0
}

punished(_) if {
	not spared
	not by_offence
}

punished(item) if {
	by_offence
	grave(item)
}

# Which state of a federation would try him is not known here; what is capital in
# one of them counts for all.
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

accused := [item |
	asked
	lib.exported
	some item in lib.items
	lib.about_accused(item)
]

accused_leaving := [item |
	some item in accused
	not item.id in lib.withheld_items
]

# Saving an identifiable child now lifts the wait, not a refusal: the least that
# helps, as no evidence, with review within 24 hours (law 3c.1). Who he is, where
# he is and how he travels is enough to find the child with him.
least_to_save(item) if {
	lib.saves_child
	item.data_category in {"d-ident", "d-alias", "d-contact", "d-docs", "d-photo", "d-location", "d-travel", "d-vehicle", "d-online-id"}
}

promises contains "death-penalty"

promises contains "castration" if input.country.castration

# METADATA
# description: >-
#   An assurance counts when an authority gave it that binds the prosecution there,
#   prosecutor and ministry here found it sufficient, it holds today, and it names
#   this person and everything that he may be tried for.
covered(item, type) if {
	some assurance in input.assurances
	assurance.type == type
	assurance.state == "given"
	assurance.doc != ""
	assurance.country == input.recipient.country
	lib.not_after(assurance.valid_until)
	assurance.binding
	every role in {"om", "minjv"} { role in assurance.validated }
	item.subject_ref in assurance.persons
	item.offence_ref in assurance.offences
	every charge in side_charges(item) { charge in assurance.offences }
}

# A side-charge that is capital there, such as drugs, is an offence of its own.
side_charges(item) := {flag |
	some flag in item.offence_flags
	flag in input.country.assurance_for
}

promised(item) if {
	every type in promises { covered(item, type) }
}

assured if {
	every item in accused_leaving { may_leave(item) }
}

may_leave(item) if not punished(item)

may_leave(item) if promised(item)

may_leave(item) if least_to_save(item)

# A refusal speaks for whom it names, and for everybody where it names nobody. It
# need not be binding: nobody waits for a state that has said no.
refused_for(assurance, _) if count(assurance.persons) == 0

refused_for(assurance, item) if item.subject_ref in assurance.persons

refused_for(_, item) if item.subject_ref == ""

# METADATA
# title: De toezegging over doodstraf of lijfstraf is geweigerd
# description: A refusal for one person refuses for him; no approval and no emergency lifts it.
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
item_objections contains lib.item_objection(rego.metadata.rule(), item) if {
	some item in accused
	punished(item)
	some assurance in input.assurances
	assurance.state == "refused"
	assurance.type in promises
	assurance.country == input.recipient.country
	lib.not_after(assurance.valid_until)
	refused_for(assurance, item)
}

# METADATA
# title: Op het feit kan daar de doodstraf of een lijfstraf staan; eerst is een toezegging nodig
# description: A written assurance that binds the prosecution there, names person and offence, and that prosecutor and ministry found sufficient.
# authors:
#   - officier van justitie
# custom:
#   code: r-deathpen
#   effect: hold
#   article: EVRM 2, 3, Prot. 6 en 13; Sv 5.1.5(3); Wpg 17a(3); poort G03
#   evidence: V
#   title_en: The offence can carry death or corporal punishment there; an assurance is needed first
#   now_nl: Vraag via de officier een schriftelijke toezegging die de vervolging daar bindt; sluit bij Interpol de bureaus van zulke landen uit.
#   now_en: Ask, through the prosecutor, for a written assurance that binds the prosecution there; with Interpol, exclude bureaus of such countries.
objections contains lib.objection(rego.metadata.rule()) if not assured

# METADATA
# title: Op het feit kan daar de doodstraf of een lijfstraf staan; eerst is een toezegging nodig
# description: To save a child now, what is more than the least about an accused person stays behind or waits for the assurance.
# authors:
#   - officier van justitie
# custom:
#   code: r-deathpen
#   effect: hold
#   article: EVRM 2, 3, Prot. 6 en 13; Sv 5.1.5(3); Wpg 17a(3); poort G03
#   evidence: D
#   title_en: The offence can carry death or corporal punishment there; an assurance is needed first
#   now_nl: Vraag via de officier een schriftelijke toezegging die de vervolging daar bindt; sluit bij Interpol de bureaus van zulke landen uit.
#   now_en: Ask, through the prosecutor, for a written assurance that binds the prosecution there; with Interpol, exclude bureaus of such countries.
item_objections contains lib.item_objection(rego.metadata.rule(), item) if {
	lib.saves_child
	some item in accused
	not may_leave(item)
}

# Interpol reaches every bureau: those of countries where such a penalty or torture
# can follow are excluded, notice by notice (Q-14).
bureaus_excluded if count(accused_leaving) == 0

bureaus_excluded if input.country.class != "cc-io"

bureaus_excluded if {
	every country in input.law.known.perilous { country in input.recipient.excluded }
}

# METADATA
# title: Op het feit kan daar de doodstraf of een lijfstraf staan; eerst is een toezegging nodig
# description: What goes to Interpol can reach every national bureau; some must be excluded before it goes.
# authors:
#   - officier van justitie
# custom:
#   code: r-deathpen
#   effect: hold
#   article: EVRM 2, 3; Interpol RPD; Wpg 17a(3); poort G03
#   evidence: D
#   title_en: The offence can carry death or corporal punishment there; an assurance is needed first
#   now_nl: Vraag via de officier een schriftelijke toezegging die de vervolging daar bindt; sluit bij Interpol de bureaus van zulke landen uit.
#   now_en: Ask, through the prosecutor, for a written assurance that binds the prosecution there; with Interpol, exclude bureaus of such countries.
objections contains lib.objection(rego.metadata.rule()) if not bureaus_excluded

obligations contains "o-assur" if {
	some item in accused_leaving
	punished(item)
	promised(item)
}

# What leaves without the assurance that it would need is no evidence.
obligations contains "o-noevidence" if {
	some item in accused_leaving
	punished(item)
	not promised(item)
}
