package policies.consent

import data.policies.lib

# Steps 6 and 7 of law/README.md 0.5: what others set as a condition, and the
# human beings who must agree.

asked if {
	not lib.exempt
	input.law.row.decision in {"allow", "allow-with-obligations", "hold"}
}

# Step 6 binds a recall and a receipt too: what others set as a condition holds
# for every value that leaves.
inherited if asked

inherited if {
	input.message.kind in {"recall-rectification", "receipt"}
	lib.personal
}

eu_origin(item) if {
	item.data_category != "d-none"
	item.origin_country != "NL"
	item.origin_country in input.law.known.member_states
}

originators_consent if not inherited

originators_consent if not lib.transfer

originators_consent if {
	every item in lib.leaving { state_consents(item) }
}

# Wpg 17a(4): an immediate serious threat lifts the consent of a Member State,
# with notice at once.
originators_consent if lib.emergency

state_consents(item) if not eu_origin(item)

state_consents(item) if lib.state_agrees(item)

# METADATA
# title: De lidstaat waar de gegevens vandaan komen, moet eerst toestemmen
# authors:
#   - landelijke eenheid (LIRC)
# custom:
#   code: r-orig-consent
#   effect: hold
#   article: Wpg 17a(4); LED 35(1)(c)
#   evidence: V
#   title_en: The Member State that the data come from must consent first
#   now_nl: Vraag de toestemming van het land van herkomst; het bericht wacht.
#   now_en: Ask the country of origin for consent; the message waits.
objections contains lib.objection(rego.metadata.rule()) if not originators_consent

# Gate G12: H2 is not passed on without the provider's leave; what has no
# code counts as H2 until it is set. An originator may always pass on its own
# data. Data from elsewhere of which nobody says whose they are, are another's.
passed_on(item) if {
	item.data_category != "d-none"
	item.origin_org != ""
	item.origin_org != input.sender.org
	item.origin_org != input.recipient.org
}

passed_on(item) if {
	item.data_category != "d-none"
	item.origin_org == ""
	from_elsewhere(item)
}

from_elsewhere(item) if item.origin_country != input.sender.country

from_elsewhere(item) if {
	"foreign" in {item.regime, item.processing_article}
	not lib.from_abroad
}

tied(item) if {
	"H2" in item.origin_conditions
}

tied(item) if count(item.origin_conditions) == 0

onward_allowed if not inherited

onward_allowed if {
	every item in lib.leaving { free(item) }
}

free(item) if not passed_on(item)

free(item) if {
	passed_on(item)
	not tied(item)
}

free(item) if {
	passed_on(item)
	lib.originator_agrees(item)
}

# Gate G10 never lifts a condition from outside the European Union; one of a
# Member State it does, with notice at once (law 3b.6).
free(item) if {
	passed_on(item)
	eu_origin(item)
	lib.emergency
}

obligations contains "o-informorig" if {
	asked
	lib.emergency
	lib.outward
	some item in lib.leaving
	eu_origin(item)
	not lib.state_agrees(item)
}

# Handling code H1: as evidence only with the provider's leave.
obligations contains "o-noevidence" if {
	some item in lib.leaving
	"H1" in item.origin_conditions
}

# METADATA
# title: Wie deze gegevens gaf, staat doorgeven niet zonder toestemming toe
# description: Handling code H2, or no code at all, which counts as H2; or data from elsewhere without an originator.
# authors:
#   - landelijke eenheid (LIRC)
# custom:
#   code: r-h2-onward
#   effect: hold
#   article: Europol-verordening 19(2); Bpg 5:2(2), 5:4; poort G12
#   evidence: Vs
#   title_en: Whoever gave these data does not allow them to be passed on without leave
#   now_nl: Vraag toestemming aan wie de gegevens gaf.
#   now_en: Ask whoever gave the data for leave.
objections contains lib.objection(rego.metadata.rule()) if not onward_allowed

# Bpg 5:1(4): abroad, art 10(1)(a) data need the public prosecutor, art 10(1)(c)
# data the mayor.
themes_consented if not asked

themes_consented if not lib.outward

themes_consented if {
	every item in lib.leaving { theme_consented(item) }
}

theme_consented(item) if item.data_category == "d-none" # no police data (Wpg 1(a), 22)

theme_consented(item) if not theme_functions[item.processing_article]

theme_consented(item) if lib.approved(theme_functions[item.processing_article])

# METADATA
# title: Gegevens van artikel 10 gaan alleen met instemming van officier of burgemeester naar het buitenland
# authors:
#   - officier van justitie
# custom:
#   code: r-10ac-consent
#   effect: hold
#   article: Bpg 5:1(4), 5:3(8)
#   evidence: V
#   title_en: Article 10 data go abroad only with the consent of prosecutor or mayor
#   now_nl: Vraag de instemming van de officier van justitie (10(1)(a)) of de burgemeester (10(1)(c)).
#   now_en: Ask the public prosecutor (10(1)(a)) or the mayor (10(1)(c)) to consent.
objections contains lib.objection(rego.metadata.rule()) if not themes_consented
