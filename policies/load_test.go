package policies

import "testing"

func TestLoad(t *testing.T) {
	r, err := Load(Embedded())
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r.Digest, len(r.notes))
}
