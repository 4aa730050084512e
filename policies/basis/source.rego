package policies.basis

import data.policies.lib

# Where data come from: the law they are under follows whoever controls them
# (law/README.md 0.4, finding 1), and the file they come from must be one that may
# exist (step 2 of 0.5, as far as it is about data).

# A regime that nobody named is asked in condition.rego.
competent(item) if item.regime == ""

competent(item) if {
	regime := input.law.known.regimes[item.regime]
	input.sender.role in regime.by
	knows(regime, item.processing_article)
}

knows(_, "")

knows(regime, article) if article in regime.articles

# METADATA
# title: Uit deze bron mag op deze grondslag niet worden verstrekt
# description: The article does not belong to the law that the data are said to be under, or the sender holds no data under that law (facts/regimes.yaml).
# authors:
#   - privacyfunctionaris politie
# custom:
#   code: r-processing-article
#   effect: deny
#   article: Wpg 1(a), (f); Wjsg 1; AVG 2
#   evidence: V
#   title_en: Nothing may be shared from this source on this basis
#   now_nl: Deel alleen gegevens uit een verwerking die de grondslag noemt.
#   now_en: Share only data from a file that the basis names.
item_objections contains lib.item_objection(rego.metadata.rule(), item) if {
	some item in examined
	not competent(item)
}

# A file on involvement in serious crime opens for an organised remand offence
# (1°), one of eight years or more (2°), or one of Bpg 3:1 (3°). The offence table
# says which do (facts/offences.yaml, art10a).
serious_crime(item) if item.processing_article == "art10-1-a"

# METADATA
# title: Uit deze bron mag op deze grondslag niet worden verstrekt
# description: The offence does not open a file under Wpg 10(1)(a), and nobody says that it is organised; sexual approach and attending a performance alone do not (law 2.7).
# authors:
#   - privacyfunctionaris politie
# custom:
#   code: r-processing-article
#   effect: deny
#   article: Wpg 10(1)(a); Bpg 3:1
#   evidence: V
#   title_en: Nothing may be shared from this source on this basis
#   now_nl: Deel alleen gegevens uit een verwerking die de grondslag noemt.
#   now_en: Share only data from a file that the basis names.
item_objections contains lib.item_objection(rego.metadata.rule(), item) if {
	some item in examined
	serious_crime(item)
	not "organised" in item.offence_flags
	input.law.known.offence_table[item.offence_ref].art10a == "no"
}

# What opens the file is shown by the offence, by the flag, or, where the term
# follows from the circumstances, by a test on paper.
file_opened(item) if not serious_crime(item)

file_opened(item) if "organised" in item.offence_flags

file_opened(item) if input.law.known.offence_table[item.offence_ref].art10a in {"yes", "no"}

file_opened(item) if {
	input.law.known.offence_table[item.offence_ref].art10a == "check"
	lib.shown("threshold")
}

# Wpg 3(3): data of the police serve another police purpose only where that is
# necessary and proportionate; what is disclosed outside the police has in its
# basis the designation of 3(4).
purpose_kept(item) if item.data_category == "d-none"

purpose_kept(item) if item.regime != "wpg"

purpose_kept(_) if not input.law.recipient_side in {"police", "foreign"}

purpose_kept(_) if input.purpose == input.original_purpose

purpose_kept(_) if {
	input.original_purpose != ""
	change_reasoned
}

change_reasoned if {
	some kind in {"necessity", "strict-necessity", "balancing"}
	lib.shown(kind)
}

change_reasoned if lib.danger_shown
