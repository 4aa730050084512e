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
# description: The day that is a term of years, months and days after another.
later(day, term) := time.format([
	time.add_date(time.parse_rfc3339_ns(concat("", [day, "T00:00:00Z"])), term.years, term.months, term.days),
	"UTC",
	"2006-01-02",
])

# METADATA
# description: >-
#   A recall and a receipt must always get through: they are exempt from steps 3
#   to 5 of law/README.md 0.5, not from what others set as a condition (step 6).
#   A review shows an approver what he is asked about.
exempt_kinds := {"recall-rectification", "receipt", "review"}

exempt if input.message.kind in exempt_kinds

# Values sealed for another partner do not reach this recipient; what remains is
# what the rules speak about.
items := [item |
	some item in input.items
	addressed(item)
	not invisible(item)
]

addressed(item) if item.sealed_for == ""

addressed(item) if item.sealed_org == input.recipient.org

personal if {
	some item in items
	item.data_category != "d-none"
}

# Items that fail a rule about themselves.
failing := basis.item_objections | gate.item_objections

# METADATA
# title: Wat mag ontbreken en niet mag, blijft achterwege
# description: A field that the sender allowed to be withheld is withheld; any other decides for the whole message.
# authors:
#   - privacyfunctionaris
# custom:
#   article: Wpg 3(2); AVG 5(1)(c)
#   evidence: D
#   title_en: What may be missing, and may not go, is left out
withheld contains {"item": failed.item, "code": failed.code} if {
	some failed in failing
	failed.may
}

withheld_items := {entry.item | some entry in withheld}

leaving := [item |
	some item in items
	not item.id in withheld_items
]

objections contains {"code": failed.code, "effect": failed.effect, "article": failed.article} if {
	some failed in failing
	not failed.may
}

# METADATA
# description: What an objection says; the words are those of its annotation.
objection(rule) := {"code": rule.custom.code, "effect": rule.custom.effect, "article": rule.custom.article}

# METADATA
# description: What an objection to one item says.
item_objection(rule, item) := {
	"code": rule.custom.code,
	"effect": rule.custom.effect,
	"article": rule.custom.article,
	"item": item.id,
	"may": item.may,
}

# Where the data would go. At home is only what is shown to be at home: class,
# country and side of the recipient all say so.
at_home if {
	input.country.class == "cc-nl"
	input.recipient.country == "NL"
	not input.law.recipient_side in {"", "foreign"}
}

# A foreign authority, or an NGO abroad, that tells its own country.
at_home if {
	from_abroad
	input.recipient.country != ""
	input.recipient.country == input.sender.country
}

# Whose data the transfer rules of the Wpg, the Wjsg and the GDPR do not speak of
# is told by the side of the sender's role, not by where his desk stands.
from_abroad if input.law.sender_side == "foreign"

from_abroad if {
	input.law.sender_side == "private"
	not input.sender.country in {"", "NL"}
}

abroad if not at_home

# Out of the Netherlands.
outward if {
	abroad
	not from_abroad
}

# Out of the Netherlands to where no rule of the European Union binds; a state
# that nobody classed is such a place.
transfer if {
	outward
	not within_union
}

# Gate G03 is asked of what leaves for a third country, also of what a private
# organisation in another Member State tells one.
exported if transfer

exported if {
	input.law.sender_side == "private"
	input.sender.country in input.law.known.member_states
	abroad
	not within_union
}

within_union if {
	input.country.class in {"cc-eu", "cc-ea"}
	input.country.id == input.recipient.country
}

special_categories := {"d-health", "d-psych", "d-sexlife", "d-ethn", "d-relig", "d-biom", "d-dna"}

# What may stand without a person: a place, a journey, a plate, an account, a
# hash, a child that nobody named.
unmarked_categories := {"d-none", "d-location", "d-travel", "d-vehicle", "d-online-id", "d-imgref", "d-vict-nonid"}

# Data about a person of whom nobody said what he is in the case (Wpg 6b).
unassigned(item) if {
	item.subject_category == ""
	not item.data_category in unmarked_categories
}

# Whoever is not shown to be something else may be a suspect.
not_accused := {"s-victim", "s-potvictim", "s-witness", "s-contact", "s-reporter", "s-acquitted", "s-applicant", "s-official"}

about_accused(item) if {
	item.data_category != "d-none"
	item.subject_category != ""
	not item.subject_category in not_accused
}

about_accused(item) if unassigned(item)

victims := {"s-victim", "s-potvictim"}

# METADATA
# description: >-
#   What tells who a child is: by its category or, of a victim who is or may be a
#   minor, by whatever says or shows a name. Saving the child, and telling victim
#   support where it lives, are what some bases are for.
child_identity(item) if item.data_category == "d-vict-id"

