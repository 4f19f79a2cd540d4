package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/joho/godotenv"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/store"
)

// maxCredentialsFile bounds what is read of a file with credentials.
const maxCredentialsFile = 64 << 10

// connectOther connects with the credentials of a file or, for a new connection without one, with those of the environment. An existing
// connection without a file keeps its credentials.
func (a *app) connectOther(ctx context.Context, stdin io.Reader, file string, choices connect.Choices) error {
	settings, err := config.Load(a.environ)
	if err != nil {
		return err
	}
	settings.Vendors = nil // they don't define the connection `default` here
	in := operate.NewConnection{Name: a.connection}
	if file != "" {
		if in, err = a.readConnection(stdin, file); err != nil {
			return asUsage(err)
		}
	}
	p, err := a.startWith(ctx, settings)
	if err != nil {
		return err
	}
	defer func() { _ = p.Close(context.WithoutCancel(ctx)) }()
	report, err := a.apply(ctx, p, in, file != "", choices)
	var invalid *operate.InvalidError
	if errors.As(err, &invalid) && report.Connection != "" { // the report says which vendor rejects what
		if printErr := a.print(report, connectText(report)); printErr != nil {
			return printErr
		}
		return connectExit(report)
	}
	return a.concludeConnect(ctx, p, report, asUsage(err))
}

// asUsage makes an input that can't be right an error of usage.
func asUsage(err error) error {
	if invalid := new(operate.InvalidError); errors.As(err, &invalid) {
		return usageError(invalid.Reason)
	}
	return err
}

// apply creates the connection, or changes what the file says about it.
func (a *app) apply(
	ctx context.Context, p *program.Program, in operate.NewConnection, fromFile bool, choices connect.Choices,
) (connect.Report, error) {
	operator, who := p.Operator(nil), actorOf("connect")
	_, err := p.Store.Connection(ctx, in.Name)
	switch {
	case errors.Is(err, store.ErrNotFound) && !fromFile:
		if in, err = operate.FromVariables(in.Name, config.CredentialsIn(a.environ)); err != nil {
			return connect.Report{}, err
		}
		if in.Credentials == (operate.Credentials{}) {
			return connect.Report{}, unknownConnection(in.Name)
		}
		return operator.Create(ctx, who, in)
	case errors.Is(err, store.ErrNotFound):
		return operator.Create(ctx, who, in)
	case err != nil:
		return connect.Report{}, err
	case !fromFile:
		return operator.Connect(ctx, who, in.Name, choices)
	}
	return operator.Change(ctx, who, operate.Change{
		Connection: in.Name, Credentials: in.Credentials, Options: in.Options, Choices: choices,
	})
}

// readConnection reads credentials and options from a file, or from standard input.
func (a *app) readConnection(stdin io.Reader, file string) (operate.NewConnection, error) {
	source := stdin
	if file != "-" {
		opened, err := os.Open(file) //nolint:gosec // the user names the file
		if err != nil {
			return operate.NewConnection{}, fmt.Errorf("read the credentials: %w", err)
		}
		defer func() { _ = opened.Close() }()
		source = opened
	}
	text, err := io.ReadAll(io.LimitReader(source, maxCredentialsFile))
	if err != nil {
		return operate.NewConnection{}, fmt.Errorf("read the credentials: %w", err)
	}
	if text = bytes.TrimSpace(text); bytes.HasPrefix(text, []byte("{")) {
		in := operate.NewConnection{}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&in); err != nil {
			return in, usageError(fmt.Sprintf("the credentials are not the JSON that the API takes: %v", err))
		}
		in.Name = a.connection
		return in, nil
	}
	variables, err := godotenv.UnmarshalBytes(text)
	if _, nameless := variables[""]; err != nil || nameless { // the error's text may repeat a secret
		return operate.NewConnection{}, usageError("the credentials are not lines of the form NAME=VALUE")
	}
	return operate.FromVariables(a.connection, variables)
}
