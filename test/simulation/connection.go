package simulation

import (
	"math"
	"reflect"
	"time"
	"unsafe"

	"github.com/jackc/pgx/v5"
)

// adopt makes a connection that was opened outside of lives usable in the current one. It has a timer that lets pgx read in the background if
// a write takes long. A timer from outside runs by the wall clock and would wake the life's goroutines, which package synctest doesn't
// allow. One of the life's own never fires: while something is written, virtual time stands still.
func (d *database) adopt(c *pgx.Conn) {
	if d.life.Load() == nil {
		return
	}
	timer := slowWriteTimer(c)
	if _, adopted := d.adopted.LoadOrStore(c, *timer); adopted {
		return
	}
	*timer = time.AfterFunc(time.Duration(math.MaxInt64), func() {})
	(*timer).Stop()
}

// release makes the connections of the life that just ended usable again.
func (d *database) release() {
	d.adopted.Range(func(c, timer any) bool {
		if c, ok := c.(*pgx.Conn); ok {
			*slowWriteTimer(c), _ = timer.(*time.Timer)
		}
		return true
	})
	d.adopted.Clear()
}

// slowWriteTimer returns where a connection keeps that timer. pgx has no other way to set it.
func slowWriteTimer(c *pgx.Conn) **time.Timer {
	field := reflect.ValueOf(c.PgConn()).Elem().FieldByName("slowWriteTimer")
	return (**time.Timer)(unsafe.Pointer(field.UnsafeAddr())) //nolint:gosec // a field of this type
}
