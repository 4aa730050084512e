package pki_test

import (
	"bytes"
	"reflect"
	"testing"

	"schakel/pki"
	"schakel/schemas"
)

func full() *pki.Container {
	return &pki.Container{
		Manifest: []byte("manifest"), Signature: []byte("signature"), Officer: []byte("officer"), Disclosures: []string{"one", "two"},
		Record: []byte("record"), Proof: []byte("proof"), Consistency: []byte("consistency"), Question: []byte("question"), Field: []byte("field"), Foreseen: []byte("[]"),
	}
}

func TestAContainerIsReadAsItWasWritten(t *testing.T) {
	for name, c := range map[string]*pki.Container{
		"everything":   full(),
		"nothing":      {},
		"a submission": v4().Submission().Honest,
		"a delivery":   v4().Delivery().Honest,
		"zeros":        {Proof: make([]byte, 10)},
	} {
		for padding, written := range map[string][]byte{"": c.Marshal(), "padded": append(c.Marshal(), make([]byte, 99)...)} {
			read, err := pki.UnmarshalContainer(written)
			if err != nil || !reflect.DeepEqual(read, c) {
				t.Errorf("%s %s: got %+v, %v", name, padding, read, err)
			}
		}
	}
}

func TestAContainerThatMarshalDoesNotWriteIsRefused(t *testing.T) {
	const magic = "SCHAKEL1"
	for _, c := range []struct {
		name string
		data string
		code schemas.Code
	}{
		{"nothing", "", "profile.form"},
		{"no end mark", magic, "profile.form"},
		{"another magic", "SCHAKEL2\x00", "profile.form"},
		{"magic in small letters", "schakel1\x00", "profile.form"},
		{"length cut off", magic + "\x01\x00\x00", "profile.form"},
		{"empty section", magic + "\x01\x00\x00\x00\x00\x00", "profile.form"},
		{"section to the end", magic + "\x01\x00\x00\x00\x01x", "profile.form"},
		{"section beyond the end", magic + "\x01\x00\x00\x00\x09x\x00", "profile.form"},
		{"section of 4 GiB", magic + "\x01\xFF\xFF\xFF\xFFx\x00", "profile.form"},
		{"section twice", magic + "\x01\x00\x00\x00\x01x\x01\x00\x00\x00\x01x\x00", "profile.form"},
		{"sections out of order", magic + "\x02\x00\x00\x00\x01x\x01\x00\x00\x00\x01x\x00", "profile.form"},
		{"unknown section", magic + "\x0B\x00\x00\x00\x01x\x00", "profile.form"},
		{"something behind the end mark", magic + "\x00\x01", "profile.padding"},
		{"something far behind the end mark", magic + "\x00\x00\x00\x00\x00\x00\x00\x00\x01", "profile.padding"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := pki.UnmarshalContainer([]byte(c.data))
			refused(t, err, c.code)
		})
	}
}

func FuzzUnmarshalContainer(f *testing.F) {
	f.Add(full().Marshal())
	f.Add((&pki.Container{}).Marshal())
	f.Add(v4().Submission().Padded())
	f.Add(v4().Delivery().Padded())
	f.Add([]byte("SCHAKEL1\x04\x00\x00\x00\x02~~\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := pki.UnmarshalContainer(data)
		if err != nil {
			if schemas.Refused(err) == nil {
				t.Errorf("fault instead of refusal: %v", err)
			}
			return
		}
		written := c.Marshal()
		if len(written) > len(data) || !bytes.Equal(data, append(written, make([]byte, len(data)-len(written))...)) {
			t.Errorf("read %q and wrote %q", data, written)
		}
	})
}
