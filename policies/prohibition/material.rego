package policies.prohibition

import data.policies.lib

# Step 1 of law/README.md 0.5: what no basis, no approval and no emergency lifts.

no_abuse_material if {
	every item in input.items { item.data_category != "d-csam" }
	every attachment in input.message.attachments { harmless(attachment) }
}

# A file that shows or can hold an image is refused unseen; a hash or an address
# says all that is needed (RFC 6838 for the types; an archive hides what it holds).
harmless(attachment) if {
	not attachment.match
	type := trim_space(split(lower(attachment.media_type), ";")[0])
	not split(type, "/")[0] in {"image", "video"}
	not type in opaque
	not endswith(type, "+zip")
}

# What nobody named may be anything.
opaque := {
	"",
	"application/gzip",
	"application/java-archive",
	"application/octet-stream",
	"application/vnd.rar",
	"application/x-7z-compressed",
	"application/x-apple-diskimage",
	"application/x-bzip2",
	"application/x-gzip",
	"application/x-iso9660-image",
	"application/x-rar-compressed",
	"application/x-tar",
	"application/x-xz",
	"application/x-zip-compressed",
	"application/zip",
	"application/zstd",
}

# METADATA
# title: Beeldmateriaal van seksueel misbruik van een kind gaat nooit over dit kanaal
# description: Material never travels or rests here, nor a file that can hold it. References only (hash, series, address), in neutral words.
# related_resources:
#   - https://wetten.overheid.nl/BWBR0001854
# authors:
#   - officier van justitie
# custom:
#   code: r-csam
#   effect: deny
#   article: Sr 252; OPSC 3(1)(c); poort G01
#   evidence: V
#   title_en: Abuse material never travels over this channel
#   now_nl: Bewaar het materiaal waar het is, kopieer en verstuur het niet, en bel het TBKK. Meld de zaak opnieuw zonder het materiaal.
#   now_en: Leave the material where it is, do not copy or forward it, and call the TBKK. Report the case again without it.
objections contains lib.objection(rego.metadata.rule()) if not no_abuse_material

ceiling := {"none", "dep-vertrouwelijk", "restreint-ue"}

# METADATA
# title: Een hogere rubricering dan Departementaal Vertrouwelijk hoort niet op dit kanaal
# description: The platform's ceiling is Dep. VERTROUWELIJK or RESTREINT UE.
# authors:
#   - beveiligingsambtenaar
# custom:
#   code: r-rubric
#   effect: deny
#   article: VIR-BI; poort G16
#   evidence: K
#   title_en: A classification above Dep. VERTROUWELIJK does not belong on this channel
#   now_nl: Gebruik het kanaal voor gerubriceerde gegevens, of stuur alleen wat niet gerubriceerd is.
#   now_en: Use the channel for classified data, or send only what is not classified.
objections contains lib.objection(rego.metadata.rule()) if not input.message.rubric in ceiling
