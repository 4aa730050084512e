package instance

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"schakel/gateway"
	"schakel/gateway/register"
	"schakel/pki"
	"schakel/policies"
	"schakel/schemas"
)

// Edition is a rule set that is or was in force here, as the log keeps it.
type Edition struct {
	*policies.Bundle
	Signers []string // none of the first, which came with the program
	Since   string   // instant
	Entry   int64    // of the log
}

// Editions reads every rule set that was ever in force here, the present one last.
// It needs no passphrase and may read beside the gateway. There is none before the
// gateway was started for the first time.
func Editions(ctx context.Context, dir string) ([]Edition, error) {
	kept, err := keptRules(ctx, dir)
	if err != nil {
		return nil, err
	}
	var all []Edition
	for _, past := range kept {
		edition, err := editionOf(dir, past)
		if err != nil {
			return nil, err
		}
		all = append(all, edition)
	}
	return all, nil
}

// keptRules are the records of those rule sets, not yet verified.
func keptRules(ctx context.Context, dir string) (all []register.Past, err error) {
	path, err := registerOf(dir)
	if err != nil {
		return nil, err
	}
	err = register.ReadRules(ctx, path, func(past register.Past) error {
		all = append(all, past)
		return nil
	})
	return all, err
}

// editionOf verifies the record of a rule set.
func editionOf(dir string, past register.Past) (Edition, error) {
	anchors, err := readTrust(dir)
	if err != nil {
		return Edition{}, err
	}
	bundle, signers, err := gateway.KeptRules(anchors, past.Record)
	if err == nil && bundle.Digest() != past.Entry.Rules {
		err = schemas.Refuse("rules.form", fmt.Sprint(past.Index))
	}
	return Edition{bundle, signers, past.Entry.Time, past.Index}, err
}

// registerOf is the register of a gateway's home.
func registerOf(dir string) (string, error) {
	path := filepath.Join(dir, registerFile)
	if _, err := os.Lstat(path); err != nil {
		return "", schemas.Refuse("state.no-register", registerFile)
	}
	return path, nil
}

// InForce is the present rule set of a gateway: before its first start, that of this
// program.
func InForce(ctx context.Context, dir string) (Edition, error) {
	kept, err := keptRules(ctx, dir)
	if err != nil {
		return Edition{}, err
	}
	if len(kept) > 0 {
		return editionOf(dir, kept[len(kept)-1])
	}
	bundle, err := policies.BuiltinBundle()
	return Edition{Bundle: bundle, Entry: -1}, err
}

// RulesInForce are those rules, loaded.
func RulesInForce(ctx context.Context, dir string) (*policies.Rules, error) {
	edition, err := InForce(ctx, dir)
	if err != nil {
		return nil, err
	}
	return edition.Load()
}

// NotProposed is the digest of the rules of this program where a gateway never had
// them, "" where it has or had: the program was updated, and its rules count for
// nothing until officers have signed them.
func NotProposed(ctx context.Context, dir string) (string, error) {
	builtin, err := policies.BuiltinBundle()
	if err != nil {
		return "", err
	}
	kept, err := keptRules(ctx, dir)
	if err != nil || len(kept) == 0 || slices.ContainsFunc(kept, func(p register.Past) bool { return p.Entry.Rules == builtin.Digest() }) {
		return "", err
	}
	return builtin.Digest(), nil
}

// Propose makes a proposal of a rule set: of the version after the one in force,
// made from that one, tried, and signed by its author. Others must still sign it.
func Propose(ctx context.Context, dir string, bundle *policies.Bundle, author string, passphrase []byte, now time.Time) ([]byte, error) {
	edition, err := InForce(ctx, dir)
	if err != nil {
		return nil, err
	}
	bundle.Version, bundle.Previous, bundle.Author, bundle.Created = edition.Version+1, edition.Digest(), author, schemas.At(now)
	if _, err := try(ctx, bundle, edition); err != nil {
		return nil, err
	}
	return sign(dir, &schemas.SignedRules{Rules: base64.StdEncoding.EncodeToString(bundle.Encode())}, author, passphrase, now)
}

// try loads a rule set that is to follow on the one in force, and asks its casebook.
func try(ctx context.Context, bundle *policies.Bundle, now Edition) (*policies.Rules, error) {
	if err := gateway.Follows(bundle, now.Version, now.Digest()); err != nil {
		return nil, err
	}
	rules, err := bundle.Load()
	if err != nil {
		return nil, err
	}
	return rules, bundle.Try(ctx, rules)
}

// ReadProposal verifies a proposal as far as it is signed, and tries it.
func ReadProposal(ctx context.Context, dir string, signed []byte) (*policies.Bundle, []string, error) {
	anchors, err := readTrust(dir)
	if err != nil {
		return nil, nil, err
	}
	bundle, signers, err := gateway.ReadRules(anchors, signed)
	if err != nil {
		return nil, nil, err
	}
	edition, err := InForce(ctx, dir)
	if err != nil {
		return nil, nil, err
	}
	_, err = try(ctx, bundle, edition)
	return bundle, signers, err
}

