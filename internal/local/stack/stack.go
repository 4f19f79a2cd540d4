package stack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"ninjaone-accelo/internal/local"
)

// Options say what to run against what.
type Options struct {
	// Bin is the directory of the built programs.
	Bin string
	// Environment are the settings of worker and starter, as KEY=VALUE; PATH and HOME are added from ours.
	Environment []string
	// ListenPort and MetricsPort are wanted for `starter serve` and the first worker; others are taken when they are in use.
	ListenPort, MetricsPort int
	// Log receives what a program prints, by the program's name; nil drops it.
	Log func(program string) io.Writer
}

// Stack is a running product. Its methods are for one goroutine at a time.
type Stack struct {
	options  Options
	programs []*local.Program
	ports    []*local.Port
}

// New makes a stack in which nothing runs yet.
func New(options Options) *Stack {
	if options.Log == nil {
		options.Log = func(string) io.Writer { return io.Discard }
	}
	return &Stack{options: options}
}

// Set adds settings for the programs that are started from now on; a later value of a variable wins.
func (s *Stack) Set(settings ...string) {
	s.options.Environment = append(s.options.Environment, settings...)
}

// StartSimulator runs a vendor's simulator and returns its base URL.
func (s *Stack) StartSimulator(ctx context.Context, program string, port int, arguments ...string) (string, error) {
	reserved, err := s.reserve(ctx, port)
	if err != nil {
		return "", err
	}
	running, err := s.start(ctx, program, program, nil, append([]string{"-listen", reserved.Address()}, arguments...)...)
	if err != nil {
		return "", err
	}
	url := "http://" + reserved.Address()
	return url, s.await(ctx, running, url+"/_lab/counters")
}

// StartWorker runs a worker and waits until it polls. The metrics URL is where it shows its health.
func (s *Stack) StartWorker(ctx context.Context) (worker *local.Program, metricsURL string, err error) {
	port, err := s.reserve(ctx, s.options.MetricsPort)
	if err != nil {
		return nil, "", err
	}
	worker, err = s.start(ctx, "worker", "worker", []string{"METRICS_ADDRESS=" + port.Address()})
	if err != nil {
		return nil, "", err
	}
	metricsURL = "http://" + port.Address()
	return worker, metricsURL, s.await(ctx, worker, metricsURL+"/readyz")
}

// StartServe runs `starter serve` and returns its base URL.
func (s *Stack) StartServe(ctx context.Context) (serve *local.Program, url string, err error) {
	port, err := s.reserve(ctx, s.options.ListenPort)
	if err != nil {
		return nil, "", err
	}
	serve, err = s.start(ctx, "serve", "starter", []string{"LISTEN_ADDRESS=" + port.Address()}, "serve")
	if err != nil {
		return nil, "", err
	}
	url = "http://" + port.Address()
	return serve, url, s.await(ctx, serve, url+"/readyz")
}

var errEnded = errors.New("the program is no longer running")

// Result is what one call of the starter printed and its exit code.
type Result struct {
	Stdout, Stderr string
	Code           int
}

// Starter calls the starter with arguments and waits for its end. Diagnostics also go to watch, unless it is nil: a
// terminal makes the starter draw its progress bar. The error is for a call that could not be made.
func (s *Stack) Starter(ctx context.Context, watch *os.File, arguments ...string) (Result, error) {
	command := exec.CommandContext(ctx, filepath.Join(s.options.Bin, "starter"), arguments...)
	command.Env = s.environment(nil)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 10 * time.Second
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if watch != nil {
		command.Stderr = watch
	}
	err := command.Run()
	result := Result{Stdout: stdout.String(), Stderr: stderr.String(), Code: command.ProcessState.ExitCode()}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return result, fmt.Errorf("starter %s: %w", strings.Join(arguments, " "), err)
	}
	return result, nil
}

// Stop ends every program in the reverse order of their starts, each in good order.
func (s *Stack) Stop(ctx context.Context) error {
	var faults []error
	for i := len(s.programs) - 1; i >= 0; i-- {
		select {
		case <-s.programs[i].Done(): // ended before, or killed
		default:
			faults = append(faults, s.programs[i].Stop(ctx))
		}
	}
	for _, port := range s.ports {
		port.Release()
	}
	s.programs, s.ports = nil, nil
	return errors.Join(faults...)
}

func (s *Stack) reserve(ctx context.Context, wanted int) (*local.Port, error) {
	port, err := local.ReservePort(ctx, wanted)
	if err == nil {
		s.ports = append(s.ports, port)
	}
	return port, err
}

func (s *Stack) start(ctx context.Context, name, program string, settings []string, arguments ...string) (*local.Program, error) {
	started, err := local.StartProgram(ctx, local.ProgramOptions{
		Path: filepath.Join(s.options.Bin, program), Args: arguments, Env: s.environment(settings), Log: s.options.Log(name),
	})
	if err != nil {
		return nil, fmt.Errorf("%w; build the programs with `make build`", err)
	}
	s.programs = append(s.programs, started)
	return started, nil
}

func (s *Stack) environment(settings []string) []string {
	environment := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TERM=" + os.Getenv("TERM")}
	return append(append(environment, s.options.Environment...), settings...)
}

// await waits until a program answers 200 at a URL, or has ended.
func (s *Stack) await(ctx context.Context, program *local.Program, url string) error {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		if answers(ctx, url) {
			return nil
		}
		select {
		case <-ticker.C:
		case <-program.Done():
			return fmt.Errorf("ended before it answered at %s: %w\n%s", url, errors.Join(program.Err(), errEnded), program.Output())
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer: %w", url, ctx.Err())
		}
	}
}

func answers(ctx context.Context, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	response, err := (&http.Client{}).Do(request)
	if err != nil {
		return false
	}
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode == http.StatusOK
}
