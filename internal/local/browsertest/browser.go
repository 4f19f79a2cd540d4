package browsertest

import (
	"context"
	"errors"
	"net/url"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto"
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
	// serverError is the code of the DevTools protocol for what a page can't do in its present state, such as with an element that it has no longer.
	serverError = -32000
	// pause is how long to leave a page to change.
	pause = 10 * time.Millisecond
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
	return Press(`//a[normalize-space()="` + text + `"] | //button[normalize-space()="` + text + `"]`)
}

// Press presses the first visible element with an XPath. If the page gives way to the next one meanwhile, it presses that one's.
func Press(path string) chromedp.Action {
	return onNextPage(chromedp.Click(path, chromedp.BySearch, chromedp.NodeVisible))
}

// onNextPage repeats an action as long as its element goes away before the action reaches it.
func onNextPage(action chromedp.Action) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		for {
			err := action.Do(ctx)
			var refusal *cdproto.Error
			if !errors.As(err, &refusal) || refusal.Code != serverError {
				return err
			}
			select {
			case <-ctx.Done():
				return errors.Join(err, ctx.Err())
			case <-time.After(pause):
			}
		}
	})
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