child_identity(item) if {
	item.data_category in {"d-ident", "d-alias", "d-docs", "d-photo", "d-biom"}
	of_young_victim(item)
}

child_identity(item) if {
	item.data_category == "d-contact"
	of_young_victim(item)
	not helps_child
}

of_young_victim(item) if {
	item.subject_category in victims
	item.is_minor != "no"
}

finds_child if {
	some claimed in input.law.bases
	claimed.victim_identity
}

helps_child if {
	some claimed in input.law.bases
	claimed.id == "wpg-18-vict"
}

# The same persons by reference; what names nobody counts by itself.
subjects := {subject(item) | some item in leaving; personal_item(item)}

personal_item(item) if item.subject_ref != ""

personal_item(item) if {
	item.subject_ref == ""
	not item.data_category in unmarked_categories
}

subject(item) := item.subject_ref if item.subject_ref != ""

subject(item) := sprintf("item %d", [item.id]) if item.subject_ref == ""

# METADATA
# description: The emergency path of gate G10 is claimed, on a basis that is made for it.
emergency if {
	danger_shown
	some claimed in input.law.bases
	claimed.emergency
}

# An emergency that saves an identifiable child now (law 3c.1).
saves_child if {
	emergency
	some claimed in input.law.bases
	claimed.emergency
	claimed.victim_identity
	some item in items
	item.subject_category in victims
}

danger_shown if {
	input.message.emergency.claimed
	input.message.emergency.facts != ""
	input.message.emergency.expires != ""
	input.now < input.message.emergency.expires
}

# Evidence: claimed for a basis, or standing between the parties. A paper that
# was withdrawn, or that is for another purpose, is none.
documents contains document if {
	some claimed in input.bases
	some document in claimed.documents
	usable(document)
}

documents contains document if {
	some document in input.documents
	usable(document)
}

documents contains document if {
	some document in input.sender.authorisations
	usable(document)
}

documents contains document if {
	some document in input.recipient.mou
	usable(document)
}

usable(document) if {
	document.status == "active"
	serves_purpose(document)
	fits(document, input.law.known.documents[document.kind])
}

serves_purpose(document) if count(document.purposes) == 0

serves_purpose(document) if input.purpose in document.purposes

# What a kind of document must fit is a fact (facts/documents.yaml, about).
fits(_, "")

fits(document, "country") if {
	document.country != ""
	document.country in {input.sender.country, input.recipient.country}
}

fits(document, "recipient") if input.recipient.org in document.parties

fits(_, "origin")

shown(kind) if {
	some document in documents
	document.kind == kind
	valid_today(document)
}

named(kind) if {
	some document in documents
	document.kind == kind
}

# Leave of the state that an item comes from, for its category.
state_agrees(item) if {
	some document in consents
	document.country != ""
	document.country == item.origin_country
	for_category(document, item)
}

# Leave of whoever gave an item: of himself or, of an authority, of its state.
originator_agrees(item) if {
	some document in consents
	item.origin_org != ""
	item.origin_org in array.concat(document.parties, [document.issuer])
	for_category(document, item)
}

originator_agrees(item) if {
	item.origin_side != "private"
	state_agrees(item)
}

consents contains document if {
	some document in documents
	document.kind == "orig-consent"
	valid_today(document)
}

for_category(document, _) if count(document.categories) == 0

for_category(document, item) if item.data_category in document.categories

# METADATA
# description: An approval counts when a named officer of a partner gave it in the right function, for this message or what it is one of, not the sender, not a person who approved in another function, and it has not lapsed.
approved(function) if {
	some approval in input.approvals
	approval.function == function
	officer(approval.person)
	approval.person != input.sender.officer_id
	approval.at != ""
	approval.at <= input.now
	in_scope(approval)
	not_after(approval.valid_until)
	not second_act(approval)
}

# An approval is for this message, for a kind or a purpose, or for the programme
# that an NGO's director answers for.
in_scope(approval) if approval.scope in {"this message", input.message.kind, input.purpose}

in_scope(approval) if {
	approval.scope == "programme"
	approval.function == "a-dir"
}

officer(person) if {
	[org, name] = split(person, "/")
	org != ""
	name != ""
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

# METADATA
# description: >-
#   A deconfliction answer that would show a record under code c, or of a theme file,
#   says what it would say if there were none (Bpg 2:11-2:12): nothing of it, nor what
#   stands beside it about anybody.
invisible(item) if {
	unseen_record
	item.data_category != "d-none"
}

invisible(item) if unseen(item)

unseen_record if {
	some item in input.items
	unseen(item)
}

unseen(item) if {
	input.message.kind == "deconfliction-answer"
	item.nl_code == "c"
}

unseen(item) if {
	input.message.kind == "deconfliction-answer"
	item.processing_article == "art10-1-b"
}
