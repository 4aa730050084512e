package main

import (
	"context"
	"strconv"
	"strings"
	"time"

	"schakel/cmd/instance"
	"schakel/connectors/line"
	"schakel/policies"
	"schakel/schemas"
)

// period says which recorded decisions are looked at.
type period struct {
	Since string `help:"From which day on decisions are asked again: a date, or a number of days such as 90d." default:"90d"`
}

// from is the moment at which the period begins.
func (p period) from(now time.Time) (time.Time, error) {
	if days, ok := strings.CutSuffix(p.Since, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n <= 100*365 {
			return now.AddDate(0, 0, -n), nil
		}
	}
	if day, err := time.Parse(time.DateOnly, p.Since); err == nil {
		return day, nil
	}
	return time.Time{}, schemas.Refuse("usage.value", "--since")
}

// report is which recorded decisions would come out differently.
type report struct {
	Since   string   `json:"since"`
	Asked   int      `json:"asked"`
	Changed []change `json:"changed"`
}

// change is one of them: about whom only by role, and never a value of the case.
type change struct {
	Entry     int64   `json:"entry"`
	Message   string  `json:"message"`
	Kind      string  `json:"kind"`
	Sender    string  `json:"sender"`    // role
	Recipient string  `json:"recipient"` // role
	Then      verdict `json:"then"`
	Now       verdict `json:"now"`
}

type verdict struct {
	Outcome string       `json:"outcome"`
	Reason  schemas.Code `json:"reason"` // the first
}

func verdictOf(d *policies.Decision) verdict { return verdict{d.Outcome, d.Reasons[0].Code} }

func changeOf(a *instance.Asked) change {
	c := change{Entry: a.Index, Message: a.Record.Message, Kind: a.Question.Message.Kind, Sender: a.Question.Sender.Role, Recipient: a.Question.Recipient.Role, Then: verdictOf(a.Then)}
	if a.Now != nil {
		c.Now = verdictOf(a.Now)
	}
	return c
}

// report asks the decisions of the period under proposed rules, and tells which
// would come out differently.
func (p period) report(s *line.Session, home string, bundle *policies.Bundle) (*report, error) {
	from, err := p.from(time.Now())
	if err != nil {
		return nil, err
	}
	rules, err := bundle.Load()
	if err != nil {
		return nil, err
	}
	r := &report{Since: from.UTC().Format(time.DateOnly), Changed: []change{}}
	under := func(string) (*policies.Rules, error) { return rules, nil }
	err = instance.AskAgain(context.Background(), home, from, under, func(a *instance.Asked) error {
		if r.Asked++; !a.Alike() {
			r.Changed = append(r.Changed, changeOf(a))
		}
		return nil
	})
	if err == nil && !s.Flags.JSON {
		r.tell(s)
	}
	return r, err
}

func (r *report) tell(s *line.Session) {
	x := &explainer{Session: s}
	for _, c := range r.Changed {
		if c.Then == c.Now {
			x.change(c, x.say("report.duties", x.say("outcome."+c.Then.Outcome), c.Then.Reason))
			continue
		}
		x.change(c, x.say("report.changed", x.say("outcome."+c.Then.Outcome), c.Then.Reason, x.say("outcome."+c.Now.Outcome), c.Now.Reason))
	}
	s.Say("report.count", r.Since, r.Asked, len(r.Changed))
}

// change says which message a decision is about, and what is different.
func (x *explainer) change(c change, different string) {
	x.Say("report.message", c.Message, c.Entry)
	x.paragraph(x.say("report.parties", c.Kind, x.say("role."+c.Sender), x.say("role."+c.Recipient)), different)
}

// replayCmd asks what was decided again.
type replayCmd struct {
	period
	Home string `help:"Directory of the gateway's home." default:"." type:"path" env:"SCHAKEL_GATEWAY"`
}

// Help shows how it is used.
func (*replayCmd) Help() string { return "schakel replay --home centre --since 2026-10-01" }

// replayed is what a program reads of a replay.
type replayed struct {
	Since     string   `json:"since"`
	Asked     int      `json:"asked"`
	Same      int      `json:"same"`
	Different []change `json:"different"`
}

// Run asks every recorded decision of the period again, under the rules of its day,
// and compares the bytes. One that differs, or whose rules nobody has, ends with
// status 3. It needs no passphrase and may run beside the gateway.
func (c *replayCmd) Run(s *line.Session) error {
	if _, err := instance.ReadConfig(c.Home); err != nil {
		return noGateway(err, "--home")
	}
	from, err := c.from(time.Now())
	if err != nil {
		return err
	}
	under, err := instance.OfTheDay(context.Background(), c.Home)
	if err != nil {
		return err
	}
	r := replayed{Since: from.UTC().Format(time.DateOnly), Different: []change{}}
	err = instance.AskAgain(context.Background(), c.Home, from, under, func(a *instance.Asked) error {
		if r.Asked++; a.Same() {
			r.Same++
			return nil
		}
		r.Different = append(r.Different, changeOf(a))
		return nil
	})
	if err != nil {
		return err
	}
	return r.tell(s)
}

func (r *replayed) tell(s *line.Session) error {
	if s.Flags.JSON {
		if err := s.Print(r); err != nil {
			return err
		}
	} else {
		r.differences(&explainer{Session: s})
		s.Say("replay.count", r.Asked, r.Same, len(r.Different))
	}
	if len(r.Different) > 0 {
		return line.ErrNo
	}
	return nil
}

// differences says of each decision what it gives now; nothing, under rules that
// nobody here has.
func (r *replayed) differences(x *explainer) {
	for _, c := range r.Different {
		if c.Now.Outcome == "" {
			x.change(c, x.say("replay.unknown", x.say("outcome."+c.Then.Outcome), c.Then.Reason))
			continue
		}
		x.change(c, x.say("replay.differs", x.say("outcome."+c.Then.Outcome), c.Then.Reason, x.say("outcome."+c.Now.Outcome), c.Now.Reason))
	}
}
