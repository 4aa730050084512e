package policies.prohibition

import data.policies.lib

nothing_removed if {
	every item in lib.items { item.removed_at == "" }
}

# What was wrong or unlawful is made good with everybody who got it, also after
# the data were removed here (Wpg 4(4)).
nothing_removed if input.message.kind == "recall-rectification"

# METADATA
# title: Verwijderde politiegegevens worden niet meer verstrekt
# description: Data removed under Wpg 14(1) are kept only for complaints and accountability.
# authors:
#   - privacyfunctionaris politie
# custom:
#   code: r-removed-14
#   effect: deny
#   article: Wpg 14(1)-(2)
#   evidence: V
#   title_en: Removed police data are no longer disclosed
#   now_nl: Laat deze gegevens weg. Hergebruik kan alleen op last van het bevoegd gezag (Wpg 14(3)).
#   now_en: Leave these data out. They can be re-used only by order of the competent authority (Wpg 14(3)).
objections contains lib.objection(rego.metadata.rule()) if not nothing_removed

no_theme_data_abroad if {
	not lib.outward
	not lib.exported
}

# A receipt holds none, and a recall gives no new value of them.
no_theme_data_abroad if {
	every item in lib.items { no_theme_data(item) }
}

no_theme_data(item) if item.processing_article != "art10-1-b"

no_theme_data(item) if {
	lib.exempt
	item.data_category == "d-none"
}

# METADATA
# title: Themagegevens gaan nooit naar het buitenland
# description: Data of Wpg 10(1)(b) (theme files such as trafficking) are not transferred abroad; no consent cures it.
# authors:
#   - privacyfunctionaris politie
# custom:
#   code: r-10b-abroad
#   effect: deny
#   article: Bpg 5:1(4), 5:3(8), 3:2(b)
#   evidence: V
#   title_en: Theme data never go abroad
#   now_nl: Stuur alleen gegevens uit een ander verwerkingsdoel, of overleg met de officier van justitie over een rechtshulpverzoek.
#   now_en: Send only data from another file, or ask the public prosecutor about mutual legal assistance.
objections contains lib.objection(rego.metadata.rule()) if not no_theme_data_abroad
