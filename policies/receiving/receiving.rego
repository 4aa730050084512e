package policies.receiving

import data.policies.basis
import data.policies.lib

# Step 4 of law/README.md 0.5: the recipient must be lawful too. input.law.receiving
# holds the recipient-side grounds for these two roles; where the catalogue has
# one, one of them must carry.

asked if {
	not lib.exempt
	lib.personal
	input.law.row.decision in {"allow", "allow-with-obligations", "hold"}
	count(input.law.receiving) > 0
}

carries(ground) if {
	lib.valid_today(ground)
	input.country.class in ground.countries
	input.purpose in ground.purposes
	every item in lib.leaving { item_fits(ground, item) }
}

item_fits(_, item) if item.data_category == "d-none"

item_fits(ground, item) if {
	item.data_category != "d-none"
	item.processing_article in ground.articles
	subject_fits(ground.subjects, item.subject_category)
}

subject_fits(_, "")

subject_fits(selection, category) if {
	category != ""
	selection.all
}

subject_fits(selection, category) if category in selection.only

obligations contains duty if {
	asked
	some ground in input.law.receiving
	carries(ground)
	some duty in ground.obligations
}

lawful if not asked

lawful if {
	some ground in input.law.receiving
	carries(ground)
}

# METADATA
# title: De ontvanger mag deze gegevens zelf niet verwerken
# description: Whoever receives needs an own ground to receive and process.
# authors:
#   - functionaris gegevensbescherming
# custom:
#   code: r-cond-unmet
#   effect: deny
#   article: UAVG 33(1)(a); Wpg 3, 7(2); Bpg 5:2, 5:4
#   evidence: V
#   title_en: The recipient has no ground of its own to process these data
#   now_nl: Kies een ontvanger die deze gegevens mag hebben, of laat weg wat hij niet mag hebben.
#   now_en: Choose a recipient who may have these data, or leave out what he may not have.
objections contains lib.objection(rego.metadata.rule()) if not lawful

accepted if not asked

accepted if not lawful

accepted if {
	some ground in input.law.receiving
	carries(ground)
	every condition in ground.conditions { shown(condition) }
}

# Which evidence of the recipient it waits for.
missing contains {"document": condition.document, "attribute": condition.attribute} if {
	not accepted
	some ground in input.law.receiving
	carries(ground)
	some condition in ground.conditions
	not shown(condition)
}

shown(condition) if condition.design != ""

shown(condition) if {
	condition.document != ""
	lib.shown(condition.document)
}

shown(condition) if {
	condition.document == "acceptance"
	every duty in {"o-use", "o-secrecy", "o-destroy"} { duty in input.recipient.accepted_conditions }
}

shown(condition) if basis.attribute_shown(condition.attribute)

lapsed if {
	some ground in input.law.receiving
	carries(ground)
	some condition in ground.conditions
	condition.document != ""
	lib.named(condition.document)
	not lib.shown(condition.document)
}

# METADATA
# title: Een voorwaarde van de grondslag, of van de ontvanger, is nog niet aangetoond
# description: Undertaking, acceptance of purpose, secrecy and retention, or country sheet are missing.
# authors:
#   - functionaris gegevensbescherming
# custom:
#   code: r-cond-unmet
#   effect: hold
#   article: Wpg 17a(5); Bpg 4:8; UAVG 33(1)(a)
#   evidence: D
#   title_en: A condition of the basis, or of the recipient, has not been shown yet
#   now_nl: Voeg het ontbrekende stuk toe aan de grondslag en stuur het opnieuw, of vraag de ontvanger om zijn verklaring.
#   now_en: Add the missing document to the basis and send it again, or ask the recipient for the undertaking.
objections contains lib.objection(rego.metadata.rule()) if {
	not accepted
	not lapsed
}

# METADATA
# title: De grondslag, een stuk waarop hij rust of de verklaring van de ontvanger is verlopen
# authors:
#   - functionaris gegevensbescherming
# custom:
#   code: r-basis-expired
#   effect: deny
#   article: Wpg 17a(5); Bpg 4:8
#   evidence: D
#   title_en: The basis, a document it rests on or the recipient's undertaking has lapsed
#   now_nl: Vernieuw het stuk, laat de ontvanger zijn verklaring vernieuwen, of kies een andere grondslag.
#   now_en: Renew the document, have the recipient renew the undertaking, or choose another basis.
objections contains lib.objection(rego.metadata.rule()) if {
	not accepted
	lapsed
}
