package gateway

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"schakel/pki"
	"schakel/schemas"
)

// Own is the gateway among the partners: what it does by itself, at an hour, it
// does with a signed message that takes the way of every other. Its record in the
// directory is signed by the trust officers when the gateway is made.
var Own = schemas.Sender{Organisation: schemas.GatewayID, Connector: "1"}

// OwnOfficer acts in the gateway's own messages: nobody, a job.
const OwnOfficer = "schakel"

// submit sends a message of the gateway's own about another. nil means that it was
// taken. It is written one at a time: each names the one before.
func (g *Gateway) submit(ctx context.Context, kind schemas.Kind, thread, to string, body any) error {
	g.own.Lock()
	defer g.own.Unlock()
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	sequence, previous, err := g.Archive.Newest(ctx, Own.String())
	if err != nil {
		return fault(err)
	}
	sealed, err := g.seal(id.String(), kind, body, schemas.Envelope{
		To: map[string]string{addressKey(): to}, Officer: OwnOfficer, Sequence: sequence + 1, Previous: previous, Thread: thread,
		Bases: []schemas.Claim{}, OriginalPurpose: ownPurpose, Classification: "none", May: []string{},
	})
	if err != nil {
		return err
	}
	if err := g.Pass(ctx, Submission{g.MailboxOf(Own.String()), sealed}); err != nil {
		return err
	}
	taken, err := g.Journal.Standing(ctx, id.String())
	if err != nil {
		return fault(err)
	}
	if taken.Event == schemas.EventRefused {
		return fmt.Errorf("the gateway's own %s of %s was refused", kind, thread)
	}
	return nil
}

// ownPurpose is that the data stay right and are used as the law allows.
const ownPurpose = "p-quality"

// seal makes the message and seals it to the gateway itself.
func (g *Gateway) seal(id string, kind schemas.Kind, body any, envelope schemas.Envelope) ([]byte, error) {
	leaves, err := schemas.Flatten(schemas.Encode(body))
	if err != nil {
		return nil, err
	}
	of, err := schemas.Flatten(schemas.Encode(map[string]schemas.Envelope{"envelope": envelope}))
	if err != nil {
		return nil, err
	}
	container := &pki.Container{}
	digests := container.Disclose(append(leaves, of...))
	now := g.Clock()
	container.Manifest = schemas.Encode(schemas.Manifest{
		Protocol: schemas.Protocol, ID: id, Kind: kind, Schema: 1, From: Own, Gateway: g.Secret.Fingerprint, Created: schemas.At(now), Purpose: ownPurpose,
		Handling: []string{"H0"}, Urgency: "urgent", Language: "nl", SDAlg: "sha-256", SD: digests,
	})
	if container.Signature, err = pki.Sign(g.Secret, g.Secret.SigningKey(now), pki.ContextManifest, container.Manifest, now); err != nil {
		return nil, err
	}
	return pki.Seal(container, g.Anchors.Gateway, g.Secret.EncryptionKey(now), now)
}

// addressKey names an address in the envelope, so that it tells nothing of others.
func addressKey() string {
	random := make([]byte, 7)
	rand.Read(random)
	return "t" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random))[:11]
}
