package policies.gate

import data.policies.lib

# Step 5 of law/README.md 0.5: content and country, one gate a file. A gate asks
# nothing of a row that is closed, and nothing of what must always get through.

asked if {
	not lib.exempt
	input.law.row.decision in {"allow", "allow-with-obligations", "hold"}
}

obligations contains "o-handling" if count(input.message.handling) > 0
