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

// Limits of every connection, and the time that requests get to finish at shutdown.
const (
	headerTimeout   = 5 * time.Second
	readTimeout     = 30 * time.Second
	writeTimeout    = time.Minute
	idleTimeout     = 2 * time.Minute
	shutdownTimeout = 15 * time.Second
	maxHeaderBytes  = 64 << 10
)

// Serve listens on an address (host:port) and serves until the context ends; then requests have 15 seconds to finish. It
// returns nil after a shutdown, or an error if it can't listen or the listener fails.
func Serve(ctx context.Context, address string, handler http.Handler, logger *slog.Logger) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", address, err)
	}
	return serveListener(ctx, listener, handler, logger)
}

// serveListener is Serve for an open listener, which it closes.
func serveListener(ctx context.Context, listener net.Listener, handler http.Handler, logger *slog.Logger) error {
	// Requests continue during the shutdown, so their context must not end with ours.
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
		return fmt.Errorf("serve on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
	}
	finish, cancel := context.WithTimeout(requests, shutdownTimeout)
	defer cancel()
	err := server.Shutdown(finish)
	if errors.Is(err, context.DeadlineExceeded) {
		logger.WarnContext(requests, "shutdown aborted requests that did not finish in time", "address", listener.Addr().String())
		err = server.Close()
	}
	if stopped := <-served; !errors.Is(stopped, http.ErrServerClosed) {
		err = errors.Join(err, stopped)
	}
	if err != nil {
		return fmt.Errorf("shut down the server on %s: %w", listener.Addr(), err)
	}
	return nil
}
