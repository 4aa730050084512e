package connectors

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"schakel/pki"
	"schakel/schemas"
)

// Desk is what a door can do with a connector: the one in this process, or the
// one that runs as a service and has the home unlocked.
type Desk interface {
	Submit(draft []byte, options Options) (*Accepted, error)
	Reply(id string, draft []byte, options Options) (*Accepted, error)
	Inbox() ([]Received, error)
	Show(id string, officer *pki.Secret) (*Received, error)
	Outbox(all bool) ([]Outgoing, error)
	Correct(id, reason string, changes []Change) (*Accepted, error)
	Act(id string, act Act, officer *pki.Secret) (*Accepted, error)
	Export(id string) (map[string][]byte, error)
	Health() (*Health, error)
}

// call is one request over the socket. It never leaves the machine; the socket is
// the owner's alone.
type call struct {
	ID      string   `json:"id,omitempty"`
	Draft   []byte   `json:"draft,omitempty"`
	Again   bool     `json:"again,omitempty"`
	Ask     bool     `json:"ask,omitempty"`
	All     bool     `json:"all,omitempty"`
	Act     Act      `json:"act,omitzero"`
	Reason  string   `json:"reason,omitempty"`
	Changes []Change `json:"changes,omitempty"`
	Officer []byte   `json:"officer,omitempty"` // officer's secret key, unlocked by the command
}

// reply carries the result or a refusal.
type reply struct {
	Result schemas.Raw  `json:"result,omitzero"`
	Code   schemas.Code `json:"code,omitempty"`
	At     string       `json:"at,omitempty"`
	Fault  string       `json:"fault,omitempty"`
}

// maxCall bounds a request over the socket.
const maxCall = 4 << 20

// Serve answers commands on the home's socket until the context ends.
func (c *Connector) Serve(ctx context.Context) error {
	path := filepath.Join(c.Dir, socketFile)
	os.Remove(path) // ours: we hold the lock
	listener, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("open socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return fmt.Errorf("open socket: %w", err)
	}
	server := &http.Server{Handler: c.handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (c *Connector) handler() http.Handler {
	mux := http.NewServeMux()
	answer := func(name string, do func(call) (any, error)) {
		mux.HandleFunc("POST /"+name, func(w http.ResponseWriter, r *http.Request) {
			var request call
			document, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCall))
			if err == nil {
				err = decode(document, &request)
			}
			var result any
			if err == nil {
				result, err = do(request)
			}
			w.Write(schemas.Encode(replyTo(result, err)))
		})
	}
	answer("submit", func(r call) (any, error) {
		return withOfficer(r, func(o Options) (any, error) { return c.Submit(r.Draft, o) })
	})
	answer("reply", func(r call) (any, error) {
		return withOfficer(r, func(o Options) (any, error) { return c.Reply(r.ID, r.Draft, o) })
	})
	answer("act", func(r call) (any, error) {
		return withOfficer(r, func(o Options) (any, error) { return c.Act(r.ID, r.Act, o.Officer) })
	})
	answer("show", func(r call) (any, error) {
		return withOfficer(r, func(o Options) (any, error) { return c.Show(r.ID, o.Officer) })
	})
	answer("correct", func(r call) (any, error) { return c.Correct(r.ID, r.Reason, r.Changes) })
	answer("inbox", func(call) (any, error) { return c.Inbox() })
	answer("outbox", func(r call) (any, error) { return c.Outbox(r.All) })
	answer("export", func(r call) (any, error) { return c.Export(r.ID) })
	answer("health", func(call) (any, error) { return c.Health() })
	return mux
}

// withOfficer reads the officer's key of a request.
func withOfficer(r call, do func(Options) (any, error)) (any, error) {
	options := Options{Again: r.Again, Ask: r.Ask}
	if r.Officer != nil {
		secret, err := pki.ParseSecret(r.Officer, nil)
		if err != nil {
			return nil, err
		}
		options.Officer = secret
	}
	return do(options)
}

func replyTo(result any, err error) reply {
	if refusal := schemas.Refused(err); refusal != nil {
		return reply{Code: refusal.Code, At: refusal.At}
	}
	if err != nil {
		return reply{Fault: err.Error()}
	}
	return reply{Result: schemas.Encode(result)}
}

// Remote is the desk of a connector that runs as a service.
type Remote struct{ client *http.Client }

// DialHome returns the desk of the service that has a home open; false when none
// has.
func DialHome(dir string) (*Remote, bool) {
	path := filepath.Join(dir, socketFile)
	conn, err := net.Dial("unix", path)
	if err != nil {
		return nil, false
	}
	conn.Close()
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}}
	return &Remote{&http.Client{Transport: transport, Timeout: 60 * time.Second}}, true
}

func (r *Remote) call(name string, request call, result any) error {
	response, err := r.client.Post("http://home/"+name, "application/json", bytes.NewReader(schemas.Encode(request)))
	if err != nil {
		return fmt.Errorf("ask the service: %w", err)
	}
	defer response.Body.Close()
	document, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("ask the service: %w", err)
	}
	var answer reply
	switch err := decode(document, &answer); {
	case err != nil:
		return fmt.Errorf("ask the service: %w", err)
	case answer.Code != "":
		return schemas.Refuse(answer.Code, answer.At)
	case answer.Fault != "":
		return errors.New(answer.Fault)
	}
	return decode(answer.Result, result)
}

func officerBytes(officer *pki.Secret) []byte {
	if officer == nil {
		return nil
	}
	return officer.SecretBytes()
}

// Submit is described at [Connector.Submit].
func (r *Remote) Submit(draft []byte, options Options) (*Accepted, error) {
	accepted := &Accepted{}
	return accepted, r.call("submit", call{Draft: draft, Again: options.Again, Ask: options.Ask, Officer: officerBytes(options.Officer)}, accepted)
}

// Reply is described at [Connector.Reply].
func (r *Remote) Reply(id string, draft []byte, options Options) (*Accepted, error) {
	accepted := &Accepted{}
	return accepted, r.call("reply", call{ID: id, Draft: draft, Again: options.Again, Ask: options.Ask, Officer: officerBytes(options.Officer)}, accepted)
}

// Correct is described at [Connector.Correct].
func (r *Remote) Correct(id, reason string, changes []Change) (*Accepted, error) {
	accepted := &Accepted{}
	return accepted, r.call("correct", call{ID: id, Reason: reason, Changes: changes}, accepted)
}

// Inbox is described at [Connector.Inbox].
func (r *Remote) Inbox() (list []Received, err error) {
	err = r.call("inbox", call{}, &list)
	return list, err
}

// Show is described at [Connector.Show].
func (r *Remote) Show(id string, officer *pki.Secret) (*Received, error) {
	received := &Received{}
	return received, r.call("show", call{ID: id, Officer: officerBytes(officer)}, received)
}

// Outbox is described at [Connector.Outbox].
func (r *Remote) Outbox(all bool) (list []Outgoing, err error) {
	err = r.call("outbox", call{All: all}, &list)
	return list, err
}

// Act is described at [Connector.Act].
func (r *Remote) Act(id string, act Act, officer *pki.Secret) (*Accepted, error) {
	accepted := &Accepted{}
	return accepted, r.call("act", call{ID: id, Act: act, Officer: officerBytes(officer)}, accepted)
}

// Export is described at [Connector.Export].
func (r *Remote) Export(id string) (files map[string][]byte, err error) {
	err = r.call("export", call{ID: id}, &files)
	return files, err
}

// Health is described at [Connector.Health].
func (r *Remote) Health() (*Health, error) {
	health := &Health{}
	return health, r.call("health", call{}, health)
}
