package policies.gate

import data.policies.lib

# A picture without personal data leads to nobody: every count is at least five,
# and no area is finer than a municipality. Whoever counts says how far.

counted if {
	asked
	input.message.kind == "phenomenon-report"
}

counted if {
	asked
	input.purpose == "p-policy"
}

wide_areas := {"country", "province", "municipality"}

unrecognisable if {
	input.report.smallest_cell == -1
	input.report.area in (wide_areas | {""})
}

unrecognisable if {
	input.report.smallest_cell >= 5
	input.report.area in wide_areas
}

# METADATA
# title: Aantallen mogen niet tot een persoon herleidbaar zijn
# description: Every cell holds at least five, and no area is finer than a municipality.
# authors:
#   - privacyfunctionaris politie
# custom:
#   code: r-reident
#   effect: hold
#   article: Wpg 22; Bpg 4:7
#   evidence: D
#   title_en: Counts must not lead to a person
#   now_nl: Voeg kleine aantallen samen tot ten minste vijf, en noem geen gebied kleiner dan een gemeente.
#   now_en: Merge small counts to at least five, and name no area smaller than a municipality.
objections contains lib.objection(rego.metadata.rule()) if {
	counted
	not unrecognisable
}

# What police count is looked at before a report of its type first goes out.
first_release if {
	asked
	input.message.kind == "phenomenon-report"
	not lib.personal
	from_police
	not input.report.released
}

from_police if input.law.sender_side == "police"

from_police if {
	some item in lib.items
	item.regime == "wpg"
}
