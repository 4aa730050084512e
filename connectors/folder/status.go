package folder

import (
	"bytes"
	"path/filepath"
	"slices"
	"time"

	"schakel/connectors"
	"schakel/schemas"
)

// status is what a status file says. Outcomes are in the place of the summary's
// results, with their reasons in words.
type status struct {
	connectors.Summary
	Refused  *refused  `json:"refused,omitempty"`
	Outcomes []outcome `json:"results"`
}

type outcome struct {
	connectors.Outcome
	Reasons []refused `json:"reasons,omitempty"`
}

func statusOf(out *connectors.Outgoing, language string) status {
	s := status{Summary: out.Summary(), Outcomes: []outcome{}}
	if s.Refusal != "" {
		text := explain(&schemas.Refusal{Code: s.Refusal, At: s.At}, language)
		s.Refused = &text
	}
	for _, result := range s.Results {
		o := outcome{Outcome: result}
		for _, code := range result.Reasons {
			text := schemas.ReasonOf(language, code, result.Outcome)
			o.Reasons = append(o.Reasons, refused{Code: code, What: text.What, Now: text.Now})
		}
		s.Outcomes = append(s.Outcomes, o)
	}
	return s
}

// report writes what became of our messages, where that has changed.
func (d *Door) report() error {
	list, err := d.outgoing()
	if err != nil {
		return err
	}
	for _, out := range list {
		s := statusOf(&out, d.Language)
		document, err := indented(s)
		if err != nil {
			return err
		}
		path := filepath.Join(d.Dir, "status", out.ID+".json")
		if d.told[out.ID] == schemas.Digest(document) {
			continue
		}
		if there, err := connectors.ReadFile(path, maxStatus); err != nil || !bytes.Equal(there, document) {
			if err := writeWhole(path, s); err != nil {
				return err
			}
		}
		d.told[out.ID] = schemas.Digest(document)
	}
	return nil
}

// maxStatus bounds a status file that is compared with what it should say.
const maxStatus = 1 << 20

// outgoing lists the messages of which something is still to be expected; now and
// then, and when one of them is no longer among these, all.
func (d *Door) outgoing() ([]connectors.Outgoing, error) {
	list, err := d.Desk.Outbox(false)
	if err != nil {
		return nil, err
	}
	var open []string
	for _, out := range list {
		open = append(open, out.ID)
	}
	completed := slices.ContainsFunc(d.open, func(id string) bool { return !slices.Contains(open, id) })
	if completed || d.told == nil || time.Since(d.looked) >= everyComplete {
		if list, err = d.Desk.Outbox(true); err != nil {
			return nil, err
		}
		d.looked = time.Now()
	}
	if d.told == nil {
		d.told = map[string]string{}
	}
	d.open = open
	return list, nil
}
