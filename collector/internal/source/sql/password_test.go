package sql

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/model-exporter/model_exporter/collector/config"
)

// asking is a PostgreSQL as far as it asks for a password: the one that tests have trusts
// everybody.
type asking struct {
	net.Listener
	password string // the right one
}

func (a *asking) serve(c net.Conn) {
	defer c.Close()
	b := pgproto3.NewBackend(c, c)
	m, err := b.ReceiveStartupMessage()
	if err != nil {
		return
	}
	user := m.(*pgproto3.StartupMessage).Parameters["user"]
	b.Send(&pgproto3.AuthenticationCleartextPassword{})
	if b.Flush() != nil || b.SetAuthType(pgproto3.AuthTypeCleartextPassword) != nil {
		return
	}
	answer, err := b.Receive()
	if err != nil {
		return
	}
	refusal := &pgproto3.ErrorResponse{Severity: "FATAL", Code: "28P01", Message: `password authentication failed for user "` + user + `"`}
	if p, ok := answer.(*pgproto3.PasswordMessage); ok && p.Password == a.password {
		refusal.Code, refusal.Message = "3D000", "database does not exist: the password was right"
	}
	b.Send(refusal)
	_ = b.Flush() // to a client that may be gone
}

// TestWrongPassword: PostgreSQL's own words are the error, without the password, which
// is read from its file at each connection.
func TestWrongPassword(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := &asking{l, "r1ght"}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			a.serve(c)
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	file := filepath.Join(t.TempDir(), "password")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("wr0ng\n")
	r := newRig(t, &server{driver: config.Postgres, dsn: "postgres://exporter@" + l.Addr().String() + "/features?sslmode=disable", schema: "s."})
	r.cfg.SQL.PasswordFile = file
	r.down(`password authentication failed for user "exporter"`)
	if text := r.s.Status().Err.Error(); strings.Contains(text, "wr0ng") {
		t.Errorf("the password is in an error: %s", text)
	}
	write("r1ght\n")
	r.down("the password was right")
	if n := r.s.Status().Errors; n != 2 {
		t.Errorf("%d errors, want 2", n)
	}
}
