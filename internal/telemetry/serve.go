package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Limits of every connection that is served, and the time that requests under way get to finish at the end.
const (
	headerTimeout   = 5 * time.Second
	readTimeout     = 30 * time.Second
	writeTimeout    = time.Minute
	idleTimeout     = 2 * time.Minute
	shutdownTimeout = 15 * time.Second
	maxHeaderBytes  = 64 << 10
)

// Serve listens at an address, host:port, and serves until the context ends; requests under way may then finish within
// 15 seconds. It returns nil after such an end, and an error where it cannot listen or go on.
func Serve(ctx context.Context, address string, handler http.Handler, logger *slog.Logger) error {
	listener, err := Listen(ctx, address)
	if err != nil {
		return err
	}
	return ServeListener(ctx, listener, handler, logger)
}

// Listen opens the listener of ServeListener, for callers that must know its port or fail before they go on.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen at %s: %w", address, err)
	}
	return listener, nil
}

// ServeListener is Serve for a listener that is open already; it closes it.
func ServeListener(ctx context.Context, listener net.Listener, handler http.Handler, logger *slog.Logger) error {
	// Requests live on while the server finishes them, so their context must not end with ours.
	requests := context.WithoutCancel(ctx)
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return requests },
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	logger.InfoContext(ctx, "listening", "address", listener.Addr().String())
	select {
	case err := <-served:
		return fmt.Errorf("serving at %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	finish, cancel := context.WithTimeout(requests, shutdownTimeout)
	defer cancel()
	err := server.Shutdown(finish)
	if errors.Is(err, context.DeadlineExceeded) {
		logger.WarnContext(requests, "requests were cut off", "address", listener.Addr().String())
		err = server.Close()
	}
	if stopped := <-served; !errors.Is(stopped, http.ErrServerClosed) {
		err = errors.Join(err, stopped)
	}
	if err != nil {
		return fmt.Errorf("closing the server at %s: %w", listener.Addr(), err)
	}
	return nil
}
