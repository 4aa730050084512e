package connectors

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"

	"schakel/gateway/tlog"
	"schakel/schemas"
)

// logState is what a home has seen of the log: it is one of the log's witnesses.
type logState struct {
	Epoch int64      `json:"epoch"`
	Heads []seenHead `json:"heads"`           // by size
	Forks []string   `json:"forks,omitempty"` // pairs of signed heads that contradict each other
}

// seenHead is a checkpoint that we saw, signed by the log.
type seenHead struct {
	Size   int64  `json:"size"`
	Root   string `json:"root"`
	Signed []byte `json:"signed"`
	Proven bool   `json:"proven"` // to be an extension of a smaller one, or extended by a larger one
}

const (
	logFile  = "log.state"
	keepSeen = 64
)

// openLog reads what was seen of the log. A damaged file is set aside and begun
// again: what comes is then checked against what comes after.
func (c *Connector) openLog() error {
	c.log = &logState{}
	err := c.readState(logFile, c.log)
	if refusal := schemas.Refused(err); refusal == nil {
		return err
	}
	c.log = &logState{}
	aside := logFile + ".damaged-" + c.now().Format("20060102T150405")
	c.Log.Warn("damaged file set aside and begun again", "file", logFile, "as", aside, "error", err)
	c.damaged[aside] = true
	return os.Rename(filepath.Join(c.Dir, logFile), filepath.Join(c.Dir, aside))
}

// keepLog writes down what was seen of the log since the last time. A crash before
// it loses nothing: receipts and deliveries hold the heads that prove them.
func (c *Connector) keepLog() error {
	if !c.logMoved {
		return nil
	}
	if err := writeFile(filepath.Join(c.Dir, logFile), c.sealState(logFile, c.log)); err != nil {
		return err
	}
	c.logMoved = false
	return nil
}

// newest is the largest checkpoint seen, for the envelope of the next message.
func (s *logState) newest() schemas.Seen {
	if len(s.Heads) == 0 {
		return schemas.Seen{}
	}
	last := s.Heads[len(s.Heads)-1]
	return schemas.Seen{Size: last.Size, Root: last.Root}
}

// witness takes note of a verified checkpoint and of the proof that came with it.
// It refuses with rcp.fork when the log contradicts what it showed before; both
// heads are kept as evidence.
func (s *logState) witness(head tlog.Checkpoint, signed, consistency []byte) error {
	root := base64.StdEncoding.EncodeToString(head.Root[:])
	known := slices.IndexFunc(s.Heads, func(h seenHead) bool { return h.Size == head.Size })
	if known >= 0 && s.Heads[known].Root != root {
		return s.fork(s.Heads[known].Signed, signed)
	}
	proven, err := s.prove(head, signed, consistency)
	if err != nil {
		return err
	}
	if known >= 0 {
		s.Heads[known].Proven = s.Heads[known].Proven || proven
		return nil
	}
	s.Heads = append(s.Heads, seenHead{head.Size, root, signed, proven})
	slices.SortFunc(s.Heads, func(a, b seenHead) int { return int(a.Size - b.Size) })
	if len(s.Heads) > keepSeen {
		s.Heads = slices.Delete(s.Heads, 0, len(s.Heads)-keepSeen)
	}
	return nil
}

// prove checks the consistency proof against the head that it begins from, when
// we have seen that one.
func (s *logState) prove(head tlog.Checkpoint, signed, consistency []byte) (bool, error) {
	if consistency == nil {
		return false, nil
	}
	grown, err := tlog.ParseConsistency(consistency)
	if err != nil || grown.New != head.Size {
		return false, schemas.Refuse("rcp.proof", "")
	}
	for i, old := range s.Heads {
		if old.Size != grown.Old {
			continue
		}
		data, _ := base64.StdEncoding.DecodeString(old.Root)
		if grown.Verify(tlog.Checkpoint{Size: old.Size, Root: tlog.Hash(data)}, head) != nil {
			return false, s.fork(old.Signed, signed)
		}
		s.Heads[i].Proven = true
		return true, nil
	}
	return grown.Old == 0 && len(s.Heads) == 0, nil
}

// grewFrom reports whether a proof shows that a log which had one head has only
// grown into another. Whoever had seen nothing needs no proof.
func grewFrom(seen schemas.Seen, head tlog.Checkpoint, consistency []byte) bool {
	if seen.Size == 0 {
		return true
	}
	root, err := base64.StdEncoding.DecodeString(seen.Root)
	if err != nil || len(root) != len(tlog.Hash{}) {
		return false
	}
	grown, err := tlog.ParseConsistency(consistency)
	return err == nil && grown.Verify(tlog.Checkpoint{Size: seen.Size, Root: tlog.Hash(root)}, head) == nil
}

func (s *logState) fork(one, other []byte) error {
	s.Forks = append(s.Forks, string(one)+"\n"+string(other))
	return schemas.Refuse("rcp.fork", "")
}
