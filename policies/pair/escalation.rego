package policies.pair

import data.policies.lib

# Gate G11: nobody is described abroad in a worse role than the Dutch file holds.
# A witness who was named as suspect in a letter abroad was convicted there
# (National Ombudsman 2019/014).

# How heavy a role is. Wpg 6b knows victims (b) and third parties (c), suspects (a)
# and convicts (d); who is only on the list stands between, whoever was acquitted
# is no suspect (Wjsg 7c).
weight := {
	"s-victim": 0,
	"s-potvictim": 0,
	"s-witness": 0,
	"s-contact": 0,
	"s-reporter": 0,
	"s-official": 0,
	"s-applicant": 0,
	"s-acquitted": 0,
	"s-kst": 1,
	"s-minor-off": 2,
	"s-suspect": 2,
	"s-convicted": 3,
}

# An NGO holds no file of Wpg 6b.
described_abroad if {
	lib.outward
	not lib.exempt
	input.law.sender_side != "private"
}

not_escalated if not described_abroad

not_escalated if {
	every item in lib.items { not worse(item) }
}

worse(item) if weight[item.subject_category] > weight[item.file_category]

# METADATA
# title: In het buitenland heet niemand meer dan wat hij in het Nederlandse dossier is
# description: A person is described in a worse role than the sender's own file holds.
# authors:
#   - officier van justitie
# custom:
#   code: r-subject-escalation
#   effect: deny
#   article: Wpg 4(1), 6b; Nationale ombudsman 2019/014; poort G11
#   evidence: V
#   title_en: Nobody is called more abroad than what the Dutch file holds
#   now_nl: Noem de betrokkene wat hij in het dossier is, of pas eerst het dossier aan als de feiten dat dragen.
#   now_en: Call the person what the file says, or first change the file if the facts bear it.
objections contains lib.objection(rego.metadata.rule()) if not not_escalated

# Danger does not wait for the file; it makes nobody worse either.
file_shown if not described_abroad

file_shown if lib.emergency

file_shown if {
	every item in lib.leaving { on_file(item) }
}

on_file(item) if not lib.about_accused(item)

on_file(item) if weight[item.file_category]

# METADATA
# title: Een voorwaarde van de grondslag, of van de ontvanger, is nog niet aangetoond
# description: It was not said what a suspect or convict is in the sender's own file.
# authors:
#   - officier van justitie
# custom:
#   code: r-cond-unmet
#   effect: hold
#   article: Wpg 6b; poort G11
#   evidence: D
#   title_en: A condition of the basis, or of the recipient, has not been shown yet
#   now_nl: Voeg het ontbrekende stuk toe aan de grondslag en stuur het opnieuw, of vraag de ontvanger om zijn verklaring.
#   now_en: Add the missing document to the basis and send it again, or ask the recipient for the undertaking.
objections contains lib.objection(rego.metadata.rule()) if not file_shown
