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

// outputTimeout is how long children that inherited a program's output have to end after it.
const outputTimeout = 10 * time.Second

// ProgramOptions say what to run, and how.
type ProgramOptions struct {
	// Path of the executable. A bare name is looked up on PATH.
	Path string
	// Args holds the arguments without the program's name.
	Args []string
	// Env is the complete environment as NAME=value; nil means the environment of this process.
	Env []string
	// Directory to run in; empty means the current one.
	Directory string
	// Log receives standard output and standard error; nil drops them. Program.Output keeps the end in either case.
	Log io.Writer
	// Stdout receives standard output instead of Log.
	Stdout io.Writer

	// stopSignal asks the program to shut down; 0 means SIGTERM.
	stopSignal syscall.Signal
	// deathSignal is sent to the program when this process ends, on Linux; 0 means SIGKILL.
	deathSignal syscall.Signal
	// owner is the account to run as; nil means our own.
	owner *account
}

// Program is a running child process in its own process group. Its methods are safe for concurrent use.
type Program struct {
	name    string
	command *exec.Cmd
	stop    syscall.Signal
	output  *tail
	killed  atomic.Bool
	done    chan struct{}
	err     error // how it ended; valid once done is closed
}

// StartProgram starts a program, which ends with this process at the latest. The context only applies to the start: use Stop or
// Kill to end the program.
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
	command.Env, command.Dir, command.WaitDelay = o.Env, o.Directory, outputTimeout
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

// run starts the program and waits for it on one locked thread. Linux sends the death signal when the thread that started the
// child ends, so that thread must live as long as the child.
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

// PID returns the program's process ID, which is also the ID of its process group.
func (p *Program) PID() int { return p.command.Process.Pid }

// Done returns a channel that is closed when the program has ended and all its output has been read.
func (p *Program) Done() <-chan struct{} { return p.done }

// Err returns how the program ended. It is nil for exit code 0, and while the program is running.
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

// Output returns the last few kilobytes of the program's output.
func (p *Program) Output() string { return p.output.String() }

// Signal sends a signal to the program, but not to its group. It returns os.ErrProcessDone if the program has ended.
func (p *Program) Signal(signal os.Signal) error {
	if err := p.command.Process.Signal(signal); err != nil {
		return fmt.Errorf("signal %s: %w", p.name, err)
	}
	return nil
}

// Stop asks the program and its process group to end, and waits for the program. If the context ends first, it kills them and
// returns the context's error. Otherwise it returns an error if the exit code is not 0, unless Kill was called.
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

// Kill ends the program and its process group immediately (SIGKILL), and returns when the program has ended.
func (p *Program) Kill() {
	p.killed.Store(true)
	p.signalGroup(syscall.SIGKILL)
	<-p.done
}

// signalGroup sends a signal unless the program has ended: its ID may have been reused. It ignores an end in between.
func (p *Program) signalGroup(signal syscall.Signal) {
	select {
	case <-p.done:
	default:
		_ = syscall.Kill(-p.PID(), signal)
	}
}

// await polls until the probe succeeds, the program ends or the context ends.
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
			return fmt.Errorf("%s is not ready: %w (last attempt: %w)\n%s", p.name, context.Cause(ctx), err, p.Output())
		case <-ticker.C:
		}
	}
}
