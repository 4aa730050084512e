package policies.basis

import data.policies.gate
import data.policies.lib

# Conditions that are true or false of the data and the parties, not shown by a
# document: what fails is refused, not kept waiting.

asked_for contains condition.attribute if {
	some claimed in input.law.bases
	some condition in claimed.conditions
}

asked_for contains condition.attribute if some condition in input.law.row.conditions

barred(item) if {
	"europol-categories" in asked_for
	lib.about_accused(item)
	not item.data_category in input.law.known.annex_ii_b
}

barred(item) if {
	"no-fiu-file" in asked_for
	item.data_category == "d-mot"
}

barred(item) if {
	"victim-is-subject" in asked_for
	item.data_category == "d-vict-id"
	not item.subject_category in lib.victims
}

barred(item) if {
	"police-question" in asked_for
	input.law.recipient_side == "police"
	item.data_category in {"d-crim-rec", "d-susp"}
}

# METADATA
# title: Dit soort gegevens mag op deze grondslag niet worden gedeeld
# description: To Europol, on suspects, only the categories of Annex II part B(2) of its regulation; to foreign police no FIU file, which has a channel of its own; under Wjsg 39f nothing that traces to another than the data subject; to the police, of who applies for a certificate, the question only.
# authors:
#   - privacyfunctionaris
# custom:
#   code: r-data-category
#   effect: deny
#   article: Bpg 5:1(6), 5:7; Europol-verordening bijlage II; Wjsg 36, 39f(2)(b)
#   evidence: V
#   title_en: This kind of data may not be shared on this basis
#   now_nl: Laat deze gegevens weg, of sta toe dat ze worden achtergehouden.
#   now_en: Leave these data out, or allow them to be withheld.
item_objections contains lib.item_objection(rego.metadata.rule(), item) if {
	some item in examined
	barred(item)
}

# Paspoortwet 18(1) is for the prosecution service and a suspect, 18(2) for the
# Minister and a convicted person.
evasion_parties := {"om": "s-suspect", "minjv": "s-convicted"}

# METADATA
# title: Over deze persoon mag op deze grondslag niets worden gedeeld
# authors:
#   - officier van justitie
# custom:
#   code: r-subject-category
#   effect: deny
#   article: Paspoortwet 18(1)-(2)
#   evidence: V
#   title_en: Nothing may be shared about this person on this basis
#   now_nl: Laat deze persoon weg, of kies een grondslag die voor hem geldt.
#   now_en: Leave this person out, or choose a basis that holds for him.
item_objections contains lib.item_objection(rego.metadata.rule(), item) if {
	some item in examined
	"evasion-parties" in asked_for
	lib.about_accused(item)
	item.subject_category != "s-kst" # to be settled first (item.rego)
	item.subject_category != evasion_parties[input.sender.role]
}

# METADATA
# title: Bijzondere gegevens gaan niet ongevraagd naar het buitenland
# description: An assessment of the risk that a person poses goes to police abroad only as an unavoidable part of an answer (row risk-assessment/8).
# authors:
#   - privacyfunctionaris politie
# custom:
#   code: r-special-unsolicited
#   effect: deny
#   article: Wpg 7a; Bpg 5:1(3), 5:3(8); poort G13
#   evidence: D
#   title_en: Special categories do not go abroad unasked
#   now_nl: Laat deze gegevens weg, of verwijs naar de vraag en leg vast waarom het antwoord er niet zonder kan.
#   now_en: Leave these data out, or refer to the question and state why the answer cannot do without them.
item_objections contains lib.item_objection(rego.metadata.rule(), item) if {
	some item in examined
	"answer-only" in asked_for
	item.data_category == "d-risk"
	not gate.unavoidable_answer
}
