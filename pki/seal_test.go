package pki_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"schakel/pki"
	"schakel/pki/forge"
	"schakel/schemas"
)

func TestASubmissionOpensAsItWasPacked(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		c := w.Container()
		opened, err := pki.Open(sealedTo(w.Gateway, c), w.Expect(pki.Submission))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(opened.Marshal(), c.Marshal()) {
			t.Error("the container came out changed")
		}
		if opened.Parsed.From != (schemas.Sender{Organisation: "helpers", Connector: "1"}) || !opened.Signed.Equal(now) {
			t.Errorf("got sender %v, signed %v", opened.Parsed.From, opened.Signed)
		}
		var places []string
		for _, d := range opened.Disclosures {
			places = append(places, d.Leaf.Pointer)
		}
		if want := []string{"/envelope/officer", "/narrative", "/seen_at/place"}; !slices.Equal(places, want) {
			t.Errorf("got disclosures %v, want %v", places, want)
		}
	})
}

func TestAMessageOfAsManyLeavesAsThereMayBeOpens(t *testing.T) {
	w := v4()
	all := leaves(schemas.MaxLeaves)
	c := &pki.Container{Manifest: schemas.Encode(w.Manifest(all))}
	c.Signature = w.Sign(c.Manifest)
	for _, d := range all {
		c.Disclosures = append(c.Disclosures, d.Text)
	}
	opened, err := pki.Open(sealedTo(w.Gateway, c), w.Expect(pki.Submission))
	if err != nil || len(opened.Disclosures) != schemas.MaxLeaves {
		t.Error(err)
	}
}

func TestADeliveryOpensWithTheSendersSignatureThoughDisclosuresWereLeftOut(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		c := w.Delivery().Honest
		c.Disclosures = c.Disclosures[1:2]
		opened, err := pki.Open(sealedTo(w.Receiver.Secret, c), w.Expect(pki.Delivery))
		if err != nil {
			t.Fatal(err)
		}
		if opened.Sender.ID != "helpers" || opened.Sender.Digest != schemas.Digest(w.Sender.Signed) {
			t.Errorf("got sender %s", opened.Sender.ID)
		}
		if len(opened.Disclosures) != 1 || opened.Disclosures[0].Leaf.Pointer != "/narrative" {
			t.Errorf("got disclosures %v", opened.Disclosures)
		}
	})
}

func TestAnAnswerOpensWithItsProofAndNothingOfASenders(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		c := &pki.Container{Proof: []byte("proof"), Consistency: []byte("consistency")}
		opened, err := pki.Open(sealedTo(w.Receiver.Secret, c), w.Expect(pki.Answer))
		if err != nil {
			t.Fatal(err)
		}
		if string(opened.Proof) != "proof" || string(opened.Consistency) != "consistency" || opened.Sender != nil || opened.Parsed != nil {
			t.Errorf("got %+v", opened)
		}
	})
}

// packed are honest containers by form.
func packed(w *forge.World) map[pki.Form]*pki.Container {
	return map[pki.Form]*pki.Container{
		pki.Submission: w.Submission().Honest,
		pki.Delivery:   w.Delivery().Honest,
		pki.Answer:     {Proof: []byte("proof")},
		pki.Field:      {Field: []byte(`{"message":"m","pointer":"/p","value":"v"}`)},
	}
}

func TestAMessageOfOneFormIsRefusedAsAnother(t *testing.T) {
	w := v4()
	names := map[pki.Form]string{pki.Submission: "submission", pki.Delivery: "delivery", pki.Answer: "answer", pki.Field: "field", pki.Incoming: "incoming"}
	fits := map[pki.Form][]pki.Form{
		pki.Submission: {pki.Submission}, pki.Delivery: {pki.Delivery}, pki.Answer: {pki.Answer}, pki.Incoming: {pki.Delivery, pki.Answer},
	}
	for form, c := range packed(w) {
		for as, allowed := range fits {
			t.Run(names[form]+" as "+names[as], func(t *testing.T) {
				expect := w.Expect(as)
				expect.Key = w.Receiver.Secret
				_, err := pki.Open(sealedTo(w.Receiver.Secret, c), expect)
				if slices.Contains(allowed, form) {
					if err != nil {
						t.Errorf("got %v", err)
					}
					return
				}
				refused(t, err, "profile.form")
			})
		}
	}
}

func TestASealedValueHasItsOwnSizesSoThatNoOtherFormPassesForOne(t *testing.T) {
	w := v4()
	for _, c := range packed(w) {
		_, err := pki.Open(sealedTo(w.Receiver.Secret, c), w.Expect(pki.Field))
		refused(t, err, "env.size")
	}
}

