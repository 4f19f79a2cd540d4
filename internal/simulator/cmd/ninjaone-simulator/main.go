// Command ninjaone-simulator serves one simulated NinjaOne tenant, its console and its administrative API.
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

// Exit codes: done, could not run, bad usage.
const (
	exitDone     = 0
	exitCouldNot = 1
	exitUsage    = 2
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// run parses the flags and serves until it is told to stop.
func run(ctx context.Context, args []string, out, problems io.Writer) int {
	var options ninjaone.Options
	flags := flag.NewFlagSet("ninjaone-simulator", flag.ContinueOnError)
	flags.SetOutput(problems)
	listen := flags.String("listen", "127.0.0.1:8081", "address to listen on; port 0 takes a free one")
	latency := flags.Duration("latency", 0, "artificial latency of every call, such as 30ms")
	flags.IntVar(&options.Organizations, "organizations", 20, "organizations at the start")
	flags.IntVar(&options.Devices, "devices", 300, "approved devices at the start; pending and decommissioned ones come on top")
	flags.IntVar(&options.ActiveAlerts, "alerts", 10, "active alerts at the start")
	flags.Int64Var(&options.Seed, "seed", 1, "the world depends on it alone")
	flags.StringVar(&options.ClientID, "client-id", "demo-client", "OAuth client id")
	flags.StringVar(&options.ClientSecret, "client-secret", "demo-secret", "OAuth client secret")
	flags.StringVar(&options.AccessKeyID, "access-key-id", "", "legacy access key id; empty for none")
	flags.StringVar(&options.SecretAccessKey, "secret-access-key", "", "legacy secret access key")
	flags.DurationVar(&options.TokenLifetime, "token-lifetime", time.Hour, "lifetime of access tokens")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return exitDone
	case err != nil:
		return exitUsage
	}
	if err := check(flags, options, *latency); err != nil {
		_, _ = fmt.Fprintln(problems, err)
		return exitUsage
	}
	simulator := ninjaone.New(options)
	defer simulator.Close()
	simulator.Lab.Latency.Set(*latency, 0)
	if err := lab.Serve(ctx, *listen, simulator, out); err != nil {
		_, _ = fmt.Fprintln(problems, err)
		return exitCouldNot
	}
	return exitDone
}

// check names everything that is wrong with the flags.
func check(flags *flag.FlagSet, options ninjaone.Options, latency time.Duration) error {
	var faults []error
	if flags.NArg() > 0 {
		faults = append(faults, fmt.Errorf("unexpected argument %q", flags.Arg(0)))
	}
	if options.Organizations < 0 || options.Devices < 0 || options.ActiveAlerts < 0 || latency < 0 || options.TokenLifetime <= 0 {
		faults = append(faults, errors.New("-organizations, -devices, -alerts and -latency must not be negative, -token-lifetime must be positive"))
	}
	if options.Devices > 0 && options.Organizations == 0 {
		faults = append(faults, errors.New("-devices needs -organizations"))
	}
	if (options.AccessKeyID == "") != (options.SecretAccessKey == "") {
		faults = append(faults, errors.New("-access-key-id and -secret-access-key belong together"))
	}
	return errors.Join(faults...)
}
