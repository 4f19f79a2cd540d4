package browsertest

import (
	"context"
	"net/url"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

const (
	// PhoneWidth is the narrowest screen that our pages are made for.
	PhoneWidth  = 375
	phoneHeight = 812
	// desktopWidth is that of a usual window.
	desktopWidth  = 1280
	desktopHeight = 900
	// lifetime bounds a browser, and stepTime one step of a test.
	lifetime = 5 * time.Minute
	stepTime = time.Minute
)

// Browser is a tab of a Chromium of its own: a phone in dark mode, unless a check looks at it in another way. It notes every error of a page.
type Browser struct {
	// Context is chromedp's.
	Context context.Context //nolint:containedctx // chromedp keeps the browser in it
	t       testing.TB
	mu      sync.Mutex
	faults  []string
}

// New starts a browser that ends with the test.
func New(t testing.TB) *Browser {
	t.Helper()
	program, err := exec.LookPath("chromium")
	require.NoError(t, err, "run `make chromium`")
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.WSURLReadTimeout(time.Minute), chromedp.Flag("disable-dev-shm-usage", true))
	limited, cancel := context.WithTimeout(t.Context(), lifetime)
	t.Cleanup(cancel)
	allocator, stop := chromedp.NewExecAllocator(limited, options...)
	t.Cleanup(stop)
	tab, closeTab := chromedp.NewContext(allocator)
	t.Cleanup(closeTab)
	b := &Browser{t: t, Context: tab}
	chromedp.ListenTarget(tab, b.note)
	b.Run(network.Enable(), phone())
	return b
}

// InNewTab runs actions in the tab that press opens, and closes it.
func (b *Browser) InNewTab(press chromedp.Action, actions ...chromedp.Action) {
	b.t.Helper()
	opened := chromedp.WaitNewTarget(b.Context, isPage)
	b.Run(press)
	select {
	case id := <-opened:
		tab, closeTab := chromedp.NewContext(b.Context, chromedp.WithTargetID(id))
		defer closeTab()
		(&Browser{t: b.t, Context: tab}).Step(actions...)
	case <-b.Context.Done():
		require.Fail(b.t, "no new tab opens")
	}
}

// note takes down what goes wrong in a page.
func (b *Browser) note(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch event := event.(type) {
	case *runtime.EventExceptionThrown:
		b.faults = append(b.faults, event.ExceptionDetails.Error())
	case *cdplog.EventEntryAdded: // such as what the content security policy blocks, and what can't be loaded
		if event.Entry.Level == cdplog.LevelError {
			b.faults = append(b.faults, event.Entry.Text+" "+event.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		if asked, page := hostOf(event.Request.URL), hostOf(event.DocumentURL); asked != page {
			b.faults = append(b.faults, event.DocumentURL+" asks another host for "+event.Request.URL)
		}
	}
}

func hostOf(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return address
	}
	return parsed.Host
}

// Forgive forgets the errors so far, of which the test has provoked some: a reply that is no success is one.
func (b *Browser) Forgive() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = nil
}

// Run runs actions.
func (b *Browser) Run(actions ...chromedp.Action) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Run(b.Context, actions...))
}

// Step runs actions that may lead over several pages. If they get stuck, it says where.
func (b *Browser) Step(actions ...chromedp.Action) {
	b.t.Helper()
	limited, cancel := context.WithTimeout(b.Context, stepTime)
	defer cancel()
	if err := chromedp.Run(limited, actions...); err != nil {
		var at, text string
		b.Run(chromedp.Location(&at), chromedp.Text("body", &text, chromedp.ByQuery))
		require.NoError(b.t, err, "at %s: %s", at, text)
	}
}

// Click presses the first visible link or button with a text.
func Click(text string) chromedp.Action {
	return chromedp.Click(`//a[normalize-space()="`+text+`"] | //button[normalize-space()="`+text+`"]`, chromedp.BySearch, chromedp.NodeVisible)
}

// Sees waits until the page has an element, given as an XPath.
func Sees(path string) chromedp.Action { return chromedp.WaitVisible(path, chromedp.BySearch) }

// Fill types into the field with an ID, in the place of what it holds.
func Fill(id, text string) chromedp.Action {
	return chromedp.Tasks{
		chromedp.WaitVisible("#"+id, chromedp.ByQuery), chromedp.Evaluate(`document.getElementById("`+id+`").value = ""`, nil),
		chromedp.SendKeys("#"+id, text, chromedp.ByQuery),
	}
}

// phone looks at the page on a phone in dark mode.
func phone() chromedp.Action { return screen(PhoneWidth, phoneHeight, "dark") }

// desktop looks at it in a window on a desktop, in light mode.
func desktop() chromedp.Action { return screen(desktopWidth, desktopHeight, "light") }

func screen(width, height int64, scheme string) chromedp.Action {
	return chromedp.Tasks{
		chromedp.EmulateViewport(width, height),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
	}
}
