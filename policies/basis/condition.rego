package policies.basis

import data.policies.consent
import data.policies.lib

# Conditions of a basis that must be shown. Evidence that is missing makes the
# message wait; a condition that is false denies it.

conditions contains condition if {
	asked
	some claimed in input.law.bases
	some condition in claimed.conditions
	applies(condition)
}

conditions contains condition if {
	asked
	some condition in input.law.row.conditions
	applies(condition)
}

# Of every source: that it is named, that its file may exist, that a change of
# purpose was reasoned (law 0.4, findings 1 and 2; source.rego), and when it ends
# (law 3; retention.rego).
conditions contains {"document": "", "months": 0, "attribute": attribute} if {
	asked
	some attribute in {"source-named", "file-opened", "purpose-kept", "end-known"}
}

applies(condition) if {
	condition.design == ""
	concerns(condition)
}

concerns(condition) if count(condition.articles) == 0

concerns(condition) if {
	some item in lib.leaving
	item.processing_article in condition.articles
}

evidence_shown(condition) if {
	condition.document != ""
	document_shown(condition)
}

# What has lapsed is r-basis-expired, not missing.
evidence_shown(condition) if {
	condition.document in lapsed_documents
}

evidence_shown(condition) if attribute_shown(condition.attribute)

# The attributes that facts can ask for, by name. Facts of danger have a reason
# code of their own (r-emergency-unsubstantiated), and so no say here.

attribute_shown("danger-facts")

attribute_shown("request") if {
	input.request.exists
	input.request.question_ref != ""
}

attribute_shown("source-named") if {
	every item in lib.leaving { from_named_source(item) }
}

attribute_shown("file-opened") if {
	every item in lib.leaving { file_opened(item) }
}

attribute_shown("purpose-kept") if {
	every item in lib.leaving { purpose_kept(item) }
}

attribute_shown("end-known") if {
	every item in lib.leaving { end_known(item) }
}

attribute_shown("single-person") if count(lib.subjects) <= 1

# True or false of the parties and the data: pair.rego, item.rego, parties.rego.

attribute_shown("own-country")

attribute_shown("victim-purpose")

attribute_shown("europol-categories")

attribute_shown("evasion-parties")

attribute_shown("no-fiu-file")

attribute_shown("answer-only")

attribute_shown("adequate-country")

attribute_shown("victim-is-subject")

attribute_shown("police-question")

attribute_shown("no-accused")

attribute_shown("danger-now") if lib.danger_shown

# Gate G02: who agreed to refer the child, or the danger that stands in its place.
attribute_shown("child-consent") if input.child.consent in {"guardian", "child-protection-authority", "danger"}

attribute_shown("handling-code") if {
	every item in lib.leaving { coded(item) }
}

attribute_shown("offence-named") if {
	every item in lib.leaving { offence_named(item) }
}

attribute_shown("assessment") if {
	input.recipient.assessment.id != ""
	lib.not_after(input.recipient.assessment.valid_until)
}

# A lapsed assessment is r-basis-expired, not missing.
attribute_shown("assessment") if {
	input.recipient.assessment.id != ""
	not lib.not_after(input.recipient.assessment.valid_until)
}

# A lapsed decision is r-basis-expired, not missing.
attribute_shown("decision-file") if input.decision_file.wpg20_id != ""

# The controller's own assessment holds for two years at most (D).
attribute_shown("assessment-term") if assessment_term

assessment_term if {
	input.recipient.assessment.valid_until != ""
	input.recipient.assessment.valid_until <= lib.later(lib.today, {"years": 0, "months": 24, "days": 0})
}

attribute_shown("foreign-conditions") if {
	every item in lib.leaving { conditions_stored(item) }
}

attribute_shown("origin-untainted") if {
	every item in lib.leaving { untainted(item) }
}

untainted(item) if item.data_category == "d-none"

untainted(item) if {
	item.origin_country in input.law.known.states
	not item.origin_country in input.law.known.tainted
}

attribute_shown("pnr-recent") if {
	every item in lib.leaving { recent(item) }
}

# PNR Act 20(1)(d): what is locked opens on a demand, with consent and notice.
attribute_shown("pnr-recent") if {
	lib.approved("a-ovj")
	lib.shown("sv-demand")
	lib.shown("fg-notice")
}

# What piu-nl tells of its own accord rests on a match, not on a demand.
attribute_shown("sv-demand") if {
	input.message.kind != "info-response"
	not input.request.exists
}

attribute_shown("sv-demand") if lib.shown("sv-demand")

attribute_shown("source-split") if {
	every item in lib.items { item.data_category != "d-source" }
}

attribute_shown("no-visual-material") if {
	every item in lib.items { item.data_category != "d-csam" }
}

# Gate G04: consent/primacy.rego.

attribute_shown("local-case") if consent.primacy_shown

from_named_source(item) if item.data_category == "d-none"

from_named_source(item) if {
	item.processing_article != ""
	item.regime != ""
}

coded(item) if item.data_category == "d-none"

coded(item) if {
	some code in array.concat(item.origin_conditions, input.message.handling)
	code in {"H0", "H1", "H2", "H3"}
}

# PNR Act 20(1)(a), (d): masked after six months (Q-16).
recent(item) if item.data_category != "d-pnr"

recent(item) if {
	item.collected_at != ""
	time.parse_rfc3339_ns(concat("", [item.collected_at, "T00:00:00Z"])) >= time.add_date(time.parse_rfc3339_ns(input.now), 0, -6, -1)
}

offence_named(item) if not lib.about_accused(item)

offence_named(item) if {
	lib.about_accused(item)
	item.offence_ref != ""
}

conditions_stored(item) if item.data_category == "d-none"

conditions_stored(item) if count(item.origin_conditions) > 0

conditions_stored(_) if count(input.message.handling) > 0

# Which evidence the message waits for, so that the sender can be told.
missing contains {"document": condition.document, "attribute": condition.attribute} if {
	some condition in conditions
	not evidence_shown(condition)
}

evidence_complete if count(missing) == 0

# METADATA
# title: Een voorwaarde van de grondslag, of van de ontvanger, is nog niet aangetoond
# description: Evidence is missing. The message waits for it; it is not refused.
# authors:
#   - privacyfunctionaris
# custom:
#   code: r-cond-unmet
#   effect: hold
#   article: voorwaarden van de grondslag
#   evidence: V
#   title_en: A condition of the basis, or of the recipient, has not been shown yet
#   now_nl: Voeg het ontbrekende stuk toe aan de grondslag en stuur het opnieuw, of vraag de ontvanger om zijn verklaring.
#   now_en: Add the missing document to the basis and send it again, or ask the recipient for the undertaking.
objections contains lib.objection(rego.metadata.rule()) if not evidence_complete
