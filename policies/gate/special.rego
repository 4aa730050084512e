package policies.gate

import data.policies.lib

# Gate G13. In the Netherlands the categories of Wpg 5 may travel only beside
# other data; abroad only as an unavoidable part of an answer.

unavoidable_answer if {
	input.law.recipient_side == "foreign"
	input.request.exists
	input.request.unavoidable_statement != ""
}

# METADATA
# title: Bijzondere gegevens gaan niet ongevraagd naar het buitenland
# description: Special categories go abroad only when unavoidable to answer a question put by a foreign authority.
# authors:
#   - privacyfunctionaris politie
# custom:
#   code: r-special-unsolicited
#   effect: deny
#   article: Wpg 5; Bpg 5:1(3), 5:3(8); poort G13
#   evidence: V
#   title_en: Special categories do not go abroad unasked
#   now_nl: Laat deze gegevens weg, of verwijs naar de vraag en leg vast waarom het antwoord er niet zonder kan.
#   now_en: Leave these data out, or refer to the question and state why the answer cannot do without them.
item_objections contains lib.item_objection(rego.metadata.rule(), item) if {
	asked
	lib.outward
	some item in lib.items
	item.data_category in lib.special_categories
	not unavoidable_answer
}

# Whose data an item is must be said: what names nobody stands beside nothing.
beside_other_data(item) if {
	item.subject_ref != ""
	some other in lib.items
	other.subject_ref == item.subject_ref
	not other.data_category in (lib.special_categories | {"d-none"})
}

# METADATA
# title: Dit soort gegevens mag op deze grondslag niet worden gedeeld
# description: At home, special categories of police data travel only in addition to other data about the same person.
# authors:
#   - privacyfunctionaris
# custom:
#   code: r-data-category
#   effect: deny
#   article: Wpg 5; poort G13
#   evidence: V
#   title_en: This kind of data may not be shared on this basis
#   now_nl: Laat deze gegevens weg, of sta toe dat ze worden achtergehouden.
#   now_en: Leave these data out, or allow them to be withheld.
item_objections contains lib.item_objection(rego.metadata.rule(), item) if {
	asked
	not lib.outward
	some item in lib.items
	item.regime == "wpg"
	item.data_category in lib.special_categories
	not beside_other_data(item)
}
