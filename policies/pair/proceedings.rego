package policies.pair

import data.policies.lib

# Gate G14: how earlier proceedings against the person ended.

suspicions := {"d-susp", "d-opin", "d-risk"}

ended if input.subject_flags.acquitted

ended if input.subject_flags.final_judgment

# A new suspicion. A conviction is none: Wjsg 7c has it beside the acquittal.
barred(item) if {
	ended
	item.data_category in suspicions
}

# Help with a prosecution of what was judged already (Sv 5.1.5(1)).
barred(item) if {
	ended
	lib.outward
	input.message.kind == "assistance-response"
	lib.about_accused(item)
}

# Of whoever was acquitted only the acquittal is told, and of whom.
barred(item) if {
	item.subject_category == "s-acquitted"
	not correction(item)
	not made_for_acquitted
}

correction(item) if item.data_category in {"d-none", "d-dismissed"}

correction(item) if {
	item.data_category in {"d-ident", "d-alias"}
	ending_told(item)
}

ending_told(item) if {
	some other in lib.items
	other.data_category == "d-dismissed"
	other.subject_ref == item.subject_ref
}

# The judicial record holds the acquittal beside the rest (Wjsg 7c); a basis that
# names the acquitted is for it (Wjsg 8-9).
made_for_acquitted if {
	some claimed in input.law.bases
	"s-acquitted" in claimed.subjects.only
}

proceedings_open if lib.exempt

proceedings_open if {
	every item in lib.items { not barred(item) }
}

# METADATA
# title: Na vrijspraak of einduitspraak volgt geen nieuwe verdenking
# description: After an acquittal or final judgment only corrections go out.
# authors:
#   - officier van justitie
# custom:
#   code: r-nebis
#   effect: deny
#   article: Sv 5.1.5(1); Wjsg 7c; poort G14
#   evidence: V
#   title_en: After an acquittal or final judgment there is no new suspicion
#   now_nl: Stuur alleen een correctie van wat eerder is gedeeld.
#   now_en: Send only a correction of what was shared before.
objections contains lib.objection(rego.metadata.rule()) if not proceedings_open

# A case that was dismissed may be looked at again; whoever hears of the suspicion
# hears of the dismissal.
dismissal_told if lib.exempt

dismissal_told if not input.subject_flags.dismissed

dismissal_told if {
	every item in lib.leaving { whole(item) }
}

whole(item) if not item.data_category in suspicions

whole(item) if ending_told(item)

# METADATA
# title: Een voorwaarde van de grondslag, of van de ontvanger, is nog niet aangetoond
# description: A suspicion that ended in a dismissal travels only with the dismissal beside it, about the same person.
# authors:
#   - officier van justitie
# custom:
#   code: r-cond-unmet
#   effect: hold
#   article: Wjsg 7c; Wpg 4(1); poort G14
#   evidence: V
#   title_en: A condition of the basis, or of the recipient, has not been shown yet
#   now_nl: Voeg het ontbrekende stuk toe aan de grondslag en stuur het opnieuw, of vraag de ontvanger om zijn verklaring.
#   now_en: Add the missing document to the basis and send it again, or ask the recipient for the undertaking.
objections contains lib.objection(rego.metadata.rule()) if not dismissal_told
