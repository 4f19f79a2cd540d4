package local

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

// outputGrace is how long a program's output may stay open after its end: children that inherited it are going then.
const outputGrace = 10 * time.Second

// ProgramOptions say what to run and how.
type ProgramOptions struct {
	// Path of the executable; a bare name is looked up on PATH.
	Path string
	// Args are the arguments without the program's name.
	Args []string
	// Env is the whole environment as KEY=VALUE; nil is the environment of this process.
	Env []string
	// Directory to run in; empty is the current one.
	Directory string
	// Log receives standard output and standard error; nil drops them (Program.Output keeps the end in either case).
	Log io.Writer
	// Stdout receives standard output instead of Log.
	Stdout io.Writer

	// stopSignal asks the program to end in good order; SIGTERM when 0.
	stopSignal syscall.Signal
	// deathSignal reaches the program when this process dies, on Linux; SIGKILL when 0.
	deathSignal syscall.Signal
	// owner is the account to run as; nil is our own.
	owner *account
}

// Program is a running child process, in a process group of its own. Its methods may be called from any goroutine.
type Program struct {
	name    string
	command *exec.Cmd
	stop    syscall.Signal
	output  *tail
	killed  atomic.Bool
	done    chan struct{}
	err     error // how it ended; to be read after done only
}

// StartProgram starts a program that ends with this process at the latest. The context bounds the start, not the
// program's life: that ends by Stop or Kill.
func StartProgram(ctx context.Context, o ProgramOptions) (*Program, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p := &Program{
		name:    filepath.Base(o.Path),
		command: newCommand(ctx, o),
		stop:    o.stopSignal,
		output:  newTail(o.Log),
		done:    make(chan struct{}),
	}
	if p.stop == 0 {
		p.stop = syscall.SIGTERM
	}
	p.command.Stdout, p.command.Stderr = p.output, p.output
	if o.Stdout != nil {
		p.command.Stdout = o.Stdout
	}
	started := make(chan error)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", p.name, err)
	}
	return p, nil
}

func newCommand(ctx context.Context, o ProgramOptions) *exec.Cmd {
	command := exec.CommandContext(context.WithoutCancel(ctx), o.Path, o.Args...)
	command.Env, command.Dir, command.WaitDelay = o.Env, o.Directory, outputGrace
	death := o.deathSignal
	if death == 0 {
		death = syscall.SIGKILL
	}
	command.SysProcAttr = attributes(death)
	if o.owner != nil {
		command.SysProcAttr.Credential = o.owner.credential()
	}
	return command
}

// run starts the program and waits for it on one locked thread: Linux sends the death signal when the thread that made
// the child ends, not the process, so that thread has to live as long as the child does.
func (p *Program) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.command.Start()
	started <- err
	if err != nil {
		return
	}
	p.err = p.command.Wait()
	close(p.done)
}

// PID is the program's process id, which is its process group's id too.
func (p *Program) PID() int { return p.command.Process.Pid }

// Done is closed when the program has ended and all its output has been read.
func (p *Program) Done() <-chan struct{} { return p.done }

// Err tells how the program ended: nil for exit code 0 and while it still runs.
func (p *Program) Err() error {
	select {
	case <-p.done:
		if p.err != nil {
			return fmt.Errorf("%s: %w", p.name, p.err)
		}
	default:
	}
	return nil
}

// Output is the end of what the program printed, at most a few kilobytes.
func (p *Program) Output() string { return p.output.String() }

// Signal sends a signal to the program alone (not to its group); os.ErrProcessDone after its end.
func (p *Program) Signal(signal os.Signal) error {
	if err := p.command.Process.Signal(signal); err != nil {
		return fmt.Errorf("signal %s: %w", p.name, err)
	}
	return nil
}

// Stop asks the program and its process group to end and waits for it; when the context ends first, they are killed and
// the context's error is returned. Otherwise the error tells of an exit code other than 0, unless Kill was called before.
func (p *Program) Stop(ctx context.Context) error {
	p.signalGroup(p.stop)
	select {
	case <-p.done:
	case <-ctx.Done():
		p.Kill()
		return fmt.Errorf("%s did not stop and was killed: %w", p.name, context.Cause(ctx))
	}
	if p.killed.Load() {
		return nil
	}
	return p.Err()
}

// Kill ends the program and its process group at once, without any notice (SIGKILL), and returns when it is gone.
func (p *Program) Kill() {
	p.killed.Store(true)
	p.signalGroup(syscall.SIGKILL)
	<-p.done
}

// signalGroup leaves a program that has ended alone: its id may be another's by now. That it ends in between is no error.
func (p *Program) signalGroup(signal syscall.Signal) {
	select {
	case <-p.done:
	default:
		_ = syscall.Kill(-p.PID(), signal)
	}
}

// await polls probe until it succeeds, the program ends or the context does.
func (p *Program) await(ctx context.Context, probe func(context.Context) error) error {
	ticker := time.NewTicker(25 * time.Millisecond)
	defer ticker.Stop()
	for {
		err := probe(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return &exitError{name: p.name, cause: p.err, output: p.Output()}
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w (last try: %w)\n%s", p.name, context.Cause(ctx), err, p.Output())
		case <-ticker.C:
		}
	}
}
