package policies.gate

import data.policies.lib

# Facts about a country older than a year are no facts (law/README.md 2.3).
country_current if not asked

country_current if not lib.exported

country_current if not lib.personal

country_current if lib.emergency

country_current if {
	input.country.facts_as_of != ""
	fresh
}

# A record of a year ago to the day is still fresh; one of a day to come is none.
fresh if {
	looked_at := time.parse_rfc3339_ns(concat("", [input.country.facts_as_of, "T00:00:00Z"]))
	today := time.parse_rfc3339_ns(concat("", [lib.today, "T00:00:00Z"]))
	looked_at <= today
	looked_at >= time.add_date(today, -1, 0, 0)
}

# METADATA
# title: De gegevens over dit land zijn ouder dan een jaar
# authors:
#   - privacyfunctionaris politie
# custom:
#   code: r-stale-country
#   effect: hold
#   article: Wpg 17a; poort G03
#   evidence: D
#   title_en: What is known about this country is more than a year old
#   now_nl: Laat de juridisch medewerker de landgegevens vernieuwen.
#   now_en: Have the legal officer refresh the country record.
objections contains lib.objection(rego.metadata.rule()) if not country_current
