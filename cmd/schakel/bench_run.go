package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"schakel/cmd/instance"
	"schakel/connectors"
	"schakel/schemas"
)

// benchRun sends messages of one size through processes of their own: broker,
// gateway, and a connector at either end.
type benchRun struct {
	dir      string
	secret   []byte
	messages int
	inFlight int
	size     int

	lock      sync.Mutex
	processes map[string]*process
	sent      map[string]time.Time // by message id
	custody   []time.Duration
	delivery  []time.Duration
	last      time.Time // when the newest delivery was kept
	receipts  int       // custody receipts of the recipient's receipts
	confirmed int
	ready     map[string]bool
	slots     chan struct{}
	failed    chan error
}

// warmUp is how many messages go before those that are measured.
const warmUp = 50

func (r *benchRun) path(name string) string { return filepath.Join(r.dir, name) }

func (r *benchRun) measure(ctx context.Context) (*result, []footprint, error) {
	r.processes, r.ready, r.failed = map[string]*process{}, map[string]bool{}, make(chan error, 8)
	ctx, cancel := context.WithCancel(ctx)
	defer r.stop()
	defer cancel()
	if err := r.start(ctx); err != nil {
		return nil, nil, err
	}
	idle := r.memory("VmRSS")
	if _, err := r.send(ctx, warmUp); err != nil {
		return nil, nil, err
	}
	before, err := r.processes["gateway"].cpu()
	if err != nil {
		return nil, nil, err
	}
	first, err := r.send(ctx, r.messages)
	if err != nil {
		return nil, nil, err
	}
	after, err := r.processes["gateway"].cpu()
	if err != nil {
		return nil, nil, err
	}
	load := r.memory("VmHWM")
	one := &result{Size: r.size, Messages: r.messages, PerSecond: float64(r.messages) / r.last.Sub(first).Seconds()}
	one.Custody50, one.Custody99 = quantiles(r.custody)
	one.Delivery50, one.Delivery99 = quantiles(r.delivery)
	one.Gateway = micros(after-before) / float64(r.messages)
	prints, err := r.footprints(idle, load)
	if err != nil {
		return nil, nil, err
	}
	r.stop()
	one.Parts, err = measureParts(r)
	if err != nil {
		return nil, nil, err
	}
	one.Sum = one.Parts.sum()
	one.Ratio = one.Gateway / one.Sum
	one.Share = one.Parts["decide"] / one.Gateway
	return one, prints, nil
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

// start makes the homes and starts the processes.
func (r *benchRun) start(ctx context.Context) error {
	address, err := freeAddress()
	if err != nil {
		return err
	}
	config := instance.Config{Name: "schakel.bench", Listen: address, Broker: "tls://" + address, Workers: 64}
	var ends []instance.PartnerOptions
	for _, partner := range cast() {
		if partner.ID == tbkk || partner.ID == ngo {
			ends = append(ends, partner)
		}
	}
	if err := makeHomes(r.dir, r.secret, config, ends); err != nil {
		return err
	}
	if err := os.WriteFile(r.path("pass"), r.secret, 0o600); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for _, p := range []struct {
		name, program, ready string
		args                 []string
	}{
		{"broker", self, "broker ready", []string{"broker", "--home", r.path(gatewayHome)}},
		{"gateway", self, "gateway ready", []string{"gateway", "--home", r.path(gatewayHome), "--passphrase-file", r.path("pass")}},
		{tbkk, connectorProgram(self), "connected", []string{"connector", "--home", r.path(tbkk), "--passphrase-file", r.path("pass")}},
		{ngo, connectorProgram(self), "connected", []string{"connector", "--home", r.path(ngo), "--passphrase-file", r.path("pass")}},
	} {
		if err := r.launch(p.name, p.program, p.args...); err != nil {
			return err
		}
		if err := r.until(ctx, func() bool { return r.ready[p.name+": "+p.ready] }); err != nil {
			return fmt.Errorf("%s did not start: %w", p.name, err)
		}
	}
	return nil
}

// process is one program of the run.
type process struct {
	cmd     *exec.Cmd
	program string
	ended   chan struct{}
}

func (r *benchRun) launch(name, program string, args ...string) error {
	cmd := exec.Command(program, args...)
	cmd.Stderr = os.Stderr
	output, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p := &process{cmd, program, make(chan struct{})}
	r.processes[name] = p
	go func() {
		lines := bufio.NewScanner(output)
		for lines.Scan() {
			r.heard(name, lines.Bytes())
		}
		cmd.Wait()
		close(p.ended)
	}()
	return nil
}

// stop ends the processes and waits for them.
func (r *benchRun) stop() {
	for _, name := range []string{ngo, tbkk, "gateway", "broker"} {
		p := r.processes[name]
		if p == nil {
			continue
		}
		p.cmd.Process.Signal(syscall.SIGTERM)
		<-p.ended
		delete(r.processes, name)
	}
}

// heard reads one line of a process's log.
func (r *benchRun) heard(who string, text []byte) {
	var event struct {
		Time    time.Time `json:"time"`
		Msg     string    `json:"msg"`
		Message string    `json:"message"`
		Kind    string    `json:"kind"`
		Code    string    `json:"code"`
	}
	if json.Unmarshal(text, &event) != nil {
		return
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	sent, ours := r.sent[event.Message]
	switch {
	case event.Code != "":
		r.failed <- fmt.Errorf("%s: %s: %s", who, event.Msg, event.Code)
	case who == ngo && event.Msg == "in custody" && ours:
		r.custody = append(r.custody, event.Time.Sub(sent))
	case who == tbkk && event.Msg == "in custody":
		r.receipts++
	case who == tbkk && event.Msg == "received" && ours:
		r.delivery, r.last = append(r.delivery, event.Time.Sub(sent)), event.Time
	case who == ngo && event.Msg == "confirmed" && ours:
		r.confirmed++
		<-r.slots
	default:
		r.ready[who+": "+event.Msg] = true
	}
}

// send submits n messages, never more than the limit under way, and waits until
// each is delivered and confirmed and its receipt is in custody. It returns when
// the first was submitted.
func (r *benchRun) send(ctx context.Context, n int) (time.Time, error) {
	desk, ok := connectors.DialHome(r.path(ngo))
	if !ok {
		return time.Time{}, errors.New("the sender's connector does not answer")
	}
	r.lock.Lock()
	r.sent, r.custody, r.delivery, r.receipts, r.confirmed = map[string]time.Time{}, nil, nil, 0, 0
	r.slots = make(chan struct{}, r.inFlight)
	r.lock.Unlock()
	first := time.Now()
	for range n {
		select {
		case r.slots <- struct{}{}:
		case err := <-r.failed:
			return first, err
		case <-ctx.Done():
			return first, ctx.Err()
		}
		if err := r.submit(desk); err != nil {
			return first, err
		}
	}
	return first, r.until(ctx, func() bool {
		return len(r.custody) == n && len(r.delivery) == n && r.receipts == n && r.confirmed == n
	})
}

// submit submits one message. The lock keeps its echo in the logs from being
// heard before its id is known.
func (r *benchRun) submit(desk *connectors.Remote) error {
	draft := benchDraft(r.size)
	r.lock.Lock()
	defer r.lock.Unlock()
	begun := time.Now()
	accepted, err := desk.Submit(draft, connectors.Options{})
	if err != nil {
		return err
	}
	r.sent[accepted.ID] = begun
	return nil
}

// until waits for something to become true in what was heard.
func (r *benchRun) until(ctx context.Context, holds func() bool) error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		r.lock.Lock()
		done := holds()
		r.lock.Unlock()
		if done {
			return nil
		}
		select {
		case err := <-r.failed:
			return err
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	return errTooLong
}

// ticks of the kernel's clock in a second, as /proc counts them on Linux.
const ticks = 100

// cpu is the time that the process has used, of the user and of the system.
func (p *process) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 13 {
		return 0, errors.New("/proc/stat is not as expected")
	}
	user, err := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	return time.Duration(user+system) * time.Second / ticks, errors.Join(err, err2)
}

// memory reads a figure of every process, in MB.
func (r *benchRun) memory(field string) map[string]float64 {
	all := map[string]float64{}
	for name, p := range r.processes {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
		for _, line := range strings.Split(string(text), "\n") {
			if rest, ok := strings.CutPrefix(line, field+":"); ok {
				kb, _ := strconv.Atoi(strings.Fields(rest)[0])
				all[name] = float64(kb) / 1024
			}
		}
	}
	return all
}

func (r *benchRun) footprints(idle, load map[string]float64) ([]footprint, error) {
	var all []footprint
	for _, name := range []string{"gateway", "broker", ngo} {
		program := r.processes[name].program
		info, err := os.Stat(program)
		if err != nil {
			return nil, err
		}
		role := name
		if name == ngo {
			role = "connector"
		}
		all = append(all, footprint{filepath.Base(program) + " " + role, float64(info.Size()) / (1 << 20), idle[name], load[name]})
	}
	return all, nil
}

// benchDraft is a tip whose text has about a size, never twice the same.
func benchDraft(size int) []byte {
	words := strings.Repeat("words that say nothing about anybody ", size/37+1)
	first, second := words[:min(size/2, 16_000)], words[:max(size/2-400, 1)]
	return []byte(fmt.Sprintf(`{"kind":"case-tip","to":["%s"],"bases":[{"id":"ngo-local","documents":[{"id":"LUZ-%d","kind":"local-reporting-check"}]}],
"body":{"subject":"situation","at_risk_now":"unknown","persons":[{"category":"s-suspect","minor":"no"}],
"seen":{"person":0,"told_by":"third-person","account":{"text":%s,"categories":["d-susp"]}},
"source":{"number":"LUZ-1","consent":"never","local_police":"no","concerns_officials":"no"},
"narrative":{"person":0,"text":%s,"categories":["d-susp"]}}}`, tbkk, time.Now().UnixNano(), schemas.Encode(first), schemas.Encode(second)))
}
