package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/signal"
	"syscall"
	"time"
)

// Listen serves a handler on an address such as "127.0.0.1:0" until stop is called, and returns its URL.
func Listen(ctx context.Context, listen string, handler http.Handler) (url string, stop func(), err error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", listen)
	if err != nil {
		return "", nil, fmt.Errorf("cannot listen on %s: %w", listen, err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener) // it returns when stop closes it
	}()
	return "http://" + listener.Addr().String(), func() { _ = server.Close(); <-served }, nil
}

// Serve listens on an address such as "127.0.0.1:0" and prints the line "listening on http://127.0.0.1:PORT" to out. It
// serves until ctx ends or the process gets SIGINT or SIGTERM, then gives running calls up to 5 seconds to finish.
func Serve(ctx context.Context, listen string, handler http.Handler, out io.Writer) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s (use -listen to choose another address): %w", listen, err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		// ctx has ended, so the shutdown gets a new deadline.
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err := server.Shutdown(grace)
		if errors.Is(err, context.DeadlineExceeded) {
			err = server.Close()
		}
		stopped <- err
	}()
	if _, err := fmt.Fprintf(out, "listening on http://%s\n", listener.Addr()); err != nil {
		return errors.Join(err, listener.Close())
	}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving: %w", err)
	}
	return <-stopped
}
