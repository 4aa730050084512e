package policies.consent

import data.policies.gate
import data.policies.lib

# Which human functions must approve, and which still must.

# METADATA
# title: Wie volgens de matrix moet goedkeuren
# description: The row names them for the flow as a whole.
# authors:
#   - privacyfunctionaris
# custom:
#   article: stroommatrix
#   evidence: D
#   title_en: Who must approve by the matrix
needed contains function if {
	asked
	lib.personal
	some function in input.law.row.approvals
}

# METADATA
# title: Wie ook moet goedkeuren wat over niemand gaat
# description: A row that holds does so without personal data too.
# authors:
#   - privacyfunctionaris
# custom:
#   article: stroommatrix
#   evidence: D
#   title_en: Who must approve also what is about nobody
needed contains function if {
	asked
	not lib.personal
	input.law.row.decision == "hold"
	some function in input.law.row.approvals
}

# METADATA
# title: Buiten een land met een adequaat niveau kijkt de officier
# description: The row lets the national unit release alone because the basis holds for adequate countries only; what is about nobody rests on no basis, and may be for another country.
# authors:
#   - officier van justitie
# custom:
#   article: Wpg 17a(1); stroommatrix
#   evidence: D
#   title_en: Outside a country with an adequate level the prosecutor looks
needed contains "a-ovj" if {
	asked
	some condition in input.law.row.conditions
	condition.attribute == "adequate-country"
	input.country.class != "cc-ta"
}

# METADATA
# title: Wie volgens de grondslag moet goedkeuren
# description: The basis names them where the row does not.
# authors:
#   - privacyfunctionaris
# custom:
#   article: de aangevoerde grondslag
#   evidence: D
#   title_en: Who must approve by the basis
needed contains approval.function if {
	count(input.law.row.approvals) == 0
	some approval in of_bases
	not narrowed(approval)
}

# METADATA
# title: Wie bij deze gegevens of deze personen moet goedkeuren
# description: What a basis asks for some data or some persons is always needed.
# authors:
#   - privacyfunctionaris politie
# custom:
#   article: Wpg 9(3), 10(5); Bpg 4:5, 5:1(4)
#   evidence: V
#   title_en: Who must approve these data or these persons
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
	of_recipient(approval)
	with_document(approval)
	not input.message.kind in approval.except_kinds
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

of_recipient(approval) if count(approval.recipients) == 0

of_recipient(approval) if input.recipient.role in approval.recipients

with_document(approval) if approval["with"] == ""

with_document(approval) if lib.named(approval["with"])

of_class(approval) if count(approval.classes) == 0

of_class(approval) if input.country.class in approval.classes

of_article(approval, _) if count(approval.articles) == 0

of_article(approval, item) if item.processing_article in approval.articles

of_subject(approval, _) if count(approval.subjects) == 0

of_subject(approval, item) if item.subject_category in approval.subjects

# METADATA
# title: Iemand moet kijken voordat gegevens over een verdachte naar dit land gaan
# description: The country record names the function; saving a child does not wait for it.
# authors:
#   - officier van justitie
# custom:
#   article: poort G03
#   evidence: D
#   title_en: Somebody must look before data on a suspect go to this country
needed contains function if {
	asked
	lib.exported
	not lib.saves_child
	some item in lib.leaving
	lib.about_accused(item)
	some function in input.country.approvals
}

# METADATA
# title: Een functionaris moet meer dan vijf personen of een lijst in één bericht goedkeuren
# description: At home; abroad a list is refused.
# authors:
#   - privacyfunctionaris politie
# custom:
#   article: Wpg 3(2); poort G15
#   evidence: D
#   title_en: A functionary must approve more than five persons or a list in one message
needed contains "a-210" if {
	not lib.abroad
	not gate.few
}

# METADATA
# title: Officier of burgemeester moet instemmen met gegevens van artikel 10
# description: Article 10(1)(a) and (c) data that go abroad.
# authors:
#   - officier van justitie
# custom:
#   article: Bpg 5:1(4), 5:3(8)
#   evidence: V
#   title_en: Prosecutor or mayor must consent to data of article 10
needed contains function if {
	asked
	lib.outward
	some item in lib.leaving
	item.data_category != "d-none"
	function := theme_functions[item.processing_article]
}

theme_functions := {"art10-1-a": "a-ovj", "art10-1-c": "a-burg"}

# METADATA
# title: De officier kijkt naar zwakke informatie over een verdachte
# description: It does not go abroad by itself.
# authors:
#   - officier van justitie
# custom:
#   article: Wpg 4(1); poort G08
#   evidence: D
#   title_en: The prosecutor looks at weak information about a suspect
needed contains "a-ovj" if {
	asked
	lib.transfer
	not lib.emergency
	some item in lib.leaving
	lib.about_accused(item)
	item.data_category in gate.judged_categories
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

# METADATA
# title: De officier kijkt naar gegevens over een minderjarige verdachte
# description: Data that Dutch authorities hold on a suspect under eighteen; not where the prosecutor receives them, and not while a child is in danger now.
# authors:
#   - officier van justitie
# custom:
#   article: Wjsg 12; betrokkenentabel
#   evidence: V
#   title_en: The prosecutor looks at data on a suspect under eighteen
needed contains "a-ovj" if {
	asked
	input.law.sender_side in {"police", "justice"}
	input.recipient.role != "om"
	not lib.emergency
	some item in lib.leaving
	young_suspect(item)
}

young_suspect(item) if item.subject_category == "s-minor-off"

young_suspect(item) if {
	item.subject_category in {"s-suspect", "s-kst"}
	item.is_minor == "yes"
}

evidence_categories := {"d-evid", "d-comm-meta", "d-comm-content"}

# METADATA
# title: De officier moet instemmen met stukken uit het dossier en wat met dwangmiddelen is verkregen
# description: Outside police and prosecution; abroad it takes mutual legal assistance besides.
# authors:
#   - officier van justitie
# custom:
#   article: Sv 5.1.7(1), 5.1.10(3); gegevenstabel
#   evidence: V
#   title_en: The prosecutor must consent to documents of the case and to what coercive measures yielded
needed contains "a-ovj" if {
	asked
	input.law.sender_side == "police"
	not input.law.recipient_side in {"police", "justice"}
	not lib.emergency
	some item in lib.leaving
	item.data_category in evidence_categories
}

# METADATA
# title: De juridisch medewerker bekijkt een soort rapport voordat het voor het eerst naar buiten gaat
# description: A picture that police drew from their data.
# authors:
#   - privacyfunctionaris politie
# custom:
#   article: Wpg 22; Bpg 4:7; stroommatrix
#   evidence: D
#   title_en: The legal officer looks at a type of report before it first goes out
needed contains "a-legal" if gate.first_release

# METADATA
# title: De identiteit van een kind is voor een slachtofferfunctionaris, of die keurt goed
# description: Of the identity of a child, sealed.
# authors:
#   - coördinator slachtofferidentificatie
# custom:
#   article: OPSC 8(1)(e); poort G02
#   evidence: D
#   title_en: A child is named only to a victim officer, or one approves
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
