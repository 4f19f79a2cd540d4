package test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/local"
	"ninjaone-accelo/internal/local/localtest"
)

// maxParallel is the number of tests that run at a time. They mostly wait for other programs.
const maxParallel = "4"

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", maxParallel); err != nil {
		panic(err)
	}
	code := localtest.Run(m)
	if built.directory != "" && os.Getenv(programsVariable) == "" {
		_ = os.RemoveAll(built.directory)
	}
	os.Exit(code)
}

// programs are the programs under test, built on first use.
type programs struct {
	once      sync.Once
	directory string
	err       error
}

var built programs

// programsVariable is set in a test process that another one started, to the directory with the programs that it built.
const programsVariable = "TEST_PROGRAMS"

// binaries returns the directory with the programs under test. They are built from this source once per test process.
func binaries(t testing.TB) string {
	t.Helper()
	built.once.Do(func() { built.err = built.build(context.WithoutCancel(t.Context())) })
	require.NoError(t, built.err)
	return built.directory
}

func (p *programs) build(ctx context.Context) error {
	if p.directory = os.Getenv(programsVariable); p.directory != "" {
		return nil
	}
	var err error
	if p.directory, err = os.MkdirTemp("", "ninjaone-accelo-test-"); err != nil {
		return err
	}
	ours := []string{"build", "-o", p.directory, "../worker", "../starter"}
	if raceDetector {
		ours = append(ours[:1:1], append([]string{"-race"}, ours[1:]...)...)
	}
	if err := runGo(ctx, ours); err != nil {
		return err
	}
	err = runGo(ctx, []string{"build", "-o", p.directory, "../deploy/local", "../internal/simulator/cmd/..."})
	if err != nil {
		return err
	}
	// The demo looks for the Temporal CLI in its own directory.
	cli, err := local.FindTemporal()
	if err != nil {
		return err
	}
	if cli, err = filepath.Abs(cli); err != nil {
		return err
	}
	return os.Symlink(cli, filepath.Join(p.directory, "temporal"))
}

func runGo(ctx context.Context, arguments []string) error {
	output, err := exec.CommandContext(ctx, "go", arguments...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("build the programs under test: %w\n%s", err, output)
	}
	return nil
}
