package policies.gate

import data.policies.lib

# Gate G09: what harms somebody is decided by a named human being who saw the
# grounds. What a comparison finds is a lead: whoever passes it on confirms it.

adverse_kinds := {"border-hit", "measure-notice", "screening-response", "travel-warning"}

adverse if {
	asked
	input.message.kind in adverse_kinds
}

adverse if {
	asked
	input.human.step != ""
}

humanly_decided if not adverse

humanly_decided if {
	lib.officer(input.human.officer)
	input.human.at != ""
	input.human.at <= input.now
	input.human.grounds_seen
}

# METADATA
# title: Over een ingrijpende stap beslist een mens die de gronden heeft gezien
# description: A refusal, alert, passport measure, notice or stop needs a named human being who saw the grounds, before it is sent.
# authors:
#   - functionaris gegevensbescherming
# custom:
#   code: r-auto-adverse
#   effect: hold
#   article: Wpg 7a; Wjsg 7e; LED 11; AVG 22; PNR-wet 8(1); poort G09
#   evidence: V
#   title_en: An adverse step is decided by a human being who saw the grounds
#   now_nl: Laat een bevoegde ambtenaar de gronden beoordelen; leg vast wie en wanneer; steun niet op een score of op bijzondere gegevens alleen.
#   now_en: Have a competent officer judge the grounds; record who did so and when; do not rest on a score or on special categories alone.
objections contains lib.objection(rego.metadata.rule()) if not humanly_decided

# What only says who somebody is, is no ground for anything.
naming_categories := {"d-none", "d-ident", "d-alias", "d-contact", "d-docs", "d-photo", "d-minor", "d-vict-id"}

ground(item) if not item.data_category in ((naming_categories | lib.special_categories) | {"d-risk"})

about_special if {
	some item in lib.leaving
	item.data_category in lib.special_categories
}

some_other_ground if {
	some item in lib.leaving
	ground(item)
}

special_alone if {
	adverse
	about_special
	not some_other_ground
}

# METADATA
# title: Over een ingrijpende stap beslist een mens die de gronden heeft gezien
# description: An adverse step does not rest on special categories alone unless the data protection authority was consulted.
# authors:
#   - functionaris gegevensbescherming
# custom:
#   code: r-auto-adverse
#   effect: hold
#   article: Wpg 7a; Wjsg 7e; LED 11(2); poort G09
#   evidence: V
#   title_en: An adverse step is decided by a human being who saw the grounds
#   now_nl: Laat een bevoegde ambtenaar de gronden beoordelen; leg vast wie en wanneer; steun niet op een score of op bijzondere gegevens alleen.
#   now_en: Have a competent officer judge the grounds; record who did so and when; do not rest on a score or on special categories alone.
objections contains lib.objection(rego.metadata.rule()) if {
	special_alone
	not lib.shown("ap-consultation")
}

# A risk has a human author and stands beside what it is drawn from; a profile
# drawn from special categories alone discriminates.
sound_profile(item) if {
	lib.officer(item.author)
	item.subject_ref != ""
	some other in lib.leaving
	other.subject_ref == item.subject_ref
	ground(other)
}

profiles_sound if not asked

profiles_sound if {
	every item in lib.leaving { profile_sound(item) }
}

profile_sound(item) if item.data_category != "d-risk"

profile_sound(item) if sound_profile(item)

# METADATA
# title: Over een ingrijpende stap beslist een mens die de gronden heeft gezien
# description: A risk score or profile has a human author and is never the sole ground; one drawn from special categories alone is discriminating profiling.
# authors:
#   - functionaris gegevensbescherming
# custom:
#   code: r-auto-adverse
#   effect: hold
#   article: Wpg 7a; LED 11(3); poort G09
#   evidence: V
#   title_en: An adverse step is decided by a human being who saw the grounds
#   now_nl: Laat een bevoegde ambtenaar de gronden beoordelen; leg vast wie en wanneer; steun niet op een score of op bijzondere gegevens alleen.
#   now_en: Have a competent officer judge the grounds; record who did so and when; do not rest on a score or on special categories alone.
objections contains lib.objection(rego.metadata.rule()) if not profiles_sound
