package sql

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// proxy stands between a source and its server, to cut the connection.
type proxy struct {
	net.Listener
	server string
	mu     sync.Mutex
	conns  []net.Conn
	read   int64 // bytes that came from the server
	most   int64 // after which to cut; 0 for never
	closed bool  // refuses connections
}

func newProxy(t testing.TB, server string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Listener: l, server: server}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { p.serve(c) })
		}
	})
	t.Cleanup(func() { l.Close(); p.cut(); all.Wait() })
	return p
}

func (p *proxy) serve(c net.Conn) {
	defer c.Close()
	p.mu.Lock()
	closed := p.closed
	p.mu.Unlock()
	if closed {
		return
	}
	s, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer s.Close()
	p.mu.Lock()
	p.conns = append(p.conns, c, s)
	p.mu.Unlock()
	go func() { _, _ = io.Copy(s, c); s.Close() }()
	_, _ = io.Copy(c, &counter2{s, p})
}

// counter2 counts what comes from the server.
type counter2 struct {
	r io.Reader
	p *proxy
}

func (c *counter2) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	c.p.read += int64(n)
	if c.p.most > 0 && c.p.read >= c.p.most {
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}

func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

func (p *proxy) set(f func()) {
	p.mu.Lock()
	f()
	p.mu.Unlock()
}

// through returns an address that leads through a proxy.
func (s *server) through(t testing.TB) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(s.dsn)
	if err != nil {
		t.Fatal(err)
	}
	p := newProxy(t, u.Host)
	u.Host = p.Addr().String()
	return p, u.String()
}
