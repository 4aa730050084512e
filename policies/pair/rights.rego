package policies.pair

import data.policies.lib

# Sv 5.1.5(3)-(5): what nobody helps another state with.

accused_told if {
	not lib.exempt
	some item in lib.items
	lib.about_accused(item)
}

rights_respected if not accused_told

rights_respected if not lib.outward

# Persecution is that for religion, belief, nationality, race or group.
rights_respected if {
	not input.country.torture_flag
	not input.country.fair_trial_flag
	not input.subject_flags.persecution
}

# METADATA
# title: Er zijn concrete feiten die op een flagrante schending van mensenrechten wijzen
# description: Torture or an unfair trial in that country, or a case that serves persecution. Only the Minister decides otherwise.
# authors:
#   - officier van justitie
# custom:
#   code: r-flagrant
#   effect: deny
#   article: Sv 5.1.5(3)-(4); EVRM 3, 6; poort G03
#   evidence: V
#   title_en: Concrete facts point to a flagrant breach of human rights
#   now_nl: Deel dit niet. Overleg met de officier van justitie.
#   now_en: Do not share this. Speak to the public prosecutor.
objections contains lib.objection(rego.metadata.rule()) if not rights_respected

# The Minister's leave is asked in consent/approval.rego.
political_treaty_shown if not political

political_treaty_shown if lib.shown("treaty")

political if {
	accused_told
	lib.outward
	input.subject_flags.political
}

# METADATA
# title: Een voorwaarde van de grondslag, of van de ontvanger, is nog niet aangetoond
# description: In a case of a political offence there is help only on a treaty.
# authors:
#   - officier van justitie (AIRS)
# custom:
#   code: r-cond-unmet
#   effect: hold
#   article: Sv 5.1.5(5)
#   evidence: V
#   title_en: A condition of the basis, or of the recipient, has not been shown yet
#   now_nl: Voeg het ontbrekende stuk toe aan de grondslag en stuur het opnieuw, of vraag de ontvanger om zijn verklaring.
#   now_en: Add the missing document to the basis and send it again, or ask the recipient for the undertaking.
objections contains lib.objection(rego.metadata.rule()) if not political_treaty_shown
