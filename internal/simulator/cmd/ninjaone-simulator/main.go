// Command ninjaone-simulator serves a simulated NinjaOne tenant with a web console and an administrative API.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// run parses the flags and serves until it is interrupted.
func run(ctx context.Context, args []string, out, problems io.Writer) int {
	var options ninjaone.Options
	flags := flag.NewFlagSet("ninjaone-simulator", flag.ContinueOnError)
	flags.SetOutput(problems)
	listen := flags.String("listen", "127.0.0.1:8081", "address to listen on; port 0 chooses a free port")
	latency := flags.Duration("latency", 0, "delay of every API call, such as 30ms")
	flags.IntVar(&options.Organizations, "organizations", 20, "initial number of organizations")
	flags.IntVar(&options.Devices, "devices", 300, "initial number of approved devices; pending and decommissioned ones are added to these")
	flags.IntVar(&options.ActiveAlerts, "alerts", 10, "initial number of active alerts")
	flags.Int64Var(&options.Seed, "seed", 1, "seed of the generated data; use that of the Accelo simulator to get matching names")
	flags.StringVar(&options.ClientID, "client-id", "demo-client", "OAuth client ID")
	flags.StringVar(&options.ClientSecret, "client-secret", "demo-secret", "OAuth client secret")
	flags.StringVar(&options.WebClientID, "web-client-id", ninjaone.DefaultWebClientID, "client ID of the application of platform Web")
	flags.StringVar(&options.WebClientSecret, "web-client-secret", ninjaone.DefaultWebClientSecret, "its client secret")
	flags.Func("redirect-uri", "its redirect URI; may be repeated", func(uri string) error {
		options.RedirectURIs = append(options.RedirectURIs, uri)
		return nil
	})
	flags.StringVar(&options.AccessKeyID, "access-key-id", "", "legacy access key ID; empty for no key")
	flags.StringVar(&options.SecretAccessKey, "secret-access-key", "", "legacy secret access key")
	flags.DurationVar(&options.TokenLifetime, "token-lifetime", time.Hour, "lifetime of access tokens")
	var also []string
	flags.Func("also", "address of another tenant with data of its own; may be repeated", func(address string) error {
		also = append(also, address)
		return nil
	})
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage
	}
	if err := check(flags, options, *latency); err != nil {
		_, _ = fmt.Fprintln(problems, err)
		return exitUsage
	}
	for i, address := range also {
		another := options
		another.Seed += int64(i + 1)
		stop, err := addTenant(ctx, another, address, *latency, out)
		if err != nil {
			_, _ = fmt.Fprintln(problems, err)
			return exitFailed
		}
		defer stop()
	}
	simulator := ninjaone.New(options)
	defer simulator.Close()
	simulator.Lab.Latency.Set(*latency, 0)
	if err := lab.Serve(ctx, *listen, simulator, out); err != nil {
		_, _ = fmt.Fprintln(problems, err)
		return exitFailed
	}
	return exitOK
}

// addTenant serves another tenant on an address until stop is called.
func addTenant(ctx context.Context, options ninjaone.Options, address string, latency time.Duration, out io.Writer) (stop func(), err error) {
	simulator := ninjaone.New(options)
	url, shut, err := lab.Listen(ctx, address, simulator)
	if err != nil {
		simulator.Close()
		return nil, fmt.Errorf("-also %s: %w", address, err)
	}
	simulator.Lab.Latency.Set(latency, 0)
	_, err = fmt.Fprintf(out, "tenant on %s\n", url)
	return func() { shut(); simulator.Close() }, err
}

// check returns an error that lists every invalid flag.
func check(flags *flag.FlagSet, options ninjaone.Options, latency time.Duration) error {
	var errs []error
	if flags.NArg() > 0 {
		errs = append(errs, fmt.Errorf("unexpected argument %q", flags.Arg(0)))
	}
	if options.Organizations < 0 || options.Devices < 0 || options.ActiveAlerts < 0 || latency < 0 || options.TokenLifetime <= 0 {
		errs = append(errs, errors.New("-organizations, -devices, -alerts and -latency must not be negative; -token-lifetime must be positive"))
	}
	if options.Devices > 0 && options.Organizations == 0 {
		errs = append(errs, errors.New("-devices requires -organizations"))
	}
	if (options.AccessKeyID == "") != (options.SecretAccessKey == "") {
		errs = append(errs, errors.New("-access-key-id and -secret-access-key must be set together"))
	}
	return errors.Join(errs...)
}
