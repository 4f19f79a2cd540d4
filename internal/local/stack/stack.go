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

// Options say what to run.
type Options struct {
	// Bin is the directory of the built programs.
	Bin string
	// Environment holds the settings of worker and starter as NAME=value. PATH, HOME and TERM are added.
	Environment []string
	// ListenPort and MetricsPort are wanted for `starter serve` and the first worker, which get others if they are in use.
	ListenPort, MetricsPort int
	// Log returns where the output of a program goes; nil drops it.
	Log func(program string) io.Writer
}

// Stack is a running product. Its methods are not safe for concurrent use.
type Stack struct {
	options  Options
	programs []*local.Program
	ports    []*local.Port
	// serve is the port of `starter serve`, once it is known.
	serve *local.Port
}

// New returns a stack in which nothing is running yet.
func New(options Options) *Stack {
	if options.Log == nil {
		options.Log = func(string) io.Writer { return io.Discard }
	}
	return &Stack{options: options}
}

// Set adds settings for programs that start later. Later values take precedence.
func (s *Stack) Set(settings ...string) {
	s.options.Environment = append(s.options.Environment, settings...)
}

// StartSimulator starts a vendor's simulator and returns its base URL.
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

// StartWorker starts a worker and waits until it is ready. It serves metrics and health at the metrics URL.
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

// Reserve returns an address for a server of a program that is started later: of the wanted port, or of another one if it is in use.
func (s *Stack) Reserve(ctx context.Context, wanted int) (address string, err error) {
	port, err := s.reserve(ctx, wanted)
	if err != nil {
		return "", err
	}
	return port.Address(), nil
}

// ServeURL returns the base URL that the next StartServe uses, for settings that have to name it.
func (s *Stack) ServeURL(ctx context.Context) (string, error) {
	if s.serve == nil {
		port, err := s.reserve(ctx, s.options.ListenPort)
		if err != nil {
			return "", err
		}
		s.serve = port
	}
	return "http://" + s.serve.Address(), nil
}

// StartServe starts `starter serve` and returns its base URL.
func (s *Stack) StartServe(ctx context.Context) (serve *local.Program, url string, err error) {
	url, err = s.ServeURL(ctx)
	if err != nil {
		return nil, "", err
	}
	address := s.serve.Address()
	s.serve = nil // another one gets another port
	serve, err = s.start(ctx, "serve", "starter", []string{"LISTEN_ADDRESS=" + address}, "serve")
	if err != nil {
		return nil, "", err
	}
	return serve, url, s.await(ctx, serve, url+"/readyz")
}

// Result is the output and the exit code of one call of the starter.
type Result struct {
	Stdout, Stderr string
	Code           int
}

// Starter runs the starter and waits for it to end. If watch is not nil, standard error goes there instead of to the Result: a
// terminal makes the starter draw its progress bar. The error is nil if the starter ran, whatever its exit code.
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

// Stop shuts down all programs in the reverse order of their starts.
func (s *Stack) Stop(ctx context.Context) error {
	var errs []error
	for i := len(s.programs) - 1; i >= 0; i-- {
		select {
		case <-s.programs[i].Done(): // it has ended, or was killed
		default:
			errs = append(errs, s.programs[i].Stop(ctx))
		}
	}
	for _, port := range s.ports {
		port.Release()
	}
	s.programs, s.ports, s.serve = nil, nil, nil
	return errors.Join(errs...)
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

// await waits until a URL of a program answers 200, or the program ends.
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
			return errors.Join(fmt.Errorf("the program ended before it answered at %s:\n%s", url, program.Output()), program.Err())
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