// SignProposal adds an officer's signature to a proposal, and returns it. Nobody
// signs his own proposal a second time, or another's twice.
func SignProposal(dir string, signed []byte, officer string, passphrase []byte, now time.Time) ([]byte, error) {
	var document schemas.SignedRules
	if err := schemas.DecodeLarge(signed, len(signed), &document); err != nil {
		return nil, schemas.Refuse("rules.form", "")
	}
	return sign(dir, &document, officer, passphrase, now)
}

// sign adds a signature and holds the whole to what the gateway will hold it to.
func sign(dir string, document *schemas.SignedRules, officer string, passphrase []byte, now time.Time) ([]byte, error) {
	anchors, err := readTrust(dir)
	if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(filepath.Join(dir, officersDir, officer)); err != nil || !schemas.Matches("officer", officer) {
		return nil, schemas.Refuse("rules.signer", "--officer")
	}
	secret, err := officerKey(dir, officer, passphrase)
	if err != nil {
		return nil, err
	}
	if err := pki.SignRules(document, officer, secret, now); err != nil {
		return nil, err
	}
	signed := schemas.Encode(document)
	_, _, err = gateway.ReadRules(anchors, signed)
	return signed, err
}

// WriteProposal writes a proposal to a file, whole or not at all.
func WriteProposal(path string, signed []byte) error { return writeFile(path, signed) }

// rulesFile is where a rule set of a version waits for the gateway.
func rulesFile(dir string, version int64) string {
	return filepath.Join(dir, rulesDir, fmt.Sprintf("rules-%06d.json", version))
}

// Activate lays a signed rule set before the gateway, which verifies it again,
// enters it in the log and only then uses it: at once when it runs, otherwise when it
// starts. Its entry is -1 as long as the gateway has not taken it.
func Activate(ctx context.Context, dir string, signed []byte) (Edition, error) {
	anchors, err := readTrust(dir)
	if err != nil {
		return Edition{}, err
	}
	bundle, signers, err := gateway.OpenRules(anchors, signed)
	if err != nil {
		return Edition{}, err
	}
	edition, err := InForce(ctx, dir)
	if err != nil || edition.is(bundle) {
		return edition, err
	}
	if _, err := try(ctx, bundle, edition); err != nil {
		return Edition{}, err
	}
	if err := lay(dir, bundle.Version, signed); err != nil {
		return Edition{}, err
	}
	return taken(ctx, dir, Edition{Bundle: bundle, Signers: signers, Entry: -1})
}

// is reports whether an edition is what a bundle says.
func (e *Edition) is(b *policies.Bundle) bool {
	return e.Version == b.Version && e.Digest() == b.Digest()
}

// lay writes the file for the gateway, once for each version.
func lay(dir string, version int64, signed []byte) error {
	if err := os.MkdirAll(filepath.Join(dir, rulesDir), 0o700); err != nil {
		return fmt.Errorf("lay rules: %w", err)
	}
	path := rulesFile(dir, version)
	waiting, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return writeFile(path, signed)
	case err != nil:
		return fmt.Errorf("lay rules: %w", err)
	case !bytes.Equal(waiting, signed):
		return schemas.Refuse("rules.waiting", filepath.Base(path))
	}
	return nil
}

// takeTime is how long a gateway that runs may take to put rules into force.
const takeTime = 30 * time.Second

// taken waits until the gateway has entered a rule set, while it runs.
func taken(ctx context.Context, dir string, laid Edition) (Edition, error) {
	for start := time.Now(); runs(dir) && time.Since(start) < takeTime && every(ctx, 200*time.Millisecond); {
		edition, err := InForce(ctx, dir)
		if err != nil || edition.is(laid.Bundle) {
			return edition, err
		}
	}
	return laid, ctx.Err()
}

// runs reports whether a process has this gateway open.
func runs(dir string) bool {
	file, err := os.Open(filepath.Join(dir, lockFile))
	if err != nil {
		return false
	}
	defer file.Close()
	return syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) != nil
}

// admitRules puts the rule set that waits for this version into force. One that is
// refused is laid aside; the rules in force stay.
func (s *Service) admitRules(ctx context.Context) error {
	path := rulesFile(s.Dir, s.Gateway.RulesVersion()+1)
	signed, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read rules: %w", err)
	}
	err = s.Gateway.AdmitRules(ctx, signed)
	if refusal := schemas.Refused(err); refusal != nil {
		s.log.Error("rules refused, those in force stay", "file", filepath.Base(path), "code", refusal.Code, "at", refusal.At)
		return os.Rename(path, path+".refused")
	}
	if err == nil {
		s.log.Info("rules in force", "version", s.Gateway.RulesVersion(), "rules", s.Gateway.Rules().Digest)
	}
	return err
}
