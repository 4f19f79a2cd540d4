package local

import (
	"fmt"
	"io"
	"strings"
	"sync"
)

// tailSize is how much of a program's output is kept for error messages, in bytes.
const tailSize = 4 << 10

// tail forwards output and keeps its end.
type tail struct {
	mu   sync.Mutex
	next io.Writer // may be nil
	kept []byte
}

func newTail(next io.Writer) *tail { return &tail{next: next} }

// Write never fails, because a log that can't be written must not stop the program.
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

// String returns the end of the output.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.kept))
}

// exitError reports that a program ended before it was ready.
type exitError struct {
	name   string
	cause  error
	output string
}

func (e *exitError) Error() string {
	status := "exit code 0"
	if e.cause != nil {
		status = e.cause.Error()
	}
	return fmt.Sprintf("%s ended before it was ready (%s):\n%s", e.name, status, e.output)
}

func (e *exitError) Unwrap() error { return e.cause }

// mentions reports whether the output contains a text, which is in lower case.
func (e *exitError) mentions(text string) bool {
	return strings.Contains(strings.ToLower(e.output), text)
}
