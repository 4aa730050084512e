package connectors

import (
	"maps"
	"os"
	"path/filepath"

	"schakel/schemas"
)

// chainState names the newest message that was ever accepted: the next one
// continues from it. It stands in a file of its own, so that the chain goes on when
// the message's own file is damaged.
type chainState struct {
	Sequence int64  `json:"sequence"`
	Manifest string `json:"manifest"` // digest
}

const chainFile = "chain.state"

// openChain finds the newest message: the one that the file names, or one accepted
// after that was written.
func (c *Connector) openChain() error {
	var state chainState
	if err := c.readState(chainFile, &state); err != nil {
		c.Log.Warn("damaged file is written anew", "file", chainFile, "error", err)
		state = chainState{}
	}
	c.sequence, c.previous = state.Sequence, state.Manifest
	for _, dir := range []string{outboxDir, sentDir} {
		names, _ := c.names(dir)
		if len(names) == 0 {
			continue
		}
		newest := names[len(names)-1]
		number, _, _ := parseName(newest)
		if number <= c.sequence {
			continue
		}
		var out Outgoing
		if err := c.read(dir, newest, &out); err != nil {
			return err
		}
		c.sequence, c.previous = number, schemas.Digest(out.Manifest)
	}
	return nil
}

// keepChain writes down the newest message. It is not synced: after a power cut an
// older one may stand there, and the messages themselves say the rest.
func (c *Connector) keepChain() error {
	path := filepath.Join(c.Dir, chainFile)
	sealed := c.sealState(chainFile, chainState{c.sequence, c.previous})
	if err := os.WriteFile(path+".tmp", sealed, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}

// accept writes a message to the outbox. When it returns nil, it is accepted.
func (c *Connector) accept(w *written) (*Accepted, error) {
	name := fileName(w.out.Sequence, w.out.ID)
	err := c.save(outboxDir, name, w.out)
	if err != nil && !c.holds(outboxDir, name) {
		return nil, err
	}
	c.sequence, c.previous = w.out.Sequence, schemas.Digest(w.out.Manifest) // from here on the number is taken
	c.index(name, w.out)
	if keepErr := c.keepChain(); keepErr != nil {
		c.Log.Warn("cannot note the newest message", "error", keepErr)
	}
	if err != nil { // the file is there, but a crash may take it back
		c.unsynced = true
		c.Log.Error("cannot sync the outbox", "message", w.out.ID, "error", err)
		return nil, schemas.Refuse("store.unsynced", w.out.ID)
	}
	c.nudge()
	return &Accepted{w.out.ID, w.out.Sequence, w.source}, nil
}

// synced reports whether everything in the outbox would survive a crash. Until
// then nothing of it is sent: a number that the gateway knows must never be given
// again.
func (c *Connector) synced() bool {
	c.unsynced = c.unsynced && syncDir(filepath.Join(c.Dir, outboxDir)) != nil
	return !c.unsynced
}

// sentBefore returns the id of a message that was accepted lately from a draft.
func (c *Connector) sentBefore(content string) string {
	if len(c.recent) > maxOutbox {
		maps.DeleteFunc(c.recent, func(_ string, known before) bool { return !c.isLate(known.created) })
	}
	if known := c.recent[content]; c.isLate(known.created) {
		return known.id
	}
	return ""
}
