package policies.gate

import data.policies.lib

# Gates G07 and G08: each statement about a person says whether it is fact or
# assessment, how far the sender is from it and, of an assessment, who judged; a
# suspicion or opinion also how good source and information are. Nobody is called
# an offender before final judgment. Who looks at weak information is in
# consent/approval.rego.

judged_categories := {"d-susp", "d-opin"}

statements := judged_categories | {"d-risk", "d-psych"}

judged(item) if not item.data_category in statements

judged(item) if {
	item.data_category in statements
	item.fact_or_opinion in {"fact", "assessment"}
	item.hearsay_level in {0, 1, 2}
	graded(item)
	answered_for(item)
}

graded(item) if not item.data_category in judged_categories

graded(item) if {
	item.data_category in judged_categories
	item.grade.source in {"A", "B", "C", "X"}
	item.grade.info in {"1", "2", "3", "4"}
}

answered_for(item) if not assessment(item)

answered_for(item) if {
	assessment(item)
	lib.officer(item.author)
}

assessment(item) if item.fact_or_opinion == "assessment"

# An opinion and a risk are judgements, whatever their label says.
assessment(item) if item.data_category in {"d-opin", "d-risk"}

presumed_innocent(item) if not item.presumes_guilt

presumed_innocent(_) if input.subject_flags.final_judgment

presumed_innocent(item) if item.subject_category == "s-convicted"

quality_shown if not asked

quality_shown if {
	every item in lib.leaving {
		judged(item)
		presumed_innocent(item)
	}
}

# METADATA
# title: Bij een verdenking of oordeel moet staan hoe betrouwbaar dit is, of het een feit is en wie oordeelt
# description: Grade, label, distance and author; no word such as offender before final judgment.
# authors:
#   - privacyfunctionaris politie
# custom:
#   code: r-grade-missing
#   effect: hold
#   article: Wpg 4(1), 4(3); LED 7(1); Richtlijn onschuldpresumptie 4; poorten G07, G08
#   evidence: V
#   title_en: A suspicion or opinion carries its grade, whether it is a fact and who judges
#   now_nl: Vul de codes in, of het een feit of een oordeel is en wie oordeelt; noem niemand dader vóór een onherroepelijk vonnis.
#   now_en: Fill in the grades, whether it is fact or assessment and who judges; call nobody an offender before final judgment.
objections contains lib.objection(rego.metadata.rule()) if not quality_shown
