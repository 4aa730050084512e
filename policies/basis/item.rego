package policies.basis

import data.policies.lib

# Rules about single items: what fails here is withheld when the sender allowed
# that, and decides for the whole message when not.

examined contains item if {
	asked
	some item in lib.items
	item.data_category != "d-none"
}

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
	not code in selection.except
	not code in {"d-csam", "d-informant", "d-source"}
}

selected(selection, code, _, _) if code in selection.only

selected(selection, code, assessed, _) if {
	selection.named_in == "assessment"
	code in assessed
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

subject_served(item) if item.subject_category == ""

subject_served(item) if {
	every claimed in input.law.bases { selected(claimed.subjects, item.subject_category, input.recipient.assessment.subjects, input.decision_file.subjects) }
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
# title: Iemand op de lijst moet eerst als verdachte, veroordeelde of betrokkene worden aangemerkt
# description: A subject on the list who is not mapped to Wpg 6b waits until a person has done so (Q-18).
# authors:
#   - privacyfunctionaris politie
# custom:
#   code: r-subject-category
#   effect: hold
#   article: Wpg 6b, 10(2)
#   evidence: V
#   title_en: A person on the list must first be mapped to suspect, convict or contact
#   now_nl: Bepaal de categorie van de betrokkene volgens Wpg 6b.
#   now_en: Decide the person's category under Wpg 6b.
item_objections contains lib.item_objection(rego.metadata.rule(), item) if {
	some item in examined
	item.subject_category == "s-kst"
	not subject_served(item)
}
