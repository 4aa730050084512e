package policies.gate

import data.policies.lib

# What law/README.md 2.5 says of some categories of data, whatever the basis.

# Data from the file of the FIU serve what they were given for; another purpose, or
# another country, takes the consent of its head.
used_otherwise if input.purpose != input.original_purpose

used_otherwise if lib.outward

fiu_agrees if not asked

fiu_agrees if input.sender.role == "fiu-nl"

fiu_agrees if not used_otherwise

fiu_agrees if {
	every item in lib.leaving { fiu_free(item) }
}

fiu_free(item) if item.data_category != "d-mot"

fiu_free(item) if lib.originator_agrees(item)

# METADATA
# title: Wie deze gegevens gaf, staat doorgeven niet zonder toestemming toe
# description: FIU data for another purpose or another country, without the consent of its head.
# authors:
#   - landelijke eenheid (LIRC)
# custom:
#   code: r-h2-onward
#   effect: hold
#   article: Bpg 2:13(2)-(3), 5:1(6)
#   evidence: V
#   title_en: Whoever gave these data does not allow them to be passed on without leave
#   now_nl: Vraag toestemming aan wie de gegevens gaf.
#   now_en: Ask whoever gave the data for leave.
objections contains lib.objection(rego.metadata.rule()) if not fiu_agrees

whereabouts_safe if not asked

whereabouts_safe if not lib.transfer

whereabouts_safe if input.law.recipient_side != "foreign"

whereabouts_safe if not input.source.present

whereabouts_safe if lib.emergency

whereabouts_safe if lib.shown("safety-check")

whereabouts_safe if {
	every item in lib.leaving { item.data_category != "d-location" }
}

# METADATA
# title: Een voorwaarde van de grondslag, of van de ontvanger, is nog niet aangetoond
# description: Where somebody reported, whereabouts go to an authority of a third country after a check that they lead to no reporter and set no ambush.
# authors:
#   - landelijke eenheid (LIRC)
# custom:
#   code: r-cond-unmet
#   effect: hold
#   article: Bpg 2:13(1)(b); poort G05; gegevenstabel
#   evidence: D
#   title_en: A condition of the basis, or of the recipient, has not been shown yet
#   now_nl: Voeg het ontbrekende stuk toe aan de grondslag en stuur het opnieuw, of vraag de ontvanger om zijn verklaring.
#   now_en: Add the missing document to the basis and send it again, or ask the recipient for the undertaking.
objections contains lib.objection(rego.metadata.rule()) if not whereabouts_safe
