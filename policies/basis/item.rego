package policies.basis

import data.policies.lib

# Rules about single items: what fails here is withheld when the sender allowed
# that, and decides for the whole message when not.

examined contains item if {
	asked
	some item in lib.items
	item.data_category != "d-none"
}

# A source that nobody named is asked in condition.rego.
article_served(item) if item.processing_article == ""

article_served(item) if {
	every claimed in input.law.bases { item.processing_article in array.concat(claimed.articles, claimed.strict_articles) }
}

# METADATA
# title: Uit deze bron mag op deze grondslag niet worden verstrekt
# description: The processing article decides what may be shared (law/README.md 0.4, finding 2).
# authors:
#   - privacyfunctionaris politie
# custom:
#   code: r-processing-article
#   effect: deny
#   article: Wpg 8-13; Bpg 4:2, 4:5
#   evidence: V
#   title_en: Nothing may be shared from this source on this basis
#   now_nl: Deel alleen gegevens uit een verwerking die de grondslag noemt.
#   now_en: Share only data from a file that the basis names.
item_objections contains lib.item_objection(rego.metadata.rule(), item) if {
	some item in examined
	not article_served(item)
}

category_served(item) if {
	every claimed in input.law.bases { selected(claimed.data, item.data_category, input.recipient.assessment.categories, input.decision_file.categories) }
}

# METADATA
# description: A selection takes in a code when it is all but some, only some, or those that a document names.
selected(selection, code, _, _) if {
	selection.all
	code in input.law.known.codes
	not code in selection.except
	not code in {"d-csam", "d-informant", "d-source"}
}

selected(selection, code, _, _) if code in selection.only

selected(selection, code, assessed, _) if {
	selection.named_in == "assessment"
	code in assessed
}

# An assessment or a decision that is not there yet is missing, not narrower.
selected(selection, _, _, _) if {
	selection.named_in == "assessment"
	input.recipient.assessment.id == ""
}

selected(selection, _, _, _) if {
	selection.named_in == "decision"
	input.decision_file.wpg20_id == ""
}

selected(selection, code, _, decided) if {
	selection.named_in == "decision"
	code in decided
}

# METADATA
# title: Dit soort gegevens mag op deze grondslag niet worden gedeeld
# authors:
#   - privacyfunctionaris
# custom:
#   code: r-data-category
#   effect: deny
#   article: Wpg 3(2), 5; AVG 5(1)(c), 9, 10
#   evidence: V
#   title_en: This kind of data may not be shared on this basis
#   now_nl: Laat deze gegevens weg, of sta toe dat ze worden achtergehouden.
#   now_en: Leave these data out, or allow them to be withheld.
item_objections contains lib.item_objection(rego.metadata.rule(), item) if {
	some item in examined
	not category_served(item)
}

# METADATA
# title: Het samenwerkingsbesluit noemt deze gegevens of deze ontvanger niet
# description: Data of a category that the written decision does not name.
# authors:
#   - privacyfunctionaris politie
# custom:
#   code: r-outside-decision
#   effect: deny
#   article: Wpg 18(2), 20(1)-(2)
#   evidence: V
#   title_en: The partnership decision does not name these data or this recipient
#   now_nl: Blijf binnen het besluit, of laat het aanvullen.
#   now_en: Stay within the decision, or have it extended.
item_objections contains lib.item_objection(rego.metadata.rule(), item) if {
	some item in examined
	rests_on_decision
	input.decision_file.wpg20_id != ""
	not item.data_category in input.decision_file.categories
}

subject_served(item) if item.subject_category == ""

subject_served(item) if {
	not about_accused_between_ngos(item)
	every claimed in input.law.bases { selected(claimed.subjects, item.subject_category, input.recipient.assessment.subjects, input.decision_file.subjects) }
}

# Between NGOs no identity of a suspect travels: no black list.
about_accused_between_ngos(item) if {
	"no-accused" in asked_for
	lib.about_accused(item)
}

# METADATA
# title: Over deze persoon mag op deze grondslag niets worden gedeeld
# authors:
#   - privacyfunctionaris
# custom:
#   code: r-subject-category
#   effect: deny
#   article: Wpg 6b, 10(2)
#   evidence: V
#   title_en: Nothing may be shared about this person on this basis
#   now_nl: Laat deze persoon weg, of kies een grondslag die voor hem geldt.
#   now_en: Leave this person out, or choose a basis that holds for him.
item_objections contains lib.item_objection(rego.metadata.rule(), item) if {
	some item in examined
	item.subject_category != "s-kst"
	not subject_served(item)
}

# METADATA
# title: Van iedere persoon moet vaststaan wat hij in de zaak is
# description: Data about a person whose category under Wpg 6b nobody gave, or who is on the list and not mapped to it (Q-18), wait until a person has done so.
# authors:
#   - privacyfunctionaris politie
# custom:
#   code: r-subject-category
#   effect: hold
#   article: Wpg 6b, 10(2)
#   evidence: V
#   title_en: Of every person it must be settled what he is in the case
#   now_nl: Bepaal wat de betrokkene is (Wpg 6b, verdachte, veroordeelde, slachtoffer, getuige) en wijs de gegevens aan hem toe.
#   now_en: Decide what the person is (Wpg 6b, suspect, convict, victim, witness) and mark the data as about that person.
item_objections contains lib.item_objection(rego.metadata.rule(), item) if {
	some item in examined
	unsettled(item)
}

unsettled(item) if item.subject_category == "s-kst"

unsettled(item) if lib.unassigned(item)
