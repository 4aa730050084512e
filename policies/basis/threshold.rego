package policies.basis

import data.policies.lib

# What a basis asks of the offence is read in the offence table
# (facts/offences.yaml); where the table cannot tell, a test on paper shows it.

attribute_shown("offence-over-a-year") if {
	every item in lib.leaving { of_weight(item, 2) }
}

attribute_shown("pnr-offence") if {
	every item in lib.leaving { pnr_offence(item) }
}

attribute_shown("treaty-crime") if {
	every item in lib.leaving { treaty_crime(item) }
}

# Bpg 5:3(2)(e): more than one year, so two or more in whole years.
of_weight(item, _) if not lib.about_accused(item)

of_weight(item, years) if {
	lib.about_accused(item)
	input.law.known.offence_table[item.offence_ref].max_years >= years
}

of_weight(item, _) if {
	lib.about_accused(item)
	lib.shown("threshold")
}

# PNR Act 2, Annex 2: listed, and three years or more.
pnr_offence(item) if item.data_category == "d-none"

pnr_offence(item) if {
	item.data_category != "d-none"
	offence := input.law.known.offence_table[item.offence_ref]
	offence.pnr_annex_2
	offence.max_years >= 3
}

pnr_offence(item) if {
	item.data_category != "d-none"
	lib.shown("threshold")
}

treaty_crime(item) if not lib.about_accused(item)

treaty_crime(item) if {
	lib.about_accused(item)
	input.law.known.offence_table[item.offence_ref].treaty != ""
}

treaty_crime(item) if {
	lib.about_accused(item)
	lib.shown("threshold")
}
