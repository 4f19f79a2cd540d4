package tenant

import (
	"context"
)

// Logger is what domain code logs with. Temporal's activity logger and any structured logger with key-value pairs satisfy it.
type Logger interface {
	Info(msg string, keyvals ...any)
	Warn(msg string, keyvals ...any)
}

type loggerKey struct{}

// WithLogger returns a context that carries a logger for domain code.
func WithLogger(ctx context.Context, logger Logger) context.Context {
	return context.WithValue(ctx, loggerKey{}, logger)
}

// LoggerFrom returns the logger of a context. Without one it returns a logger that discards everything.
func LoggerFrom(ctx context.Context) Logger {
	if logger, ok := ctx.Value(loggerKey{}).(Logger); ok {
		return logger
	}
	return discard{}
}

type discard struct{}

func (discard) Info(string, ...any) {}
func (discard) Warn(string, ...any) {}