func TestOnlyTheRecipientOpens(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		expect := w.Expect(pki.Submission)
		expect.Key = w.Receiver.Secret
		_, err := pki.Open(w.Submission().Sealed(), expect)
		refused(t, err, "decrypt.not-for-us")
	})
}

func TestAMessageSealedToAKeyThatHasSinceExpiredStillOpens(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		sealed := w.Submission().Sealed()
		expect := w.Expect(pki.Submission)
		expect.Now = now.Add(pki.EncryptionLife + day)
		if _, err := pki.Open(sealed, expect); err != nil {
			t.Errorf("got %v: a field laptop was offline for half a year", err)
		}
	})
}

func TestTheWireShowsOneOfFiveSizes(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		wire := []int{4 << 10, 16 << 10, 64 << 10, 256 << 10, 1020 << 10}
		for i, class := range pki.Classes {
			smallest := 1
			if i > 0 {
				smallest = pki.Classes[i-1] - containerOverhead + 1
			}
			sizes := map[int]bool{}
			for _, n := range []int{smallest, (smallest + class) / 2, class - containerOverhead} {
				sizes[len(sealedTo(w.Gateway, &pki.Container{Proof: make([]byte, n)}))] = true
			}
			if len(sizes) != 1 {
				t.Errorf("class %d: got sizes %v, want one", class, sizes)
			}
			for size := range sizes {
				if size > wire[i] {
					t.Errorf("class %d: sealed it has %d octets, want at most %d", class, size, wire[i])
				}
			}
		}
	})
}

func TestAMessageOfEveryClassOpens(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		for _, class := range pki.Classes {
			c := &pki.Container{Proof: make([]byte, class-containerOverhead)}
			if _, err := pki.Open(sealedTo(w.Receiver.Secret, c), w.Expect(pki.Answer)); err != nil {
				t.Errorf("class %d: %v", class, err)
			}
		}
	})
}

// containerOverhead is what a container adds to one section: magic, head, end.
const containerOverhead = 8 + 5 + 1

func TestWhatFitsNoClassIsNotSealed(t *testing.T) {
	largest := pki.Classes[len(pki.Classes)-1]
	_, err := pki.Seal(&pki.Container{Proof: make([]byte, largest-containerOverhead+1)}, v4().Gateway.Certificate, v4().Gateway.EncryptionKey(now), now)
	refused(t, err, "limit.size")
}

func TestOneMessageSealedTwiceIsTwoCiphertexts(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		c := w.Container()
		one, two := sealedTo(w.Gateway, c), sealedTo(w.Gateway, c)
		if bytes.Equal(one[len(one)-64:], two[len(two)-64:]) {
			t.Error("got the same ciphertext")
		}
	})
}

func TestNothingIsSealedToAKeyThatMayNotDecrypt(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		to := w.Gateway.Certificate
		key := to.EncryptionKey(now)
		for _, c := range []struct {
			name string
			key  string
			at   time.Time
		}{
			{"unknown key", w.Receiver.Certificate.EncryptionKey(now), now},
			{"no key", "", now},
			{"key that signs", to.SigningKey(now), now},
			{"key that certifies", to.Fingerprint, now},
			{"key that expired", key, now.Add(pki.EncryptionLife)},
			{"key of tomorrow", key, now.Add(-time.Second)},
		} {
			t.Run(c.name, func(t *testing.T) {
				_, err := pki.Seal(w.Container(), to, c.key, c.at)
				refused(t, err, "key.expired")
			})
		}
	})
}

func sealedTo(secret *pki.Secret, c *pki.Container) []byte {
	return must(pki.Seal(c, secret.Certificate, secret.EncryptionKey(now), now))
}

func ExampleOpen() {
	w := forge.NewWorld(pki.ProfileV4, time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC))
	c := w.Container() // a signed manifest and disclosures

	sealed, err := pki.Seal(c, w.Gateway.Certificate, w.Gateway.EncryptionKey(w.Now), w.Now)
	if err != nil {
		fmt.Println(err)
		return
	}
	signer, _ := w.Sender.Signer("1") // the connector on whose line it comes
	opened, err := pki.Open(sealed, pki.Expect{
		Form: pki.Submission, Key: w.Gateway, Now: w.Now, Signer: signer, Gateway: w.Gateway.Fingerprint,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(opened.Parsed.From, opened.Parsed.Created, len(opened.Disclosures))
	// Output: helpers/1 2026-03-02T10:00:00Z 3
}
