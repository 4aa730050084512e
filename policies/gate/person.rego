package policies.gate

import data.policies.lib

# What law/README.md 2.6 says of some categories of person, whatever the basis.

# METADATA
# title: Over deze persoon mag op deze grondslag niets worden gedeeld
# description: A contact of somebody in the case stays at home; abroad he is named only in an answer, or to avert danger now.
# authors:
#   - privacyfunctionaris
# custom:
#   code: r-subject-category
#   effect: deny
#   article: Wpg 6b(c); betrokkenentabel
#   evidence: D
#   title_en: Nothing may be shared about this person on this basis
#   now_nl: Laat deze persoon weg, of kies een grondslag die voor hem geldt.
#   now_en: Leave this person out, or choose a basis that holds for him.
item_objections contains lib.item_objection(rego.metadata.rule(), item) if {
	asked
	lib.outward
	not input.request.exists
	not lib.emergency
	some item in lib.items
	item.subject_category == "s-contact"
	item.data_category != "d-none"
}

# METADATA
# title: Over deze persoon mag op deze grondslag niets worden gedeeld
# description: A witness is locked; what says who he is, is sealed for a named officer.
# authors:
#   - privacyfunctionaris
# custom:
#   code: r-subject-category
#   effect: deny
#   article: Wpg 6b(c); gegevenstabel; betrokkenentabel
#   evidence: D
#   title_en: Nothing may be shared about this person on this basis
#   now_nl: Laat deze persoon weg, of kies een grondslag die voor hem geldt.
#   now_en: Leave this person out, or choose a basis that holds for him.
item_objections contains lib.item_objection(rego.metadata.rule(), item) if {
	asked
	some item in lib.items
	of_witness(item)
	item.sealed_for == ""
}

of_witness(item) if item.data_category == "d-witness"

of_witness(item) if {
	item.subject_category == "s-witness"
	item.data_category != "d-none"
}

# METADATA
# title: Over deze persoon mag op deze grondslag niets worden gedeeld
# description: Of staff of police or an NGO the name and how to reach them travel, nothing else.
# authors:
#   - privacyfunctionaris
# custom:
#   code: r-subject-category
#   effect: deny
#   article: betrokkenentabel
#   evidence: D
#   title_en: Nothing may be shared about this person on this basis
#   now_nl: Laat deze persoon weg, of kies een grondslag die voor hem geldt.
#   now_en: Leave this person out, or choose a basis that holds for him.
item_objections contains lib.item_objection(rego.metadata.rule(), item) if {
	asked
	some item in lib.items
	item.subject_category == "s-official"
	not item.data_category in {"d-none", "d-ident", "d-contact"}
}

# Gate G02: whatever is done with a child's identity, its best interests were
# weighed and that was written down. Danger that is shown is its interest.
interests_recorded if not asked

interests_recorded if input.child.best_interests == "recorded"

interests_recorded if lib.shown("best-interests")

interests_recorded if lib.saves_child

interests_recorded if {
	every item in lib.leaving { not childs(item) }
}

childs(item) if item.data_category == "d-vict-id"

childs(item) if {
	input.message.kind == "victim-referral"
	item.data_category != "d-none"
	lib.of_young_victim(item)
}

# METADATA
# title: Een voorwaarde van de grondslag, of van de ontvanger, is nog niet aangetoond
# description: The best interests of the child are recorded before its identity travels or it is referred.
# authors:
#   - coördinator slachtofferidentificatie
# custom:
#   code: r-cond-unmet
#   effect: hold
#   article: IVRK 3, 16; OPSC 8(3); poort G02
#   evidence: V
#   title_en: A condition of the basis, or of the recipient, has not been shown yet
#   now_nl: Voeg het ontbrekende stuk toe aan de grondslag en stuur het opnieuw, of vraag de ontvanger om zijn verklaring.
#   now_en: Add the missing document to the basis and send it again, or ask the recipient for the undertaking.
objections contains lib.objection(rego.metadata.rule()) if not interests_recorded
