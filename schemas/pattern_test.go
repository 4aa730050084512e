package schemas

import "testing"

func TestAPartnerSitsInACountryOrIsAnOrganisationOfStates(t *testing.T) {
	for seat, want := range map[string]bool{"NL": true, "INT": true, "EUA": true, "": false, "nl": false, "NLD": false, "INTL": false} {
		if got := Matches("seat", seat); got != want {
			t.Errorf("%q: got %t, want %t", seat, got, want)
		}
	}
}
