package policies.consent

import data.policies.lib

# Bpg 2:11-2:12: a record under code c, or of a theme file, is not seen by who
# searches; its keeper is told in silence. An answer about it is the answer that
# would be given if there were none (lib.items).

# METADATA
# title: Geen zichtbare overeenkomst
# description: A question about a person of whom the recipient has a record that may not be seen. The question goes; only the recipient's functionary learns of the match.
# authors:
#   - privacyfunctionaris politie
# custom:
#   code: r-code-nl
#   effect: allow
#   article: Bpg 2:11, 2:12
#   evidence: V
#   title_en: No visible match
#   now_nl: U hoeft niets te doen.
#   now_en: You need not do anything.
marks contains lib.objection(rego.metadata.rule()) if unseen

# METADATA
# title: De functionaris van de houder hoort van de overeenkomst
# authors:
#   - privacyfunctionaris politie
# custom:
#   article: Bpg 2:11
#   evidence: V
#   title_en: The keeper's functionary hears of the match
alerts contains "o-alert210" if unseen

unseen if {
	input.message.kind == "deconfliction-query"
	input.recipient.nl_code == "c"
}

# METADATA
# title: Een overeenkomst die niet zichtbaar is, blijft achterwege
# description: It is withheld without saying that there is one.
# authors:
#   - privacyfunctionaris politie
# custom:
#   article: Bpg 2:11, 2:12
#   evidence: V
#   title_en: A match that is not visible is left out
withheld contains {"item": item.id, "code": "r-code-nl"} if {
	some item in input.items
	lib.invisible(item)
}
