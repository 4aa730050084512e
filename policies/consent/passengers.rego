package policies.consent

import data.policies.basis
import data.policies.lib

# METADATA
# title: De officier stemt in met passagiersgegevens die op slot zijn
# description: Passenger data are masked after six months; they open on a demand, with this consent and notice to the data-protection officer (Q-16).
# authors:
#   - officier van justitie
# custom:
#   article: PNR-wet 20(1)(d)
#   evidence: V
#   title_en: The prosecutor consents to passenger data that are locked
needed contains "a-ovj" if {
	asked
	some item in lib.leaving
	not basis.recent(item)
}
