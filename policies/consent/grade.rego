package policies.consent

import data.policies.lib

# Law 3b.2: a grade of another scale is read by the crosswalk (facts/grades.yaml),
# which never makes it better.

# How far down the scale; C and X do not stand for each other.
depth := {"A": 1, "B": 2, "C": 3, "X": 3, "1": 1, "2": 2, "3": 3, "4": 4}

fairly_read(item) if item.grade.scale in {"", "4x4"}

fairly_read(item) if {
	scale := input.law.known.scales[item.grade.scale]
	no_better(item.grade.source, scale.sources[item.grade.from_source])
	no_better(item.grade.info, told(scale, item))
}

no_better(given, read) if given == read

no_better(given, read) if depth[given] > depth[read]

# What a field worker saw himself is known to him, whoever he is.
told(scale, item) := scale.seen if seen(scale, item)

told(scale, item) := scale.information[item.grade.from_info] if not seen(scale, item)

seen(scale, item) if {
	scale.seen != ""
	item.hearsay_level == 0
	item.origin_side == "private"
}

grades_fair if not asked

grades_fair if {
	every item in lib.leaving { fairly_read(item) }
}

# METADATA
# title: Bij een verdenking of oordeel moet staan hoe betrouwbaar dit is, of het een feit is en wie oordeelt
# description: A grade of another scale stands higher than the crosswalk reads it, or the scale is not known.
# authors:
#   - privacyfunctionaris politie
# custom:
#   code: r-grade-missing
#   effect: hold
#   article: Wpg 4(1); Europol-verordening 29; poort G08
#   evidence: D
#   title_en: A suspicion or opinion carries its grade, whether it is a fact and who judges
#   now_nl: Vul de codes in, of het een feit of een oordeel is en wie oordeelt; noem niemand dader vóór een onherroepelijk vonnis.
#   now_en: Fill in the grades, whether it is fact or assessment and who judges; call nobody an offender before final judgment.
objections contains lib.objection(rego.metadata.rule()) if not grades_fair
