package policies.consent

import data.policies.lib

# Law 3b beside the codes of gate G12 (consent.rego): what must be a rule before it
# can be kept, what is no evidence, the traffic light, and what others do with what
# we gave.

conditions_kept if not inherited

conditions_kept if {
	tlp_stands
	tlp_kept
	every item in lib.leaving { kept(item) }
}

kept(item) if {
	free_text_parsed(item)
	not used_as_evidence(item)
	not ours_moved_on(item)
}

kept(item) if lib.originator_agrees(item)

# H3 is free text. Duties beside it say that somebody made it into rules.
free_text_parsed(item) if {
	not "H3" in item.origin_conditions
	not "H3" in input.message.handling
}

free_text_parsed(item) if {
	some duty in array.concat(item.origin_conditions, input.message.handling)
	duty in input.law.known.obligations
}

obligations contains duty if {
	some item in lib.leaving
	some duty in item.origin_conditions
	duty in input.law.known.obligations
}

obligations contains duty if {
	some duty in input.message.handling
	duty in input.law.known.obligations
}

# H1: steering information, not evidence, unless it is the sender's own.
used_as_evidence(item) if {
	"H1" in item.origin_conditions
	evidential(item)
	passed_on(item)
}

evidential(item) if item.data_category == "d-evid"

evidential(_) if input.purpose == "p-prosec"

# Wpg 17a(6): who got it from us abroad asks us before moving it on.
ours_moved_on(item) if {
	lib.from_abroad
	item.origin_country == "NL"
	passed_on(item)
	input.law.recipient_side in {"", "foreign", "private"}
}

# The traffic light is for pictures of a phenomenon, which hold no personal data,
# and for technical indicators; it is no code of law, and on anything else stands
# only beside one.
tlp_stands if input.message.tlp == ""

tlp_stands if {
	every item in lib.leaving { light_enough(item) }
}

light_enough(item) if item.data_category in {"d-none", "d-imgref", "d-online-id"}

light_enough(item) if {
	some code in array.concat(item.origin_conditions, input.message.handling)
	code in {"H0", "H1", "H2", "H3"}
}

# Of two the stricter: RED is for an officer who is named; AMBER and up stay with
# who got it. A colour that does not exist is RED.
tlp_kept if {
	tlp_named
	tlp_stays
}

tlp_named if input.message.tlp in {"", "AMBER+STRICT", "AMBER", "GREEN", "CLEAR"}

tlp_named if input.recipient.officer_id != ""

tlp_stays if input.message.tlp in {"", "GREEN", "CLEAR"}

tlp_stays if {
	input.message.relay_of == ""
	every item in lib.leaving { not from_another(item) }
}

from_another(item) if not item.origin_org in {"", input.sender.org, input.recipient.org}

obligations contains "o-noonward" if not input.message.tlp in {"", "GREEN", "CLEAR"}

# METADATA
# title: Wie deze gegevens gaf, staat doorgeven niet zonder toestemming toe
# description: A condition in free text that nobody made into a rule, evidence under H1, a colour of the traffic light, or our data moved on by whoever got them abroad.
# authors:
#   - landelijke eenheid (LIRC)
# custom:
#   code: r-h2-onward
#   effect: hold
#   article: Wpg 17a(6); Bpg 5:2(2), 5:4; Europol-verordening 19(2); poort G12
#   evidence: V
#   title_en: Whoever gave these data does not allow them to be passed on without leave
#   now_nl: Vraag toestemming aan wie de gegevens gaf.
#   now_en: Ask whoever gave the data for leave.
objections contains lib.objection(rego.metadata.rule()) if not conditions_kept
