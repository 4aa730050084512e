package tlog_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	merkle "golang.org/x/mod/sumdb/tlog"

	"schakel/gateway/tlog"
)

// Source is what tlog.Handler serves a log from.

func (l *log) ReadTile(level int, n int64) ([]byte, error) { return l.shelf.ReadTile(level, n) }

func (l *log) SignedCheckpoint() ([]byte, error) { return l.signed, nil }

func (l *log) Leaves(first, count int64) ([][]byte, error) {
	var all [][]byte
	for n := first; n < min(first+count, l.tree.Size()); n++ {
		leaf := tlog.Commit(opening(int(n)))
		all = append(all, leaf[:])
	}
	return all, nil
}

// serve starts a server of a log whose newest checkpoint has a size.
func serve(t *testing.T, source tlog.Source, size int64) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(tlog.Handler(source, func() int64 { return size }))
	t.Cleanup(server.Close)
	return server
}

// get fetches a path and returns status, header and body.
func get(t *testing.T, server *httptest.Server, path string) (*http.Response, []byte) {
	t.Helper()
	response, err := server.Client().Get(server.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, body
}

// The paths of c2sp.org/tlog-tiles, and nothing else: 0 where there is nothing,
// otherwise the number of hashes.
func TestPathsOfTheLog(t *testing.T) {
	const size = 700 // two full tiles, one of 188, and two hashes above
	l := newLog(t, size)
	server := serve(t, l, size)
	for path, hashes := range map[string]int{
		"/tile/0/000":           256,
		"/tile/0/001":           256,
		"/tile/0/000.p/1":       1,
		"/tile/0/000.p/255":     255,
		"/tile/0/002.p/188":     188,
		"/tile/0/002.p/1":       1,
		"/tile/1/000.p/2":       2,
		"/tile/1/000.p/1":       1,
		"/tile/entries/000":     256,
		"/tile/entries/001":     256,
		"/tile/entries/000.p/9": 9,
		"/tile/entries/002.p/1": 1,

		"/tile/0/002":                          0, // not full yet
		"/tile/0/002.p/189":                    0, // beyond the checkpoint
		"/tile/0/003.p/1":                      0,
		"/tile/1/000":                          0,
		"/tile/1/000.p/3":                      0,
		"/tile/1/001.p/1":                      0,
		"/tile/2/000.p/1":                      0,
		"/tile/7/000.p/1":                      0,
		"/tile/8/000.p/1":                      0,
		"/tile/64/000.p/1":                     0,
		"/tile/entries/002":                    0,
		"/tile/entries/002.p/189":              0,
		"/tile/entries/003.p/1":                0,
		"/tile/0/x001/000":                     0,
		"/tile/0/x999/x999/x999/x999/999":      0,
		"/tile/0/x999/x999/x999/x999/x999/999": 0,

		"/tile/0/0":                  0, // numbers have three digits
		"/tile/0/00":                 0,
		"/tile/0/0000":               0,
		"/tile/0/x000/000":           0, // with nothing superfluous in front
		"/tile/0/x000":               0,
		"/tile/0/000/001":            0,
		"/tile/0/000/":               0,
		"/tile/0/":                   0,
		"/tile/0":                    0,
		"/tile/0/-01":                0,
		"/tile/0/+01":                0,
		"/tile/0/0x1":                0,
		"/tile/0/00a":                0,
		"/tile/0/%30%30%2b":          0,
		"/tile/00/000":               0,
		"/tile/+0/000":               0,
		"/tile/-1/000":               0,
		"/tile/a/000":                0,
		"/tile/data/000":             0,
		"/tile/0/000.p/0":            0,
		"/tile/0/000.p/256":          0,
		"/tile/0/000.p/257":          0,
		"/tile/0/000.p/01":           0,
		"/tile/0/000.p/-1":           0,
		"/tile/0/000.p/+1":           0,
		"/tile/0/000.p/":             0,
		"/tile/0/000.p":              0,
		"/tile/0/000.p/1/1":          0,
		"/tile/0/000.p/1.p/1":        0,
		"/tile/0/000.P/1":            0,
		"/tile/entries/":             0,
		"/tile/entries/0":            0,
		"/tile/entries/000.p/0":      0,
		"/tile/entries/000.p/256":    0,
		"/tile/entries/x000/000":     0,
		"/tile/entries/000.p/1e2":    0,
		"/":                          0,
		"/tile":                      0,
		"/tile/":                     0,
		"/checkpoint/":               0,
		"/Checkpoint":                0,
		"/checkpoint.txt":            0,
		"/register.db":               0,
		"/tile/8/0/000":              0, // the paths of another standard
		"/latest":                    0,
		"/tile/0/..%2f..%2fetc":      0,
		"/tile/entries/%00":          0,
		"/tile/0/%D9%A0%D9%A0%D9%A1": 0, // digits, but of another script
	} {
		response, body := get(t, server, path)
		want, width := http.StatusNotFound, tlog.TileWidth
		if hashes > 0 {
			want, width = http.StatusOK, 32
		}
		if response.StatusCode != want {
			t.Errorf("%s: got %s, want %d", path, response.Status, want)
			continue
		}
		if strings.HasPrefix(path, "/tile/entries/") {
			width = 2 + 32
		}
		if hashes > 0 && len(body) != hashes*width {
			t.Errorf("%s: got %d bytes, want %d entries of %d", path, len(body), hashes, width)
		}
	}
}

func TestCheckpointIsServedAsItWasSigned(t *testing.T) {
	l := newLog(t, 5)
	server := serve(t, l, 5)
	if _, body := get(t, server, "/checkpoint"); !bytes.Equal(body, l.signed) {
		t.Errorf("got %q, want %q", body, l.signed)
	}
	l.append(leaves(9)[5:])
	if _, body := get(t, server, "/checkpoint"); !bytes.Equal(body, l.signed) {
		t.Errorf("after the log has grown: got %q, want %q", body, l.signed)
	}
}

// Tiles and entries may be kept for ever, the checkpoint not at all.
func TestWhatMayBeCached(t *testing.T) {
	l := newLog(t, 300)
	server := serve(t, l, 300)
	for path, want := range map[string][2]string{
		"/checkpoint":            {"text/plain; charset=utf-8", "no-cache"},
		"/tile/0/000":            {"application/octet-stream", "max-age=31536000, immutable"},
		"/tile/0/001.p/44":       {"application/octet-stream", "max-age=31536000, immutable"},
		"/tile/entries/001.p/44": {"application/octet-stream", "max-age=31536000, immutable"},
	} {
		response, _ := get(t, server, path)
		got := [2]string{response.Header.Get("Content-Type"), response.Header.Get("Cache-Control")}
		if got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
		if sniff := response.Header.Get("X-Content-Type-Options"); sniff != "nosniff" {
			t.Errorf("%s: got X-Content-Type-Options %q, want nosniff", path, sniff)
		}
	}
	if response, _ := get(t, server, "/tile/0/001"); response.Header.Get("Cache-Control") != "" {
		t.Error("a tile that does not exist yet may be cached")
	}
}

func TestLogIsOnlyRead(t *testing.T) {
	l := newLog(t, 300)
	server := serve(t, l, 300)
	for _, path := range []string{"/checkpoint", "/tile/0/000", "/tile/entries/000"} {
		for method, want := range map[string]int{
			http.MethodGet: 200, http.MethodHead: 200, http.MethodPost: 405, http.MethodPut: 405, http.MethodDelete: 405,
			http.MethodPatch: 405, http.MethodOptions: 405, http.MethodTrace: 405,
		} {
			request, err := http.NewRequest(method, server.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := server.Client().Do(request)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != want {
				t.Errorf("%s %s: got %d, want %d", method, path, response.StatusCode, want)
			}
		}
	}
}

// A tile that is stored already, but not yet under a signed head, does not exist.
func TestTilesBeyondTheCheckpointAreNotShown(t *testing.T) {
	l := newLog(t, 300)
	server := serve(t, l, 200)
	for path, want := range map[string]int{"/tile/0/000.p/200": 200, "/tile/0/000.p/201": 404, "/tile/0/000": 404, "/tile/1/000.p/1": 404, "/tile/entries/000.p/201": 404} {
		if response, _ := get(t, server, path); response.StatusCode != want {
			t.Errorf("%s: got %d, want %d", path, response.StatusCode, want)
		}
	}
}

// broken is a source whose store has failed or lost something.
type broken struct{ *log }

var errStore = errors.New("the disk of /secret/path is gone")

func (broken) SignedCheckpoint() ([]byte, error) { return nil, errStore }

func (b broken) ReadTile(level int, n int64) ([]byte, error) {
	if n == 0 {
		return nil, errStore
	}
	data, err := b.log.ReadTile(level, n)
	return data[:len(data)-1], err
}

func (b broken) Leaves(first, count int64) ([][]byte, error) {
	if first == 0 {
		return nil, errStore
	}
	return b.log.Leaves(first, count-1)
}

// A fault is told as a fault: nothing that a cache would keep, nothing of the
// reason.
func TestFaultOfTheStoreIsNotCached(t *testing.T) {
	server := serve(t, broken{newLog(t, 512)}, 512)
	for _, path := range []string{"/checkpoint", "/tile/0/000", "/tile/0/001", "/tile/entries/000", "/tile/entries/001"} {
		response, body := get(t, server, path)
		if response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Cache-Control") != "" {
			t.Errorf("%s: got %s, Cache-Control %q", path, response.Status, response.Header.Get("Cache-Control"))
		}
		if strings.Contains(string(body), "secret") {
			t.Errorf("%s: the answer speaks of the store: %s", path, body)
		}
	}
}

// client reads tiles as a monitor does: golang.org/x/mod/sumdb/tlog asks for
// them, and believes none that the checkpoint does not cover.
type client struct {
	t      *testing.T
	server *httptest.Server
}

func (c client) Height() int { return tlog.TileHeight }

func (c client) SaveTiles([]merkle.Tile, [][]byte) {}

func (c client) ReadTiles(tiles []merkle.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		path := fmt.Sprintf("/tile/%d/%s", tile.L, tlog.TilePath(tile.N, tile.W))
		response, body := get(c.t, c.server, path)
		if response.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s: %s", path, response.Status)
		}
		all = append(all, body)
	}
	return all, nil
}

