package policies.prohibition

import data.policies.lib

dutch_units := {"pol-tbkk", "pol-nl", "kmar-op", "lo", "lo-kmar"}

# A recall goes the way that its message went, and must get through.
route_open if lib.exempt

route_open if not input.sender.role in dutch_units

route_open if not input.law.recipient_side in {"", "foreign"}

# A liaison counts as the national unit's route only under an arrangement that
# the Minister approved (Q-08).
route_open if {
	input.sender.role in {"lo", "lo-kmar"}
	lib.shown("minister-arrangement")
}

# Joint investigation teams and the image database have a route of their own.
route_open if {
	some claimed in input.law.bases
	claimed.id in {"sv-5-2-1", "rpd-icse"}
}

# METADATA
# title: Naar een buitenlandse autoriteit loopt de weg via de landelijke eenheid
# description: Dutch police units other than the national unit address a foreign authority only under an arrangement approved by the Minister of Justice and Security.
# authors:
#   - landelijke eenheid (LIRC)
# custom:
#   code: r-route
#   effect: deny
#   article: Bpg 5:1(2)
#   evidence: V
#   title_en: The way to a foreign authority is through the national unit
#   now_nl: Leg het bericht voor aan de landelijke eenheid; die verstuurt het.
#   now_en: Put the message to the national unit; it sends it.
objections contains lib.objection(rego.metadata.rule()) if not route_open
