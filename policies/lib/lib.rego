# METADATA
# title: Woorden die elke regel gebruikt
# description: What rules of several steps have in common. Nothing here decides.
package policies.lib

import data.policies.basis
import data.policies.gate

# METADATA
# description: The day of the question. Days are compared as text; both ends of a validity are included.
today := substring(input.now, 0, 10)

valid_today(document) if {
	not_before(document.valid_from)
	not_after(document.valid_until)
}

not_before("")

not_before(day) if {
	day != ""
	day <= today
}

not_after("")

not_after(day) if {
	day != ""
	today <= day
}

# METADATA
# description: A recall and a receipt must always get through (law/README.md 0.5); a review shows an approver what he is asked about.
exempt_kinds := {"recall-rectification", "receipt", "review"}

exempt if input.message.kind in exempt_kinds

# Values sealed for another partner do not reach this recipient; what remains is
# what the rules speak about.
items := [item |
	some item in input.items
	addressed(item)
]

addressed(item) if item.sealed_for == ""

addressed(item) if item.sealed_org == input.recipient.org

personal if {
	some item in items
	item.data_category != "d-none"
}

# Items that fail a rule about themselves.
failing := basis.item_objections | gate.item_objections

# A field that the sender allowed to be withheld is withheld; any other decides
# for the whole message.
withheld contains {"item": failed.item, "code": failed.code} if {
	some failed in failing
	failed.may
}

withheld_items := {entry.item | some entry in withheld}

leaving := [item |
	some item in items
	not item.id in withheld_items
]

objections contains {"code": failed.code, "effect": failed.effect} if {
	some failed in failing
	not failed.may
}

# METADATA
# description: What an objection says; the words are those of its annotation.
objection(rule) := {"code": rule.custom.code, "effect": rule.custom.effect}

# METADATA
# description: What an objection to one item says.
item_objection(rule, item) := {
	"code": rule.custom.code,
	"effect": rule.custom.effect,
	"item": item.id,
	"may": item.may,
}

# Where the data would go.
abroad if {
	input.country.class != "cc-nl"
	input.recipient.country != input.sender.country
}

third_country if {
	abroad
	input.country.class in {"cc-sa", "cc-ta", "cc-tb", "cc-ts", "cc-tn", "cc-io"}
}

# A transfer by a Dutch body: to data that come from abroad to where they came
# from, the transfer rules of the Wpg and Wjsg do not speak.
transfer if {
	third_country
	input.sender.country == "NL"
}

special_categories := {"d-health", "d-psych", "d-sexlife", "d-ethn", "d-relig", "d-biom", "d-dna"}

accused := {"s-suspect", "s-convicted", "s-kst", "s-minor-off"}

about_accused(item) if {
	item.subject_category in accused
	item.data_category != "d-none"
}

victims := {"s-victim", "s-potvictim"}

# METADATA
# description: The emergency path of gate G10 is claimed, on a basis that is made for it.
emergency if {
	danger_shown
	some claimed in input.law.bases
	claimed.emergency
}

danger_shown if {
	input.message.emergency.claimed
	input.message.emergency.facts != ""
	input.message.emergency.expires != ""
	input.now < input.message.emergency.expires
}

# Evidence: claimed for a basis, or standing between the parties.
documents contains document if {
	some claimed in input.bases
	some document in claimed.documents
}

documents contains document if some document in input.documents

documents contains document if some document in input.sender.authorisations

documents contains document if some document in input.recipient.mou

shown(kind) if {
	some document in documents
	document.kind == kind
	valid_today(document)
}

named(kind) if {
	some document in documents
	document.kind == kind
}

# METADATA
# description: An approval counts when the right function gave it, not the sender, not a person who approved in another function, and it has not lapsed.
approved(function) if {
	some approval in input.approvals
	approval.function == function
	approval.person != input.sender.officer_id
	approval.at <= input.now
	not_after(approval.valid_until)
	not second_act(approval)
}

second_act(approval) if {
	some other in input.approvals
	other.person == approval.person
	other.function != approval.function
	earlier(other, approval)
}

earlier(one, other) if one.at < other.at

earlier(one, other) if {
	one.at == other.at
	one.function < other.function
}
