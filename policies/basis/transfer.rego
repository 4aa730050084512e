package policies.basis

import data.policies.lib

# What a transfer asks besides its basis: the rung of the ladder (Wpg 17a, Wjsg
# 16a, PNR Act 13), leave for what came from abroad, and a team's agreement.

attribute_shown("ladder") if input.country.class == "cc-ta"

attribute_shown("ladder") if {
	input.country.class in {"cc-tb", "cc-sa"}
	lib.shown("treaty")
	lib.shown("binding-confirmation")
}

attribute_shown("ladder") if {
	input.country.class in {"cc-ts", "cc-io"}
	input.recipient.assessment.id != ""
	assessment_term
	lib.shown("ap-notice")
}

# Derogations: an individual case, weighed in writing, or danger now.
attribute_shown("ladder") if lib.shown("balancing")

attribute_shown("ladder") if lib.danger_shown

# Bpg 5:3(1), 5:4: what another state gave goes on with its consent, or back.
attribute_shown("foreign-origin") if {
	every item in lib.leaving { of_here(item) }
}

of_here(item) if item.data_category == "d-none"

of_here(item) if {
	item.data_category != "d-none"
	item.origin_country in {"NL", input.recipient.country}
}

of_here(item) if lib.originator_agrees(item)

# Bpg 5:3(2)(i): other data than those of Annex II part B only if necessary.
attribute_shown("annex-ii-b") if {
	every item in lib.leaving { listed(item) }
}

attribute_shown("annex-ii-b") if lib.shown("necessity")

listed(item) if item.data_category in ({"d-none"} | input.law.known.annex_ii_b)

listed(item) if not lib.about_accused(item)

# Special categories have a rule of their own (gate G13).
listed(item) if item.data_category in lib.special_categories

attribute_shown("jit") if {
	some document in lib.documents
	document.kind == "jit-agreement"
	document.valid_until != ""
	input.sender.org in document.parties
	input.recipient.org in document.parties
	input.purpose in document.purposes
}

attribute_shown("eio") if input.recipient.country in {"DK", "IE"}

attribute_shown("eio") if lib.shown("eio-form")

# Sr 14b, 38v, 38z: who is told of a measure is told until when.
attribute_shown("measure-dates") if {
	some document in lib.documents
	document.kind == "judicial-decision"
	document.valid_from != ""
	document.valid_until != ""
}

# UAVG 31: criminal data need a ground of their own.
attribute_shown("criminal-ground") if lib.shown("criminal-data-ground")

attribute_shown("criminal-ground") if {
	every item in lib.leaving { not item.data_category in {"d-susp", "d-crim-rec", "d-exec"} }
}

# Bpg 2:13(3), 5:1(6): what the FIU gave goes on with the consent of its head.
attribute_shown("fiu-consent") if {
	every item in lib.leaving { fiu_agrees(item) }
}

fiu_agrees(item) if item.data_category != "d-mot"

fiu_agrees(item) if lib.originator_agrees(item)
