package policies.prohibition

import data.policies.lib

no_source_named if {
	every item in input.items {
		not item.data_category in {"d-source", "d-informant"}
		item.subject_category != "s-reporter"
		item.processing_article != "art12"
	}
}

# METADATA
# title: 'De bron is beschermd: niets leidt naar de melder, en een melding over ambtenaren gaat niet zonder toestemming naar hun politie'
# description: Reporter and informant identity never leave the intake unit; downstream sees a number. Informant data (Wpg 12) never travel here.
# authors:
#   - functionaris gegevensbescherming
# custom:
#   code: r-source
#   effect: deny
#   article: Wpg 12, 27(1)(d); Bpg 2:13(1)(b); poort G05
#   evidence: V
#   title_en: "The source is protected: nothing leads to the reporter, and a tip about officials does not go to their police without consent"
#   now_nl: Haal eruit wat naar de melder leidt; of vraag de bron om toestemming, of meld een zaak over ambtenaren alleen aan de liaison.
#   now_en: Take out what leads to the reporter; or ask the source for consent, or report a case about officials to the liaison only.
objections contains lib.objection(rego.metadata.rule()) if not no_source_named

local_police_may_know if not to_local_police

local_police_may_know if {
	to_local_police
	input.source.concerns_officials == "no"
}

local_police_may_know if {
	to_local_police
	input.source.local_police == "yes"
}

to_local_police if {
	input.source.present
	input.recipient.role == "pol-third"
	input.recipient.country == input.source.country
}

# METADATA
# title: 'De bron is beschermd: niets leidt naar de melder, en een melding over ambtenaren gaat niet zonder toestemming naar hun politie'
# description: No delivery to local police of the reporter's own country without consent when the tip concerns police or officials, or when nobody said that it does not.
# authors:
#   - functionaris gegevensbescherming
# custom:
#   code: r-source
#   effect: deny
#   article: Bpg 2:13(1)(b); poort G05
#   evidence: D
#   title_en: "The source is protected: nothing leads to the reporter, and a tip about officials does not go to their police without consent"
#   now_nl: Haal eruit wat naar de melder leidt; of vraag de bron om toestemming, of meld een zaak over ambtenaren alleen aan de liaison.
#   now_en: Take out what leads to the reporter; or ask the source for consent, or report a case about officials to the liaison only.
objections contains lib.objection(rego.metadata.rule()) if not local_police_may_know
