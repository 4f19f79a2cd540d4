package test

import (
	"bytes"
	"io"
	"sync"
	"testing"
)

// programLogs collects the output of a test's programs and logs it if the test fails.
type programLogs struct {
	mu       sync.Mutex
	programs map[string]*programLog
}

// shownLog is the number of bytes shown of each program's output.
const shownLog = 16 << 10

func newProgramLogs(t testing.TB) *programLogs {
	logs := &programLogs{programs: map[string]*programLog{}}
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		logs.mu.Lock()
		defer logs.mu.Unlock()
		for program, log := range logs.programs {
			t.Logf("last output of %s:\n%s", program, log.tail())
		}
	})
	return logs
}

func (l *programLogs) writer(program string) io.Writer {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.programs[program] == nil {
		l.programs[program] = &programLog{}
	}
	return l.programs[program]
}

// contain reports whether a program has printed a text.
func (l *programLogs) contain(program, text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	log, ok := l.programs[program]
	return ok && log.contains(text)
}

// programLog is the output of all runs of a program.
type programLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *programLog) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(text)
}

func (l *programLog) contains(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Contains(l.text.Bytes(), []byte(text))
}

func (l *programLog) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.text.Bytes()
	return string(text[max(0, len(text)-shownLog):])
}

// discardLogger is a Temporal logger that discards everything.
type discardLogger struct{}

func (discardLogger) Debug(string, ...any) {}
func (discardLogger) Info(string, ...any)  {}
func (discardLogger) Warn(string, ...any)  {}
func (discardLogger) Error(string, ...any) {}
