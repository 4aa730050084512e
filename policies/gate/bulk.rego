package policies.gate

import data.policies.lib

# Gate G15: one message is one case. Victims do not count: the law speaks of
# unrelated persons, and the children of one offender are one case. A list of
# persons counts as a list, whoever stands on it.

subjects := {lib.subject(item) |
	some item in lib.leaving
	lib.personal_item(item)
	not item.subject_category in lib.victims
}

tables := {
	"application/vnd.ms-excel",
	"application/vnd.oasis.opendocument.spreadsheet",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"text/csv",
	"text/tab-separated-values",
}

# A table about anybody is a list; any other file is one where it speaks of more
# than five persons, or where nobody said of how many.
listing(attachment) if {
	attachment.media_type in tables
	attachment.persons != 0
}

listing(attachment) if attachment.persons > 5

listing(attachment) if attachment.persons < 0

few if not asked

few if {
	count(subjects) <= 5
	every attachment in input.message.attachments { not listing(attachment) }
}

# METADATA
# title: Eén bericht is één zaak; lijsten van personen gaan niet naar het buitenland
# description: More than five unrelated persons, or an attachment that lists persons. Victims of the case do not count.
# authors:
#   - privacyfunctionaris politie
# custom:
#   code: r-bulk
#   effect: deny
#   article: Wpg 3(2), 17a(3)(d); poort G15
#   evidence: V
#   title_en: One message is one case; lists of persons do not go abroad
#   now_nl: Stuur per zaak een bericht.
#   now_en: Send one message per case.
objections contains lib.objection(rego.metadata.rule()) if {
	not few
	lib.abroad
}

# METADATA
# title: Voor meer dan vijf personen of een lijst in één bericht is goedkeuring van een functionaris nodig
# description: At home, where one case may be large. Victims of the case do not count.
# authors:
#   - privacyfunctionaris politie
# custom:
#   code: r-bulk
#   effect: hold
#   article: Wpg 3(2); poort G15
#   evidence: D
#   title_en: More than five persons or a list in one message takes a functionary's approval
#   now_nl: Splits het bericht per zaak, of vraag de functionaris van Bpg 2:10 om goedkeuring.
#   now_en: Split the message per case, or ask the functionary of Bpg 2:10 to approve.
objections contains lib.objection(rego.metadata.rule()) if {
	not few
	not lib.abroad
	not lib.approved("a-210")
}
