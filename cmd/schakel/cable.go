package main

import (
	"io"
	"net"
	"sync"
)

// cable is a line between a field office and the broker that can be cut. It
// carries bytes and understands none.
type cable struct {
	listener net.Listener
	far      string

	lock sync.Mutex
	cut  bool
	open map[net.Conn]bool
}

// layCable makes a line to an address, cut until it is joined.
func layCable(far string) (*cable, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &cable{listener: listener, far: far, cut: true, open: map[net.Conn]bool{}}
	go c.serve()
	return c, nil
}

// near is the address at the field office's end.
func (c *cable) near() string { return c.listener.Addr().String() }

func (c *cable) serve() {
	for {
		conn, err := c.listener.Accept()
		if err != nil {
			return
		}
		go c.carry(conn)
	}
}

// carry passes bytes both ways until either end, or the line, is gone.
func (c *cable) carry(near net.Conn) {
	defer near.Close()
	if !c.hold(near) {
		return
	}
	defer c.release(near)
	far, err := net.Dial("tcp", c.far)
	if err != nil || !c.hold(far) {
		return
	}
	defer far.Close()
	defer c.release(far)
	var both sync.WaitGroup
	pass := func(to, from net.Conn) {
		io.Copy(to, from)
		to.Close()
		from.Close()
	}
	both.Go(func() { pass(far, near) })
	both.Go(func() { pass(near, far) })
	both.Wait()
}

// hold counts a connection among those that a cut ends; false while the line is
// cut.
func (c *cable) hold(conn net.Conn) bool {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.cut {
		conn.Close()
		return false
	}
	c.open[conn] = true
	return true
}

func (c *cable) release(conn net.Conn) {
	c.lock.Lock()
	defer c.lock.Unlock()
	delete(c.open, conn)
}

// set cuts the line, with everything on it, or joins it again.
func (c *cable) set(cut bool) {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.cut = cut
	if cut {
		for conn := range c.open {
			conn.Close()
		}
	}
}

func (c *cable) close() {
	c.listener.Close()
	c.set(true)
}
