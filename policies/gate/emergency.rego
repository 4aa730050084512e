package policies.gate

import data.policies.lib

# Gate G10. An emergency lifts what waits: an approval, a country record, the
# consent of a Member State. It lifts no prohibition (G01, G05, G16, removed data,
# theme data abroad) and no condition from outside the European Union.

in_emergency if input.message.emergency.claimed

in_emergency if {
	some claimed in input.law.bases
	claimed.emergency
}

emergency_substantiated if not in_emergency

emergency_substantiated if lib.danger_shown

# METADATA
# title: Het gevaar is niet omschreven of de termijn ontbreekt
# description: Facts of danger say who, where, when, and why the normal route fails (gate G10).
# authors:
#   - privacyfunctionaris politie
# custom:
#   code: r-emergency-unsubstantiated
#   effect: hold
#   article: Wpg 17a(3)(a), (c); LED 38(1); poort G10
#   evidence: V
#   title_en: The danger is not described, or its term is missing
#   now_nl: Schrijf op wie waar in gevaar is, waarom de gewone weg te laat komt, en tot wanneer dit geldt.
#   now_en: Write down who is in danger and where, why the normal route is too late, and until when this holds.
objections contains lib.objection(rego.metadata.rule()) if {
	asked
	not emergency_substantiated
}

# Whoever released alone is ratified within 24 hours and the review is closed
# within 72 hours; what is not ratified is recalled.
obligations contains "o-review24" if lib.emergency
