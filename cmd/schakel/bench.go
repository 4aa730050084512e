package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"

	"schakel/connectors/line"
	"schakel/schemas"
)

// benchCmd measures.
type benchCmd struct {
	Messages int `help:"Messages of each size." default:"1000"`
	InFlight int `help:"Messages under way at the same time." default:"64"`
}

// Help shows how it is used.
func (*benchCmd) Help() string {
	return "schakel bench --messages 2000 --json\nIt needs Linux, and a quiet machine for figures that mean something; the ratio is the figure to compare."
}

// result is what one size of message cost.
type result struct {
	Size       int     `json:"body_bytes"`
	Messages   int     `json:"messages"`
	PerSecond  float64 `json:"messages_per_second"`
	Custody50  float64 `json:"custody_p50_ms"` // submit to custody receipt at the sender's
	Custody99  float64 `json:"custody_p99_ms"`
	Delivery50 float64 `json:"delivery_p50_ms"` // submit to kept at the recipient's
	Delivery99 float64 `json:"delivery_p99_ms"`
	Gateway    float64 `json:"gateway_cpu_us"` // a message, with the recipient's receipt for it
	Parts      parts   `json:"primitives_cpu_us"`
	Sum        float64 `json:"primitives_sum_us"`
	Ratio      float64 `json:"ratio"`
	Share      float64 `json:"decision_share"` // of the gateway's cost: what the rules took
}

// footprint is how large a program is, and how much memory its process holds.
type footprint struct {
	Program     string  `json:"program"`
	DiskMB      float64 `json:"disk_mb"`
	IdleMB      float64 `json:"idle_mb"`
	UnderLoadMB float64 `json:"under_load_mb"`
}

// measurement is everything of one run.
type measurement struct {
	Results    []result    `json:"results"`
	Decisions  *decisions  `json:"decisions"`
	Footprints []footprint `json:"footprints"`
}

// bodySizes are the sizes of the bodies that are sent, in bytes.
var bodySizes = []int{2_000, 20_000}

// Run measures one size after the other, each with fresh homes.
func (c *benchCmd) Run(s *line.Session) error {
	switch {
	case c.Messages < 1:
		return schemas.Refuse("usage.value", "--messages")
	case c.InFlight < 1:
		return schemas.Refuse("usage.value", "--in-flight")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	all := measurement{}
	for _, size := range bodySizes {
		dir, err := os.MkdirTemp("", "schakel-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		run := &benchRun{dir: dir, secret: []byte(rand.Text()), messages: c.Messages, inFlight: c.InFlight, size: size}
		one, footprints, err := run.measure(ctx)
		if err != nil {
			return err
		}
		all.Results, all.Footprints = append(all.Results, *one), footprints
	}
	var err error
	if all.Decisions, err = measureDecisions(ctx); err != nil {
		return err
	}
	if s.Flags.JSON {
		encoder := json.NewEncoder(s.Stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(all)
	}
	return all.print(s)
}

func (m *measurement) print(s *line.Session) error {
	table := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(key string, value func(*result) string) {
		fmt.Fprintf(table, "%s\t", schemas.Say(s.Language(), key))
		for i := range m.Results {
			fmt.Fprintf(table, "%s\t", value(&m.Results[i]))
		}
		fmt.Fprintln(table)
	}
	number := func(format string, of func(*result) float64) func(*result) string {
		return func(r *result) string { return fmt.Sprintf(format, of(r)) }
	}
	row("bench.size", func(r *result) string { return fmt.Sprintf("%d kB", r.Size/1000) })
	row("bench.rate", number("%.0f", func(r *result) float64 { return r.PerSecond }))
	row("bench.custody", func(r *result) string { return fmt.Sprintf("%.1f / %.1f", r.Custody50, r.Custody99) })
	row("bench.delivery", func(r *result) string { return fmt.Sprintf("%.1f / %.1f", r.Delivery50, r.Delivery99) })
	for _, part := range partNames {
		row("bench."+part, func(r *result) string { return fmt.Sprintf("%.0f", r.Parts[part]) })
	}
	row("bench.sum", number("%.0f", func(r *result) float64 { return r.Sum }))
	row("bench.gateway", number("%.0f", func(r *result) float64 { return r.Gateway }))
	row("bench.ratio", number("%.2f", func(r *result) float64 { return r.Ratio }))
	row("bench.share", number("%.2f", func(r *result) float64 { return r.Share }))
	if err := table.Flush(); err != nil {
		return err
	}
	d := m.Decisions
	fmt.Fprintf(s.Stdout, "\n%s\n", schemas.Say(s.Language(), "bench.decisions", float64(d.Question)/1000, d.PerSecond, d.P50, d.P99))
	fmt.Fprintln(s.Stdout)
	table = tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, schemas.Say(s.Language(), "bench.footprints"))
	for _, f := range m.Footprints {
		fmt.Fprintf(table, "%s\t%.1f\t%.1f\t%.1f\t\n", f.Program, f.DiskMB, f.IdleMB, f.UnderLoadMB)
	}
	return table.Flush()
}

// quantiles returns p50 and p99 in milliseconds.
func quantiles(times []time.Duration) (p50, p99 float64) {
	slices.Sort(times)
	at := func(q float64) float64 {
		return float64(times[min(len(times)-1, int(q*float64(len(times))))].Microseconds()) / 1000
	}
	return at(0.50), at(0.99)
}

// connectorProgram is the small program beside this one, as a field office
// installs it, or this one where there is no other.
func connectorProgram(self string) string {
	small := filepath.Join(filepath.Dir(self), "schakel-connector")
	if _, err := os.Stat(small); err == nil {
		return small
	}
	return self
}
