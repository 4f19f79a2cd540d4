package browsertest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// darkGround is the color of the ground of our pages in dark mode.
const darkGround = "rgb(17, 22, 29)"

func isPage(info *target.Info) bool { return info.Type == "page" }

// loaded waits for what the page loads: without its style sheet, it fits nowhere.
const loaded = `new Promise(done => document.readyState === "complete" ? done(true) : addEventListener("load", () => done(true)))`

// await makes Evaluate wait for a promise.
func await(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

// RequireFits fails the test if the page is wider than a phone, not dark, or if a page has had an error.
func (b *Browser) RequireFits(where string) {
	b.t.Helper()
	var width int
	var ground string
	b.Run(
		chromedp.Evaluate(loaded, nil, await),
		chromedp.Evaluate(`document.documentElement.scrollWidth`, &width),
		chromedp.Evaluate(`getComputedStyle(document.body).backgroundColor`, &ground),
	)
	require.LessOrEqual(b.t, width, PhoneWidth, where)
	require.Equal(b.t, darkGround, ground, where)
	b.mu.Lock()
	defer b.mu.Unlock()
	require.Empty(b.t, b.faults, where)
}

// Violation is what the accessibility checker finds.
type Violation struct {
	// ID and Help are the rule and what it asks for.
	ID, Help string
	Nodes    []struct{ HTML, FailureSummary string }
}

// axe runs the checker and returns what it finds.
const axe = `axe.run({resultTypes: ["violations"]}).then(result => result.violations)`

// hold stops the timers of a page: one that reloads itself would end a check on a slow machine.
const hold = `for (let timer = setInterval(() => {}, 1e9); timer > 0; timer--) clearInterval(timer)`

// Inspect fails the test if the page doesn't fit (see RequireFits), or if the accessibility checker finds anything, on a phone in the dark or on a
// desktop in the light.
func (b *Browser) Inspect(where string) {
	b.t.Helper()
	b.Run(chromedp.Evaluate(loaded, nil, await), chromedp.Evaluate(hold, nil))
	b.RequireFits(where)
	b.requireAccessible(where + ", on a phone")
	b.Run(desktop())
	b.requireAccessible(where + ", on a desktop")
	b.Run(phone())
}

func (b *Browser) requireAccessible(where string) {
	b.t.Helper()
	var text strings.Builder
	for _, violation := range b.Violations() {
		for _, node := range violation.Nodes {
			fmt.Fprintf(&text, "%s (%s): %s\n  %s\n", violation.ID, violation.Help, node.HTML, node.FailureSummary)
		}
	}
	require.Empty(b.t, text.String(), where)
}

// Violations returns what the accessibility checker finds on the page as it is shown now.
func (b *Browser) Violations() []Violation {
	b.t.Helper()
	script, err := axeScript()
	require.NoError(b.t, err)
	var found []Violation
	b.Run(chromedp.Evaluate(script+"\n;"+axe, &found, await))
	return found
}

// axeScript returns the accessibility checker, which `make axe` puts into bin/.
func axeScript() (string, error) {
	directory, err := os.Getwd()
	for err == nil {
		script, readErr := os.ReadFile(filepath.Join(directory, "bin", "axe.min.js")) //nolint:gosec // below the repository
		if readErr == nil {
			return string(script), nil
		}
		if directory == filepath.Dir(directory) {
			err = fmt.Errorf("run `make axe`: %w", readErr)
		}
		directory = filepath.Dir(directory)
	}
	return "", err
}

// Picture writes a picture of the page on a desktop, from an element downwards and cut off at a height, if SCREENSHOTS names a directory for them.
func (b *Browser) Picture(name, from string, height float64) {
	b.t.Helper()
	directory := os.Getenv("SCREENSHOTS")
	if directory == "" {
		return
	}
	var top, bottom float64
	var picture []byte
	b.Run(
		desktop(), chromedp.Evaluate(loaded, nil, await),
		chromedp.Evaluate(`document.querySelector("`+from+`").getBoundingClientRect().top + scrollY`, &top),
		chromedp.Evaluate(`document.querySelector("main").getBoundingClientRect().bottom + scrollY`, &bottom),
		chromedp.ActionFunc(func(ctx context.Context) (err error) {
			clip := &page.Viewport{Y: top, Width: desktopWidth, Height: min(height, bottom-top), Scale: 1}
			picture, err = page.CaptureScreenshot().WithCaptureBeyondViewport(true).WithClip(clip).Do(ctx)
			return err
		}),
		phone(),
	)
	require.NoError(b.t, os.WriteFile(filepath.Join(directory, name+".png"), picture, 0o644)) //nolint:gosec // for the documentation
}