// bundle reads the leaves of a tile.
func (c client) bundle(n int64, width int) (found []merkle.Hash) {
	_, data := get(c.t, c.server, "/tile/entries/"+tlog.TilePath(n, width))
	for len(data) > 2 {
		length := int(binary.BigEndian.Uint16(data))
		found = append(found, merkle.RecordHash(data[2:2+length]))
		data = data[2+length:]
	}
	return found
}

// With nothing but what is served, a monitor comes to the signed root twice:
// through the tiles, and from the leaves alone.
func TestMonitorComesToTheSignedRoot(t *testing.T) {
	for _, size := range []int64{1, 2, 255, 256, 257, 512, 700, 66_000} {
		l := newLog(t, int(size))
		c := client{t, serve(t, l, size)}
		_, signed := get(t, c.server, "/checkpoint")
		head, err := tlog.OpenCheckpoint(signed, l.verifier)
		if err != nil {
			t.Fatal(err)
		}
		tiles := merkle.TileHashReader(merkle.Tree{N: head.Size, Hash: head.Root}, c)
		if got, err := merkle.TreeHash(head.Size, tiles); err != nil || got != head.Root {
			t.Errorf("size %d: root of the tiles: got %s, %v, want %s", size, got, err, head.Root)
		}
		var history []merkle.Hash
		for first := int64(0); first < size; first += tlog.TileWidth {
			width := min(size-first, tlog.TileWidth)
			history = append(history, c.bundle(first/tlog.TileWidth, int(width))...)
		}
		if got := root(history); got != head.Root {
			t.Errorf("size %d: root of %d leaves: got %s, want %s", size, len(history), got, head.Root)
		}
		for _, index := range []int64{0, size / 2, size - 1} {
			proof, err := merkle.ProveRecord(size, index, tiles)
			if err != nil {
				t.Fatalf("size %d: prove entry %d from the tiles: %v", size, index, err)
			}
			if err := (tlog.Proof{Opening: opening(int(index)), Index: index, Hashes: proof}).Shows(head); err != nil {
				t.Errorf("size %d: entry %d: %v", size, index, err)
			}
		}
	}
}

