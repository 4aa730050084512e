package policies.consent

import data.policies.lib

# Gate G04: the country of the offence prosecutes first. Before a message steers a
# case there, it is known whether there is one, here and there; where both are
# live, prosecutor and country have agreed who does what. Rows of the matrix that
# steer ask for it (facts/flows.yaml): an answer does not, nor does the row for
# danger.

primacy_shown if not accused_leave

primacy_shown if input.local_case in {"none", "closed"}

primacy_shown if {
	input.local_case == "open"
	input.dutch_case in {"none", "closed"}
}

primacy_shown if {
	both_open
	lib.shown("coordination-note")
}

accused_leave if {
	some item in lib.leaving
	lib.about_accused(item)
}

both_open if {
	input.local_case == "open"
	input.dutch_case == "open"
}

steers if {
	some condition in input.law.row.conditions
	condition.attribute == "local-case"
}

# METADATA
# title: De officier beslist als hier en daar een zaak loopt
# description: A message that steers a case while both are live.
# authors:
#   - officier van justitie
# custom:
#   article: Sr 7; Sv 5.1.5(2); poort G04
#   evidence: V
#   title_en: The prosecutor decides where a case is live here and there
needed contains "a-ovj" if {
	steers
	both_open
	accused_leave
}
