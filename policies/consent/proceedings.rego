package policies.consent

import data.policies.lib

# Who looks when other proceedings could be crossed: Sv 5.1.5(2) and (5). What is
# refused outright stands in pair/proceedings.rego and pair/rights.rego.

to_be_weighed if {
	asked
	lib.outward
	accused_leave
}

# METADATA
# title: De officier kijkt of dit een andere vervolging doorkruist
# description: Proceedings elsewhere for the same facts, or a case that was dismissed here; what a third state says of them is not always reliable (Q-28).
# authors:
#   - officier van justitie
# custom:
#   article: Sv 5.1.5(1)-(2); poort G14
#   evidence: V
#   title_en: The prosecutor looks whether this crosses another prosecution
needed contains "a-ovj" if {
	to_be_weighed
	not lib.emergency
	other_proceedings
}

other_proceedings if count(input.subject_flags.other_proceedings) > 0

other_proceedings if input.subject_flags.dismissed

# METADATA
# title: De Minister machtigt in een zaak over een politiek feit
# description: And only on a treaty.
# authors:
#   - officier van justitie (AIRS)
# custom:
#   article: Sv 5.1.5(5)
#   evidence: V
#   title_en: The Minister authorises in a case of a political offence
needed contains "a-minjv" if {
	to_be_weighed
	input.subject_flags.political
}

# Sv 5.1.10-5.1.11: what was seized goes when nobody can complain any more, or
# when the court gave leave.
complaint_settled if not hands_over

complaint_settled if input.complaint in {"none", "lapsed", "dismissed"}

complaint_settled if {
	input.complaint == ""
	lib.shown("no-complaint")
}

hands_over if {
	some claimed in input.law.bases
	claimed.id == "sv-5-1-10"
}

# METADATA
# title: Wat in beslag is genomen, wordt pas overgedragen als de klachttermijn voorbij is of de rechter heeft beslist
# description: A complaint can still be made, is pending, or nobody said whether there is one.
# authors:
#   - officier van justitie (AIRS)
# custom:
#   code: r-klaag
#   effect: hold
#   article: Sv 5.1.10, 5.1.11
#   evidence: V
#   title_en: What was seized is handed over only after the term for complaint, or when the court has decided
#   now_nl: Wacht de klachttermijn of de beslissing van de rechtbank af; het bericht wacht.
#   now_en: Wait for the end of the term or for the court; the message waits.
objections contains lib.objection(rego.metadata.rule()) if not complaint_settled