// A monitor believes no tile that was changed on the way.
func TestMonitorSeesAChangedTile(t *testing.T) {
	l := newLog(t, 700)
	head := l.head(700)
	l.shelf[[2]int64{0, 1}][5] ^= 1
	tiles := merkle.TileHashReader(merkle.Tree{N: head.Size, Hash: head.Root}, client{t, serve(t, l, 700)})
	if _, err := merkle.ProveRecord(700, 256, tiles); err == nil {
		t.Error("a proof was made from a tile that the log did not sign")
	}
}

// The names of tiles are those that golang.org/x/mod gives them.
func TestNamesOfTiles(t *testing.T) {
	for _, n := range []int64{0, 1, 9, 10, 999, 1000, 1234, 999_999, 1_000_000, 1_234_067, 999_999_999_999_999} {
		for _, width := range []int{1, 99, 255, 256} {
			want := strings.TrimPrefix(merkle.Tile{H: tlog.TileHeight, N: n, W: width}.Path(), "tile/8/0/")
			if got := tlog.TilePath(n, width); got != want {
				t.Errorf("tile %d of %d: got %s, want %s", n, width, got, want)
			}
		}
	}
}

// A watcher who holds many connections open keeps others waiting, not the gateway.
func TestConnectionsAreBounded(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	const bound, watchers = 2, 20
	listener := tlog.Limit(inner, bound)
	defer listener.Close()
	for range watchers {
		conn, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	var open atomic.Int64
	var parts sync.WaitGroup
	for range watchers { // each is let in when one before it has left
		conn, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if n := open.Add(1); n > bound {
			t.Errorf("%d are in at a time, want at most %d", n, bound)
		}
		parts.Go(func() {
			open.Add(-1)
			conn.Close()
			conn.Close() // twice gives one place back
		})
	}
	parts.Wait()
}

func TestAnAddressThatIsTooLongIsRefused(t *testing.T) {
	server := httptest.NewServer(tlog.Handler(nil, func() int64 { return 0 }))
	defer server.Close()
	response, err := http.Get(server.URL + "/checkpoint?" + strings.Repeat("x", 2<<10))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusRequestURITooLong {
		t.Errorf("got %s, want 414", response.Status)
	}
}
