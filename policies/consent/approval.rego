package policies.consent

import data.policies.lib

# Which human functions must approve, and which still must.

# The row names them for the flow as a whole.
needed contains function if {
	asked
	lib.personal
	some function in input.law.row.approvals
}

needed contains function if {
	asked
	not lib.personal
	input.law.row.decision == "hold"
	some function in input.law.row.approvals
}

# The basis names them where the row does not.
needed contains approval.function if {
	asked
	lib.personal
	count(input.law.row.approvals) == 0
	some claimed in input.law.bases
	some approval in claimed.approvals
	count(approval.articles) == 0
	concerns(approval)
}

# Consent that the law ties to where data come from is always needed.
needed contains approval.function if {
	asked
	lib.personal
	some claimed in input.law.bases
	some approval in claimed.approvals
	count(approval.articles) > 0
	concerns(approval)
}

concerns(approval) if {
	of_class(approval)
	some item in lib.leaving
	item.data_category != "d-none"
	of_article(approval, item)
	of_subject(approval, item)
}

of_class(approval) if count(approval.classes) == 0

of_class(approval) if input.country.class in approval.classes

of_article(approval, _) if count(approval.articles) == 0

of_article(approval, item) if item.processing_article in approval.articles

of_subject(approval, _) if count(approval.subjects) == 0

of_subject(approval, item) if item.subject_category in approval.subjects

# Gate G03: somebody must look before data on a suspect go to this country.
needed contains function if {
	asked
	lib.transfer
	not lib.emergency
	some item in lib.leaving
	lib.about_accused(item)
	some function in input.country.approvals
}

# Gate G08: weak information about a suspect does not go abroad by itself.
needed contains "a-ovj" if {
	asked
	lib.transfer
	not lib.emergency
	some item in lib.leaving
	lib.about_accused(item)
	item.data_category in judged_categories
	weak(item.grade)
}

weak(grade) if grade.source == "C"

weak(grade) if {
	grade.source == "X"
	grade.info == "4"
}

# Gate G02: a child's sealed identity is for a victim-identification officer, or
# one approves.
needed contains "a-vid" if {
	asked
	not lib.emergency
	some item in lib.leaving
	item.data_category == "d-vict-id"
	not "a-vid" in item.sealed_functions
}

missing contains function if {
	some function in needed
	not lib.approved(function)
}

# METADATA
# title: Wie moet goedkeuren, heeft dat nog niet gedaan
# description: An approval is missing, has lapsed, or was given by the sender or twice by one person.
# authors:
#   - privacyfunctionaris
# custom:
#   code: r-approval
#   effect: hold
#   article: stroommatrix; Bpg 4:5, 5:1(4); vier ogen
#   evidence: D
#   title_en: Whoever must approve has not done so yet
#   now_nl: Het bericht ligt bij wie moet goedkeuren. U hoeft niets te doen.
#   now_en: The message is with whoever must approve. You need not do anything.
objections contains lib.objection(rego.metadata.rule()) if count(missing) > 0
