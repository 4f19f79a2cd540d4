package test

import (
	"bytes"
	"io"
	"sync"
	"testing"
)

// logbook keeps what a test's programs print, and shows it when the test fails.
type logbook struct {
	mu    sync.Mutex
	pages map[string]*page
}

// shownLog is how much of a program's output is shown, in bytes.
const shownLog = 16 << 10

func newLogbook(t testing.TB) *logbook {
	book := &logbook{pages: map[string]*page{}}
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		book.mu.Lock()
		defer book.mu.Unlock()
		for program, page := range book.pages {
			t.Logf("%s printed at the end:\n%s", program, page.tail())
		}
	})
	return book
}

func (b *logbook) writer(program string) io.Writer {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pages[program] == nil {
		b.pages[program] = &page{}
	}
	return b.pages[program]
}

// says tells whether a program has printed a text.
func (b *logbook) says(program, text string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	page, ok := b.pages[program]
	return ok && page.contains(text)
}

// page is one program's output; several runs of it share the page.
type page struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (p *page) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(text)
}

func (p *page) contains(text string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Contains(p.text.Bytes(), []byte(text))
}

func (p *page) tail() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := p.text.Bytes()
	return string(text[max(0, len(text)-shownLog):])
}

// silent is a Temporal logger that says nothing.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
