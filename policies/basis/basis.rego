package policies.basis

import data.policies.lib

# Step 3 of law/README.md 0.5: the claimed basis, as a whole. Rules about single
# items are in item.rego, about conditions in condition.rego.

asked if {
	not lib.exempt
	lib.personal
	input.law.row.decision in {"allow", "allow-with-obligations", "hold"}
}

has_ground if not asked

has_ground if {
	count(input.law.bases) > 0
	every claimed in input.law.bases {
		input.sender.role in claimed.by
		role_served(claimed.to)
	}
}

role_served(roles) if input.recipient.role in roles

role_served(roles) if "any" in roles

# METADATA
# title: Er is geen wettelijke grondslag aangevoerd die hier geldt
# description: The claimed basis is not one of those that this flow can rest on, or not one that these parties can invoke.
# authors:
#   - privacyfunctionaris
# custom:
#   code: r-no-basis
#   effect: deny
#   article: AVG 6; Wpg 3(1)
#   evidence: V
#   title_en: No legal basis was claimed that holds here
#   now_nl: Kies een grondslag die bij dit bericht en deze ontvanger hoort.
#   now_en: Choose a basis that fits this message and this recipient.
objections contains lib.objection(rego.metadata.rule()) if not has_ground

instrument_binds if not rests_on_treaty

# A memorandum beside a treaty does no harm; in place of one it does not bind.
instrument_binds if lib.named("treaty")

instrument_binds if not lib.named("mou")

rests_on_treaty if {
	some claimed in input.law.bases
	some condition in claimed.conditions
	condition.document == "treaty"
}

# METADATA
# title: Een memorandum is geen bindend instrument
# description: A memorandum of understanding can support an own assessment (17a(2)(b)); it is no legally binding instrument with safeguards (17a(2)(a)).
# authors:
#   - privacyfunctionaris politie
# custom:
#   code: r-instrument-not-binding
#   effect: deny
#   article: Wpg 17a(2)(a); LED 37(1)(a)
#   evidence: V
#   title_en: A memorandum is not a binding instrument
#   now_nl: Gebruik een eigen beoordeling van het land of een afzonderlijk geval als grondslag.
#   now_en: Rest it on an own assessment of the country, or on an individual case.
objections contains lib.objection(rego.metadata.rule()) if not instrument_binds

in_force if not asked

in_force if {
	every claimed in input.law.bases { lib.valid_today(claimed) }
	count(lapsed_documents) == 0
	assessments_in_force
	decisions_in_force
}

# A kind of document that a condition asks for, of which all that was shown has
# lapsed or grown too old.
lapsed_documents contains condition.document if {
	some condition in conditions
	lapsed(condition)
}

lapsed(condition) if {
	lib.named(condition.document)
	not lib.shown(condition.document)
}

lapsed(condition) if {
	condition.months > 0
	some document in lib.documents
	document.kind == condition.document
	document.valid_from != ""
	not document_shown(condition)
}

# A document in force, and no older than the condition lets it be; of one that may
# grow too old it must be known when it began.
document_shown(condition) if {
	condition.months == 0
	lib.shown(condition.document)
}

document_shown(condition) if {
	some document in lib.documents
	document.kind == condition.document
	lib.valid_today(document)
	document.valid_from != ""
	lib.today <= lib.later(document.valid_from, {"years": 0, "months": condition.months, "days": 0})
}

decisions_in_force if not rests_on_decision

decisions_in_force if input.decision_file.wpg20_id == ""

decisions_in_force if lib.valid_today(input.decision_file)

rests_on_decision if {
	some claimed in input.law.bases
	"decision" in {claimed.data.named_in, claimed.subjects.named_in}
}

assessments_in_force if not rests_on_assessment

assessments_in_force if input.recipient.assessment.id == ""

assessments_in_force if lib.not_after(input.recipient.assessment.valid_until)

rests_on_assessment if {
	some claimed in input.law.bases
	some condition in claimed.conditions
	condition.attribute == "assessment"
}

# METADATA
# title: De grondslag, een stuk waarop hij rust of de verklaring van de ontvanger is verlopen
# authors:
#   - privacyfunctionaris
# custom:
#   code: r-basis-expired
#   effect: deny
#   article: Wpg 17a(2)(b); geldigheid van de grondslag
#   evidence: V
#   title_en: The basis, a document it rests on or the recipient's undertaking has lapsed
#   now_nl: Vernieuw het stuk, laat de ontvanger zijn verklaring vernieuwen, of kies een andere grondslag.
#   now_en: Renew the document, have the recipient renew the undertaking, or choose another basis.
objections contains lib.objection(rego.metadata.rule()) if not in_force

class_served if not asked

# A country that nobody classed is not known, and waits (gate r-stale-country).
class_served if input.country.class == ""

class_served if {
	every claimed in input.law.bases { input.country.class in claimed.countries }
}

# METADATA
# title: De grondslag geldt niet voor een ontvanger in dit land
# authors:
#   - privacyfunctionaris
# custom:
#   code: r-recipient-class
#   effect: deny
#   article: Wpg 15a, 17a; Wjsg 16a
#   evidence: V
#   title_en: The basis does not hold for a recipient in this country
#   now_nl: Kies een grondslag die voor dit land geldt.
#   now_en: Choose a basis that holds for this country.
objections contains lib.objection(rego.metadata.rule()) if not class_served

purpose_served if not asked

purpose_served if {
	every claimed in input.law.bases { input.purpose in claimed.purposes }
}

# METADATA
# title: De grondslag geldt niet voor dit doel
# description: Purposes are not hierarchical; another purpose is another question (Wpg 3(3)-(4)).
# authors:
#   - privacyfunctionaris
# custom:
#   code: r-purpose-mismatch
#   effect: deny
#   article: Wpg 3(3)-(4); AVG 5(1)(b)
#   evidence: V
#   title_en: The basis does not hold for this purpose
#   now_nl: Noem het doel waarvoor u deelt, en een grondslag die daarbij hoort.
#   now_en: State the purpose for which you share, and a basis that fits it.
objections contains lib.objection(rego.metadata.rule()) if not purpose_served

within_decision if not asked

within_decision if {
	every claimed in input.law.bases { decision_names(claimed) }
}

decision_names(claimed) if not "decision" in {claimed.data.named_in, claimed.subjects.named_in}

# A decision that is not there yet is missing (basis/condition.rego).
decision_names(_) if input.decision_file.wpg20_id == ""

decision_names(claimed) if {
	"decision" in {claimed.data.named_in, claimed.subjects.named_in}
	input.recipient.org in input.decision_file.recipients
}

# METADATA
# title: Het samenwerkingsbesluit noemt deze gegevens of deze ontvanger niet
# authors:
#   - privacyfunctionaris politie
# custom:
#   code: r-outside-decision
#   effect: deny
#   article: Wpg 18(2), 20(1)-(2)
#   evidence: V
#   title_en: The partnership decision does not name these data or this recipient
#   now_nl: Blijf binnen het besluit, of laat het aanvullen.
#   now_en: Stay within the decision, or have it extended.
objections contains lib.objection(rego.metadata.rule()) if not within_decision

objections contains objection if some objection in lib.objections
