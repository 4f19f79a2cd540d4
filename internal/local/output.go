package local

import (
	"fmt"
	"io"
	"strings"
	"sync"
)

// tailSize is how much of a program's output is kept for error messages, in bytes.
const tailSize = 4 << 10

// tail passes output on and keeps its end.
type tail struct {
	mu   sync.Mutex
	next io.Writer // may be nil
	kept []byte
}

func newTail(next io.Writer) *tail { return &tail{next: next} }

// Write never fails: a log that cannot be written must not stop the program.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.next != nil {
		_, _ = t.next.Write(b)
	}
	t.kept = append(t.kept, b...)
	if excess := len(t.kept) - tailSize; excess > 0 {
		t.kept = append(t.kept[:0], t.kept[excess:]...)
	}
	return len(b), nil
}

// String is the end of what was written.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.kept))
}

// exitError is a program that ended before it was ready.
type exitError struct {
	name   string
	cause  error
	output string
}

func (e *exitError) Error() string {
	how := "exit code 0"
	if e.cause != nil {
		how = e.cause.Error()
	}
	return fmt.Sprintf("%s ended at once (%s):\n%s", e.name, how, e.output)
}

func (e *exitError) Unwrap() error { return e.cause }

// says whether the program complained of this, in any case of letters.
func (e *exitError) says(text string) bool {
	return strings.Contains(strings.ToLower(e.output), text)
}
