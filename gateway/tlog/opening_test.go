package tlog_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	"schakel/gateway/tlog"
)

// The leaf of an entry is what it was when the first log was made: a proof that
// was given out stays a proof.
func TestLeafOfAnEntryNeverChanges(t *testing.T) {
	o := tlog.Opening{Salt: bytes.Repeat([]byte{0x5a}, tlog.SaltSize), Entry: []byte(`{"schakel":"entry/1"}`)}
	leaf := tlog.Commit(o)
	if got, want := hex.EncodeToString(leaf[:]), "6fb899c158f5a61ccf9c1b4753d02f2e573d96014c7dd535219a7bf93e80c181"; got != want {
		t.Errorf("leaf: got %s, want %s", got, want)
	}
	hash := tlog.LeafHash(o)
	if got, want := hex.EncodeToString(hash[:]), "6cba2a9273db79fe9900af6f6503269ad651d8f13c12dd3c39a7b0f469b5acd7"; got != want {
		t.Errorf("hash of the leaf: got %s, want %s", got, want)
	}
}

func TestLeafBindsSaltAndEntry(t *testing.T) {
	whole := tlog.Opening{Salt: []byte("salt"), Entry: []byte("entry")}
	for what, other := range map[string]tlog.Opening{
		"another salt":                    {Salt: []byte("sawt"), Entry: []byte("entry")},
		"another entry":                   {Salt: []byte("salt"), Entry: []byte("entre")},
		"a byte moved into the entry":     {Salt: []byte("sal"), Entry: []byte("tentry")},
		"a byte moved into the salt":      {Salt: []byte("salte"), Entry: []byte("ntry")},
		"salt and entry changed places":   {Salt: []byte("entry"), Entry: []byte("salt")},
		"no salt":                         {Entry: []byte("saltentry")},
		"no entry":                        {Salt: []byte("saltentry")},
		"an entry with a byte at its end": {Salt: []byte("salt"), Entry: []byte("entry\x00")},
	} {
		if tlog.Commit(other) == tlog.Commit(whole) {
			t.Errorf("%s gives the same leaf", what)
		}
	}
}

func TestSaltsAreFresh(t *testing.T) {
	one, other := tlog.NewSalt(), tlog.NewSalt()
	if len(one) != tlog.SaltSize || len(other) != tlog.SaltSize {
		t.Errorf("got salts of %d and %d bytes, want %d", len(one), len(other), tlog.SaltSize)
	}
	if bytes.Equal(one, other) {
		t.Error("two salts are the same")
	}
}

func TestOpeningIsReadAsItWasWritten(t *testing.T) {
	want := opening(7)
	got, err := tlog.ParseOpening(want.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	if tlog.Commit(got) != tlog.Commit(want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOpeningWithoutAnEntryIsRefused(t *testing.T) {
	for _, length := range []int{0, 1, tlog.SaltSize - 1, tlog.SaltSize} {
		if _, err := tlog.ParseOpening(make([]byte, length)); err == nil {
			t.Errorf("%d bytes were read as an opening", length)
		}
	}
}
