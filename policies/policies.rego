# METADATA
# title: Mag dit bericht naar deze ontvanger?
# description: >-
#   The decision procedure of law/README.md 0.5, steps 1 to 8. Each step is a
#   folder; each rule there is a condition in the order in which a lawyer reads
#   it, and an objection when the condition is not shown. What is not shown is an
#   objection, so a missing attribute never allows.
# scope: subpackages
# schemas:
#   - input: schema.question
package policies

import data.policies.basis
import data.policies.consent
import data.policies.gate
import data.policies.lib
import data.policies.pair
import data.policies.prohibition
import data.policies.receiving

# METADATA
# description: One complete answer. Go refuses anything else.
# entrypoint: true
decision := {
	"outcome": outcome,
	"objections": reasons(objections),
	"marks": reasons(marks),
	"withhold": withhold,
	"obligations": obligations,
	"approvals": consent.missing,
	"missing": (basis.missing | receiving.missing),
	"retention": basis.destroy_by,
}

# By which article a rule objects is for the explanation (explain.go).
reasons(found) := {{"code": reason.code, "effect": reason.effect} | some reason in found}

# Steps 1 to 7, each with its objections.
objections := ((((prohibition.objections | pair.objections) | basis.objections) | receiving.objections) | gate.objections) | consent.objections

denials := {objection.code | some objection in objections; objection.effect == "deny"}

holds := {objection.code | some objection in objections; objection.effect == "hold"}

# Deny beats hold beats what the row of the matrix says. Nothing is allowed
# without a row (closed world).
default outcome := "deny"

outcome := "hold" if {
	count(denials) == 0
	count(holds) > 0
}

outcome := "allow" if {
	count(objections) == 0
	input.law.row.decision == "allow"
}

outcome := "allow-with-obligations" if {
	count(objections) == 0
	input.law.row.decision in {"allow-with-obligations", "hold"}
}

# Marks and their duties are of an allow only: a refusal or a wait tells nobody
# what the recipient holds.
default marks := set()

marks := consent.marks if count(objections) == 0

default alerts := set()

alerts := consent.alerts if count(objections) == 0

# What this recipient may not have although the message may go: fields that the
# sender allowed to be withheld, and values sealed for someone else.
withhold := (lib.withheld | prohibition.withheld) | consent.withheld

# Step 8: the duties of every basis, of the recipient's own ground, of the row,
# of the gates that were passed, and of whoever gave the data.
obligations := ((((of_bases | of_row) | receiving.obligations) | gate.obligations) | consent.obligations) | alerts

of_bases := {duty | some claimed in input.law.bases; some duty in claimed.obligations}

of_row := {duty | some duty in input.law.row.obligations}
