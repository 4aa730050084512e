package tlog

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// Source is what a log serves: its newest signed checkpoint, its tiles and its
// leaves. Leaves returns those of one full or partial level-0 tile, in order.
type Source interface {
	Tiles
	SignedCheckpoint() ([]byte, error)
	Leaves(first, count int64) ([][]byte, error)
}

// Limits of whoever watches the log over HTTP.
const (
	MaxConnections = 256
	maxURL         = 2 << 10
)

// Limit lets no more connections through at a time; others wait to be accepted.
func Limit(listener net.Listener, connections int) net.Listener {
	return &limited{listener, make(chan struct{}, connections)}
}

type limited struct {
	net.Listener
	slots chan struct{}
}

func (l *limited) Accept() (net.Conn, error) {
	l.slots <- struct{}{}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &counted{Conn: conn, slots: l.slots}, nil
}

// counted gives its slot back when it is closed.
type counted struct {
	net.Conn
	slots chan struct{}
	once  sync.Once
}

func (c *counted) Close() error {
	c.once.Do(func() { <-c.slots })
	return c.Conn.Close()
}

// Handler serves a log over HTTP as c2sp.org/tlog-tiles says: /checkpoint,
// /tile/<L>/<N>[.p/<W>] and /tile/entries/<N>[.p/<W>]. It shows nothing but
// hashes and commitments. size returns the size of the newest checkpoint; tiles
// beyond it do not exist.
func Handler(source Source, size func() int64) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /checkpoint", func(w http.ResponseWriter, r *http.Request) {
		checkpoint, err := source.SignedCheckpoint()
		serve(w, "text/plain; charset=utf-8", "no-cache", checkpoint, err)
	})
	mux.HandleFunc("GET /tile/entries/{path...}", func(w http.ResponseWriter, r *http.Request) {
		n, width, ok := parseTilePath(r.PathValue("path"))
		if !ok || !exists(size(), 0, n, width) {
			http.NotFound(w, r)
			return
		}
		bundle, err := entryBundle(source, n, width)
		serve(w, "application/octet-stream", "max-age=31536000, immutable", bundle, err)
	})
	mux.HandleFunc("GET /tile/{level}/{path...}", func(w http.ResponseWriter, r *http.Request) {
		n, width, ok := parseTilePath(r.PathValue("path"))
		level, err := strconv.Atoi(r.PathValue("level"))
		if !ok || err != nil || strconv.Itoa(level) != r.PathValue("level") || !exists(size(), level, n, width) {
			http.NotFound(w, r)
			return
		}
		data, err := source.ReadTile(level, n)
		if err == nil && len(data) < width*len(Hash{}) {
			err = fmt.Errorf("tile %d/%d is short", level, n)
		}
		if err == nil {
			data = data[:width*len(Hash{})]
		}
		serve(w, "application/octet-stream", "max-age=31536000, immutable", data, err)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.RequestURI) > maxURL {
			http.Error(w, "too long", http.StatusRequestURITooLong)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func serve(w http.ResponseWriter, contentType, caching string, body []byte, err error) {
	if err != nil {
		http.Error(w, "not available", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", caching)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Write(body)
}

// exists reports whether the tree of this size has that tile with that width.
func exists(size int64, level int, n int64, width int) bool {
	if level < 0 || level > 7 {
		return false
	}
	have := size >> (TileHeight * level) // hashes at this level
	return n*TileWidth+int64(width) <= have
}

// parseTilePath reads <N>[.p/<W>] with N in groups of three digits.
func parseTilePath(path string) (n int64, width int, ok bool) {
	width = TileWidth
	if number, partial, found := strings.Cut(path, ".p/"); found {
		w, err := strconv.Atoi(partial)
		if err != nil || w < 1 || w >= TileWidth || strconv.Itoa(w) != partial {
			return 0, 0, false
		}
		path, width = number, w
	}
	groups := strings.Split(path, "/")
	for i, group := range groups {
		digits, marked := strings.CutPrefix(group, "x")
		if len(digits) != 3 || marked == (i == len(groups)-1) || len(groups) > 5 {
			return 0, 0, false
		}
		d, err := strconv.ParseUint(digits, 10, 16)
		if err != nil {
			return 0, 0, false
		}
		n = n*1000 + int64(d)
	}
	if len(groups) > 1 && groups[0] == "x000" {
		return 0, 0, false
	}
	return n, width, true
}

// TilePath writes the path of a tile below its level.
func TilePath(n int64, width int) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	if width < TileWidth {
		path += fmt.Sprintf(".p/%d", width)
	}
	return path
}

func entryBundle(source Source, n int64, width int) ([]byte, error) {
	leaves, err := source.Leaves(n*TileWidth, int64(width))
	if err != nil {
		return nil, err
	}
	if len(leaves) != width {
		return nil, fmt.Errorf("bundle %d has %d leaves, needs %d", n, len(leaves), width)
	}
	var bundle []byte
	for _, leaf := range leaves {
		bundle = binary.BigEndian.AppendUint16(bundle, uint16(len(leaf)))
		bundle = append(bundle, leaf...)
	}
	return bundle, nil
}
