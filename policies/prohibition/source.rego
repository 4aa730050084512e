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

# Local police of the reporter's country: where the message is or follows on a tip
# from there, or brings on what a private organisation there told.
local_police if input.recipient.role in {"pol-third", "jud-third", "pol-eu", "jud-eu"}

to_local_police if {
	local_police
	input.source.present
	input.source.country == input.recipient.country
}

to_local_police if {
	local_police
	some item in lib.items
	item.origin_side == "private"
	item.origin_country == input.recipient.country
}

# Nobody knows where the reporter is.
source_unknown if {
	local_police
	input.source.present
	input.source.country == ""
}

asked if {
	not lib.exempt
	to_local_police
}

asked if {
	not lib.exempt
	source_unknown
}

agreed if input.source.concerns_officials == "no"

agreed if input.source.local_police == "yes"

agreed if lib.shown("source-consent")

# METADATA
# title: 'De bron is beschermd: niets leidt naar de melder, en een melding over ambtenaren gaat niet zonder toestemming naar hun politie'
# description: No delivery to local police of the reporter's own country without consent when the tip concerns police or officials.
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
objections contains lib.objection(rego.metadata.rule()) if {
	asked
	input.source.concerns_officials == "yes"
	not agreed
}

# METADATA
# title: Niet bekend is of de politie van het land van de melder dit mag weten
# description: It is not known whether the tip concerns police or officials, or in which country the reporter is.
# authors:
#   - functionaris gegevensbescherming
# custom:
#   code: r-source
#   effect: hold
#   article: Bpg 2:13(1)(b); poort G05
#   evidence: D
#   title_en: It is not known whether the police of the reporter's country may know this
#   now_nl: Vraag wie de melding deed of zij over politie of ambtenaren gaat, en voeg dat of de toestemming van de bron als stuk toe.
#   now_en: Ask whoever reported whether it concerns police or officials, and add that or the source's consent as a document.
objections contains lib.objection(rego.metadata.rule()) if {
	asked
	input.source.concerns_officials != "yes"
	not agreed
}
