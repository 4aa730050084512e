package policies.consent

import data.policies.gate
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
	count(input.law.row.approvals) == 0
	some approval in of_bases
	not narrowed(approval)
}

# What a basis asks for some data or some persons is always needed.
needed contains approval.function if {
	some approval in of_bases
	narrowed(approval)
}

of_bases contains approval if {
	asked
	lib.personal
	some claimed in input.law.bases
	some approval in claimed.approvals
	of_sender(approval)
	with_document(approval)
	concerns(approval)
}

narrowed(approval) if count(approval.articles) > 0

narrowed(approval) if count(approval.subjects) > 0

concerns(approval) if {
	of_class(approval)
	some item in lib.leaving
	item.data_category != "d-none"
	of_article(approval, item)
	of_subject(approval, item)
}

of_sender(approval) if count(approval.senders) == 0

of_sender(approval) if input.sender.role in approval.senders

with_document(approval) if approval["with"] == ""

with_document(approval) if lib.named(approval["with"])

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
	not lib.saves_child
	some item in lib.leaving
	lib.about_accused(item)
	some function in input.country.approvals
}

# Gate G15, at home: the functionary of Bpg 2:10 looks at a list.
needed contains "a-210" if {
	not lib.abroad
	not gate.few
}

# Bpg 5:1(4): art 10(1)(a) and (c) data abroad.
needed contains function if {
	asked
	lib.outward
	some item in lib.leaving
	function := theme_functions[item.processing_article]
}

theme_functions := {"art10-1-a": "a-ovj", "art10-1-c": "a-burg"}

# Gate G08: weak information about a suspect does not go abroad by itself.
needed contains "a-ovj" if {
	asked
	lib.transfer
	not lib.emergency
	some item in lib.leaving
	lib.about_accused(item)
	item.data_category in judged_categories
	weak(source(item), item.grade.info)
}

weak("C", _)

weak("X", "4")

# What an NGO says of its own source counts for no more than X (law 3b.2).
source(item) := item.grade.source if not own_grade(item)

source(item) := "X" if own_grade(item)

own_grade(item) if {
	input.law.sender_side == "private"
	item.grade.source != ""
}

# Gate G02: a child's sealed identity is for a victim-identification officer, or
# one approves.
needed contains "a-vid" if {
	asked
	not lib.emergency
	some item in lib.leaving
	lib.child_identity(item)
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
