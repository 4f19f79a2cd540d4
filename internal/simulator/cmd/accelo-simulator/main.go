// Command accelo-simulator serves a simulated Accelo deployment with a web console and an administrative API.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// run serves until it is interrupted. It returns 2 for invalid flags and 1 if it can't serve.
func run(ctx context.Context, arguments []string, out, problems io.Writer) int {
	flags := flag.NewFlagSet("accelo-simulator", flag.ContinueOnError)
	flags.SetOutput(problems)
	listen := flags.String("listen", "127.0.0.1:8082", "address to listen on; port 0 chooses a free port")
	latency := flags.Duration("latency", 0, "delay of every API call, such as 30ms")
	mode := flags.String("mode", string(accelo.ModeOpen), "which undocumented calls the API accepts: open, no-extension-keys or documented")
	var options accelo.Options
	flags.IntVar(&options.Companies, "companies", 40, "initial number of companies")
	flags.Int64Var(&options.Seed, "seed", 1, "seed of the generated data; use that of the NinjaOne simulator to get matching names")
	flags.StringVar(&options.Deployment, "deployment", accelo.DefaultDeployment, "label of the deployment")
	flags.StringVar(&options.ClientID, "client-id", accelo.DefaultClientID, "client ID of the service application")
	flags.StringVar(&options.ClientSecret, "client-secret", accelo.DefaultClientSecret, "client secret of the service application")
	flags.StringVar(&options.WebClientID, "web-client-id", accelo.DefaultWebClientID, "client ID of the web application")
	flags.StringVar(&options.WebClientSecret, "web-client-secret", accelo.DefaultWebClientSecret, "client secret of the web application")
	flags.Func("redirect-uri", "redirect URI of the web application; may be repeated", func(uri string) error {
		options.RedirectURIs = append(options.RedirectURIs, uri)
		return nil
	})
	flags.IntVar(&options.RateLimit, "rate-limit", accelo.DefaultRateLimit, "API calls per window")
	flags.DurationVar(&options.RateWindow, "rate-window", time.Hour, "length of the rate limit window")
	var also []string
	flags.Func("also", "another deployment, as LABEL@ADDRESS, with data of its own; may be repeated", func(deployment string) error {
		also = append(also, deployment)
		return nil
	})
	if err := flags.Parse(arguments); err != nil {
		return 2
	}
	parsed, err := accelo.ParseMode(*mode)
	switch {
	case err != nil:
	case flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case options.Companies < 0 || options.RateLimit <= 0 || options.RateWindow <= 0:
		err = fmt.Errorf("-companies must not be negative; -rate-limit and -rate-window must be positive")
	}
	if err != nil {
		_, _ = fmt.Fprintln(problems, err)
		return 2
	}
	options.Mode = parsed
	simulator := accelo.New(options)
	defer simulator.Close()
	if err := addDeployments(ctx, simulator, options, also, *latency, out); err != nil {
		_, _ = fmt.Fprintln(problems, err)
		return 1
	}
	simulator.Lab().Latency.Set(*latency, 0)
	if err := lab.Serve(ctx, *listen, simulator, out); err != nil {
		_, _ = fmt.Fprintln(problems, err)
		return 1
	}
	return 0
}

// addDeployments adds deployments such as sandbox@127.0.0.1:8084. Each has the next seed and a service application of its own.
func addDeployments(
	ctx context.Context, simulator *accelo.Simulator, options accelo.Options, deployments []string, latency time.Duration, out io.Writer,
) error {
	for _, deployment := range deployments {
		label, address, found := strings.Cut(deployment, "@")
		if !found || label == "" {
			return fmt.Errorf("-also %q is not LABEL@ADDRESS, such as sandbox@127.0.0.1:8084", deployment)
		}
		options.Deployment, options.ClientID = label, "demo-client@"+label+".accelo.com"
		options.Seed++
		url, err := simulator.AddDeployment(ctx, options, address)
		if err != nil {
			return fmt.Errorf("-also %s: %w", deployment, err)
		}
		simulator.Deployment(label).Lab().Latency.Set(latency, 0)
		if _, err := fmt.Fprintf(out, "deployment %s on %s\n", label, url); err != nil {
			return err
		}
	}
	return nil
}
