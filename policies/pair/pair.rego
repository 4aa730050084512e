package policies.pair

import data.policies.lib

# Step 2 of law/README.md 0.5: may this role send this kind to that role at all?
# What has no row in the matrix is denied; some rows say why.

open if {
	input.law.row.decision in {"allow", "allow-with-obligations", "hold"}
	reviewer_asked
	every condition in input.law.row.conditions { true_of(condition.attribute) }
}

# Conditions of a row that are true or false; what has to be shown with a
# document or a statement is asked in basis/condition.rego.
true_of(attribute) if not attribute in {"own-country", "victim-purpose"}

true_of("own-country") if {
	input.recipient.country != ""
	input.recipient.country == input.sender.country
}

true_of("victim-purpose") if input.purpose in {"p-victim", "p-imminent"}

reviewer_asked if input.message.kind != "review"

# What a reviewer sees is for the function that must approve, and nobody else.
reviewer_asked if {
	input.message.kind == "review"
	some function in input.review.functions
	function in input.recipient.functions
}

closed_with(code) if {
	not open
	input.law.row.code == code
}

# METADATA
# title: Een uittreksel of verklaring vraagt alleen de persoon zelf aan
# authors:
#   - Justis
# custom:
#   code: r-applicant-only
#   effect: deny
#   article: Wjsg 33
#   evidence: V
#   title_en: Only the person himself applies for a certificate
#   now_nl: Laat de betrokkene zelf een VOG aanvragen.
#   now_en: Let the person apply for a certificate of conduct himself.
objections contains lib.objection(rego.metadata.rule()) if closed_with("r-applicant-only")

# METADATA
# title: Het beroepsgeheim van de behandelaar staat hieraan in de weg
# authors:
#   - geneesheer-directeur
# custom:
#   code: r-medsecrecy
#   effect: deny
#   article: BW 7:457; Wet BIG 88
#   evidence: K
#   title_en: The secrecy of the treating professional stands in the way
#   now_nl: Vraag de patiënt om schriftelijke toestemming, of leg een conflict van plichten vast als er direct gevaar is.
#   now_en: Ask the patient for written consent, or record a conflict of duties where there is direct danger.
objections contains lib.objection(rego.metadata.rule()) if secret

secret if closed_with("r-medsecrecy")

# Who treats may speak only on a ground that is made for it.
secret if {
	input.law.sender_side == "care"
	not lib.exempt
	lib.personal
	count(input.law.bases) == 0
}

no_evidence_by_police if not lib.abroad

no_evidence_by_police if {
	some claimed in input.law.bases
	claimed.id in {"sv-5-1-10", "sv-5-2-1"}
}

no_evidence_by_police if {
	every item in lib.items { not item.data_category in {"d-evid", "d-comm-meta", "d-comm-content"} }
}

# METADATA
# title: 'Dit vraagt rechtshulp: bewijs en resultaten van dwangmiddelen gaan alleen op verzoek van het openbaar ministerie naar het buitenland'
# description: Case-file documents, seized objects, and traffic data and content obtained by special powers go abroad as mutual legal assistance, not by police (law 2.5).
# authors:
#   - officier van justitie (AIRS)
# custom:
#   code: r-mla-required
#   effect: deny
#   article: Sv 5.1.7(1), 5.1.10(3)
#   evidence: V
#   title_en: 'This takes mutual legal assistance: evidence and results of coercive measures go abroad only on a request by the public prosecutor'
#   now_nl: Leg een rechtshulpverzoek voor aan de officier van justitie; een vraag tussen politiediensten is een informatieverzoek.
#   now_en: Put a request to the public prosecutor; a question between police is an information request.
objections contains lib.objection(rego.metadata.rule()) if not no_evidence_by_police

# METADATA
# title: 'Dit vraagt rechtshulp: bewijs en resultaten van dwangmiddelen gaan alleen op verzoek van het openbaar ministerie naar het buitenland'
# authors:
#   - officier van justitie (AIRS)
# custom:
#   code: r-mla-required
#   effect: deny
#   article: Sv 5.1.2, 5.1.3
#   evidence: V
#   title_en: 'This takes mutual legal assistance: evidence and results of coercive measures go abroad only on a request by the public prosecutor'
#   now_nl: Leg een rechtshulpverzoek voor aan de officier van justitie; een vraag tussen politiediensten is een informatieverzoek.
#   now_en: Put a request to the public prosecutor; a question between police is an information request.
objections contains lib.objection(rego.metadata.rule()) if closed_with("r-mla-required")

# METADATA
# title: Naar een buitenlandse autoriteit loopt de weg via de landelijke eenheid
# description: A foreign authority that addresses another unit or a private body is sent to the national unit or a liaison officer.
# authors:
#   - landelijke eenheid (LIRC)
# custom:
#   code: r-route
#   effect: deny
#   article: Bpg 5:1(2)
#   evidence: V
#   title_en: The way to a foreign authority is through the national unit
#   now_nl: Leg het bericht voor aan de landelijke eenheid; die verstuurt het.
#   now_en: Put the message to the national unit; it sends it.
objections contains lib.objection(rego.metadata.rule()) if closed_with("r-route")

no_reason_of_its_own if not input.law.row.code in {"r-applicant-only", "r-medsecrecy", "r-mla-required", "r-route"}

# METADATA
# title: Dit soort bericht mag u niet aan deze ontvanger sturen
# description: The matrix of flows is closed. Whether anything is known about a person is neither confirmed nor denied.
# authors:
#   - privacyfunctionaris
# custom:
#   code: r-role
#   effect: deny
#   article: Wpg 7, 16-20; stroommatrix
#   evidence: D
#   title_en: This kind of message is not open between these parties
#   now_nl: Kies een andere ontvanger of een andere soort bericht, of vraag uw contactpersoon.
#   now_en: Choose another recipient or another kind of message, or ask your contact.
objections contains lib.objection(rego.metadata.rule()) if {
	not open
	no_reason_of_its_own
}
