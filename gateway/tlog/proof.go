package tlog

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// MaxProof is the largest text of a proof that is read, in bytes: an opening of
// 4 KiB, 63 hashes and a checkpoint with witnesses fit many times over.
const MaxProof = 32 << 10

const proofHeader = "c2sp.org/tlog-proof@v1"

// Proof shows offline that an entry is in the log (c2sp.org/tlog-proof). The
// opening of the entry is its extra data.
type Proof struct {
	Opening    Opening
	Index      int64
	Hashes     []Hash
	Checkpoint []byte // the signed checkpoint, verbatim
}

// ErrProof says that a proof does not show what it claims. React as to a forged
// receipt: do not use what came with it.
var ErrProof = errors.New("tlog: proof does not hold")

// Marshal writes the proof as text.
func (p Proof) Marshal() []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s\nextra %s\nindex %d\n", proofHeader, base64.StdEncoding.EncodeToString(p.Opening.Marshal()), p.Index)
	for _, hash := range p.Hashes {
		fmt.Fprintf(&out, "%s\n", hash)
	}
	out.WriteByte('\n')
	out.Write(p.Checkpoint)
	return out.Bytes()
}

// ParseProof reads a proof. It accepts exactly one text for one proof: what
// Marshal would write again.
func ParseProof(text []byte) (Proof, error) {
	head, checkpoint, found := bytes.Cut(text, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if len(text) > MaxProof || !found || len(lines) < 3 || len(lines) > 3+63 || lines[0] != proofHeader {
		return Proof{}, ErrProof
	}
	proof := Proof{Checkpoint: checkpoint}
	if err := proof.parseHead(lines[1], lines[2], lines[3:]); err != nil {
		return Proof{}, err
	}
	if !bytes.Equal(proof.Marshal(), text) {
		return Proof{}, ErrProof
	}
	return proof, nil
}

func (p *Proof) parseHead(extra, index string, hashes []string) error {
	encoded, ok := strings.CutPrefix(extra, "extra ")
	data, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if !ok || err != nil {
		return ErrProof
	}
	if p.Opening, err = ParseOpening(data); err != nil {
		return ErrProof
	}
	number, ok := strings.CutPrefix(index, "index ")
	if p.Index, err = strconv.ParseInt(number, 10, 64); err != nil || !ok || p.Index < 0 {
		return ErrProof
	}
	for _, line := range hashes {
		hash, err := parseHash(line)
		if err != nil {
			return ErrProof
		}
		p.Hashes = append(p.Hashes, hash)
	}
	return nil
}

// Verify checks that the opened entry is in the log of verifier under the
// proof's checkpoint, and returns that checkpoint.
func (p Proof) Verify(verifier note.Verifier) (Checkpoint, error) {
	checkpoint, err := OpenCheckpoint(p.Checkpoint, verifier)
	if err != nil {
		return Checkpoint{}, err
	}
	if err := p.Shows(checkpoint); err != nil {
		return Checkpoint{}, err
	}
	return checkpoint, nil
}

// Shows checks that the opened entry is in the log under a head that the caller
// trusts.
func (p Proof) Shows(head Checkpoint) error {
	if tlog.CheckRecord(p.Hashes, head.Size, head.Root, p.Index, LeafHash(p.Opening)) != nil {
		return ErrProof
	}
	return nil
}

const consistencyHeader = "schakel/consistency/1"

// Consistency shows that the log at one size is a beginning of the log at a
// later size (RFC 6962, section 2.1.2).
type Consistency struct {
	Old, New int64
	Hashes   []Hash
}

// Marshal writes the proof as text.
func (c Consistency) Marshal() []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s\nold %d\nnew %d\n", consistencyHeader, c.Old, c.New)
	for _, hash := range c.Hashes {
		fmt.Fprintf(&out, "%s\n", hash)
	}
	return out.Bytes()
}

// ParseConsistency reads what Marshal wrote, and nothing else.
func ParseConsistency(text []byte) (Consistency, error) {
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(text) > MaxProof || len(lines) < 3 || len(lines) > 3+63 || lines[0] != consistencyHeader {
		return Consistency{}, ErrProof
	}
	var c Consistency
	if _, err := fmt.Sscanf(lines[1]+"\n"+lines[2], "old %d\nnew %d", &c.Old, &c.New); err != nil {
		return Consistency{}, ErrProof
	}
	for _, line := range lines[3:] {
		hash, err := parseHash(line)
		if err != nil {
			return Consistency{}, ErrProof
		}
		c.Hashes = append(c.Hashes, hash)
	}
	if !bytes.Equal(c.Marshal(), text) {
		return Consistency{}, ErrProof
	}
	return c, nil
}

// Verify checks that old is a beginning of new.
func (c Consistency) Verify(oldHead, newHead Checkpoint) error {
	if c.Old != oldHead.Size || c.New != newHead.Size || c.Old > c.New {
		return ErrProof
	}
	if c.Old == 0 || c.Old == c.New { // nothing to show: every log begins empty, and with itself
		if len(c.Hashes) > 0 || c.Old == c.New && oldHead.Root != newHead.Root {
			return ErrProof
		}
		return nil
	}
	if tlog.CheckTree(c.Hashes, c.New, newHead.Root, c.Old, oldHead.Root) != nil {
		return ErrProof
	}
	return nil
}
