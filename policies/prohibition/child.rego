package policies.prohibition

import data.policies.lib

# Gate G02: the default is age band, sex and area; a name is a sealed annex to a
# named officer, and only where the purpose fails without it.

never_with_identity := {"travel-warning", "subject-record", "phenomenon-report", "financial-lead"}

child_protected(item) if not lib.child_identity(item)

child_protected(item) if {
	lib.child_identity(item)
	item.sealed_for != ""
	not input.message.kind in never_with_identity
}

child_protected(item) if {
	lib.child_identity(item)
	not input.message.kind in never_with_identity
	lib.danger_shown
	input.purpose in {"p-imminent", "p-victim"}
	lib.finds_child
}

children_protected if {
	every item in lib.items { child_protected(item) }
}

# METADATA
# title: De identiteit van een kind gaat alleen verzegeld, naar wie haar nodig heeft
# description: A child's identity in the clear is refused; sealed it goes to one named officer. Only saving the child now lifts this.
# authors:
#   - coördinator slachtofferidentificatie
# custom:
#   code: r-victim-min
#   effect: deny
#   article: OPSC 8(1)(e); IVRK 3, 16; Wjsg 39f(2)(b); Wpg 3(2); poort G02
#   evidence: V
#   title_en: A child's identity travels only sealed, to whoever needs it
#   now_nl: Verzegel de naam voor de slachtofferfunctionaris, of beschrijf het kind met leeftijdsgroep, geslacht en streek.
#   now_en: Seal the name for the victim officer, or describe the child by age band, sex and area.
objections contains lib.objection(rego.metadata.rule()) if not children_protected

# METADATA
# title: Wat voor een ander verzegeld is, krijgt deze ontvanger niet
# description: It is withheld without saying that there is another.
# authors:
#   - coördinator slachtofferidentificatie
# custom:
#   article: OPSC 8(1)(e); poort G02
#   evidence: D
#   title_en: What is sealed for another does not go to this recipient
withheld contains {"item": item.id, "code": "r-victim-min"} if {
	some item in input.items
	item.sealed_for != ""
	item.sealed_org != input.recipient.org
}
