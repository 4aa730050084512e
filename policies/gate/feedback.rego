package policies.gate

import data.policies.lib

# Gate G06: what an NGO or hotline hears back. F0 is a receipt, F1 a status in
# fixed words, F2 substance. Authorities get feedback as of right (Bpg 5:2(3)).

feedback if {
	asked
	input.message.kind == "tip-feedback"
}

to_private if {
	feedback
	input.law.recipient_side == "private"
}

# What can be tied to a person is more than a receipt or a status, also where it
# has no name in it (Q-20).
linkable(item) if item.data_category != "d-none"

linkable(item) if item.subject_ref != ""

beyond_level(item) if {
	input.message.level == "F0"
	linkable(item)
}

beyond_level(item) if {
	input.message.level == "F1"
	lib.abroad
	linkable(item)
}

# METADATA
# title: Dit soort bericht mag u niet aan deze ontvanger sturen
# description: A receipt holds no personal data, nor does a status that goes abroad; what can be tied to a person is feedback of level F2, with its own approvals.
# authors:
#   - privacyfunctionaris
# custom:
#   code: r-role
#   effect: deny
#   article: Wpg 7, 17a(5), 19, 20; poort G06
#   evidence: D
#   title_en: This kind of message is not open between these parties
#   now_nl: Kies een andere ontvanger of een andere soort bericht, of vraag uw contactpersoon.
#   now_en: Choose another recipient or another kind of message, or ask your contact.
objections contains lib.objection(rego.metadata.rule()) if {
	to_private
	some item in lib.items
	beyond_level(item)
}

# METADATA
# title: Er is geen wettelijke grondslag aangevoerd die hier geldt
# description: At home a status that can be tied to a person is a police datum, and rests on Wpg 7(1).
# authors:
#   - privacyfunctionaris
# custom:
#   code: r-no-basis
#   effect: deny
#   article: Wpg 7(1); poort G06
#   evidence: D
#   title_en: No legal basis was claimed that holds here
#   now_nl: Kies een grondslag die bij dit bericht en deze ontvanger hoort.
#   now_en: Choose a basis that fits this message and this recipient.
objections contains lib.objection(rego.metadata.rule()) if {
	to_private
	input.message.level == "F1"
	not lib.abroad
	count(input.law.bases) == 0
	some item in lib.leaving
	linkable(item)
}

free_words if {
	to_private
	input.message.level == "F1"
	not input.message.template in input.law.known.templates
}

# METADATA
# title: Dit soort bericht mag u niet aan deze ontvanger sturen
# description: A status is one of the fixed phrases of facts/templates.yaml; words of one's own are feedback of level F2.
# authors:
#   - privacyfunctionaris
# custom:
#   code: r-role
#   effect: deny
#   article: Wpg 7, 17a(5), 19, 20; poort G06
#   evidence: D
#   title_en: This kind of message is not open between these parties
#   now_nl: Kies een andere ontvanger of een andere soort bericht, of vraag uw contactpersoon.
#   now_en: Choose another recipient or another kind of message, or ask your contact.
objections contains lib.objection(rego.metadata.rule()) if {
	free_words
	input.message.template != ""
}

# METADATA
# title: Een voorwaarde van de grondslag, of van de ontvanger, is nog niet aangetoond
# description: A status says in which of the fixed phrases it is put.
# authors:
#   - privacyfunctionaris
# custom:
#   code: r-cond-unmet
#   effect: hold
#   article: Wpg 7; poort G06
#   evidence: D
#   title_en: A condition of the basis, or of the recipient, has not been shown yet
#   now_nl: Voeg het ontbrekende stuk toe aan de grondslag en stuur het opnieuw, of vraag de ontvanger om zijn verklaring.
#   now_en: Add the missing document to the basis and send it again, or ask the recipient for the undertaking.
objections contains lib.objection(rego.metadata.rule()) if {
	free_words
	input.message.template == ""
}
