package operate

import (
	"context"
	"errors"
	"io"
	"time"

	"ninjaone-accelo/internal/diagnose"
	"ninjaone-accelo/internal/store"
)

// Diagnose writes an archive for support about one connection, or about all if name is empty, and returns the names of the files in it. It
// holds no secret; the reasons of failures in it may name records.
func (o *Operator) Diagnose(ctx context.Context, actor Actor, name string, to io.Writer) ([]string, error) {
	if err := actor.require(Administrator); err != nil {
		return nil, err
	}
	files, err := diagnose.Collect(ctx, diagnose.Source{Store: o.store, Tenants: o.options.Tenants, Environ: o.options.Environ}, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, unknownConnection(name)
	}
	if err != nil {
		return nil, err
	}
	subject := "all connections"
	if name != "" {
		subject = "connection " + name
	}
	if err := o.note(ctx, entryOf(actor, name, "diagnose"), subject, nil, nil); err != nil {
		return nil, err
	}
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = file.Name
	}
	return names, diagnose.Write(to, files, time.Now())
}
