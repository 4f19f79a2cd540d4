package accelo

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"ninjaone-accelo/internal/simulator/lab"
)

// fleet is the deployments of one process, each with a world of its own.
type fleet struct {
	first *Simulator

	mu    sync.Mutex
	added []*deployment
}

// deployment is one that was added to the first. It has a Trial if someone signed up for it.
type deployment struct {
	label string
	trial *Trial
	sim   *Simulator
	stop  func()
}

// Trial is a deployment that someone signed up for.
type Trial struct {
	Deployment string `json:"deployment"`
	Company    string `json:"company"`
	// Email is the username of its first user, who is an administrator.
	Email string `json:"email"`
	// URL is the deployment's own address.
	URL string `json:"url"`
}

// SignUp is what the sign-up page asks for.
type SignUp struct {
	Company, Firstname, Surname, Email, Password string
	// Deployment is the label of the new deployment; empty means one made from Company.
	Deployment string
}

// validLabel is a deployment's label (accelo.md 1).
var validLabel = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// SignUp creates a deployment for a trial, with an address of its own. Its data is empty but for the person who signed up.
func (s *Simulator) SignUp(ctx context.Context, form SignUp) (Trial, error) {
	form, err := form.checked()
	if err != nil {
		return Trial{}, err
	}
	added, err := s.fleet.add(ctx, s.fleet.first.trialOptions(form), "127.0.0.1:0", func(url string) *Trial {
		return &Trial{Deployment: form.Deployment, Company: form.Company, Email: form.Email, URL: url}
	})
	if err != nil {
		return Trial{}, err
	}
	return *added, nil
}

// AddDeployment adds a deployment of its own options, which listens on an address such as "127.0.0.1:0", and returns its URL.
func (s *Simulator) AddDeployment(ctx context.Context, options Options, listen string) (string, error) {
	var address string
	_, err := s.fleet.add(ctx, options.withDefaults(), listen, func(url string) *Trial { address = url; return nil })
	return address, err
}

// add creates a deployment, unless its label is taken, and listens on an address.
func (f *fleet) add(ctx context.Context, options Options, listen string, trialAt func(url string) *Trial) (*Trial, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.find(options.Deployment) != nil {
		return nil, fmt.Errorf("the address %s.accelo.com is taken", options.Deployment)
	}
	sim := create(options, f)
	url, stop, err := lab.Listen(ctx, listen, sim)
	if err != nil {
		sim.lab.Close()
		return nil, err
	}
	added := &deployment{label: options.Deployment, trial: trialAt(url), sim: sim, stop: stop}
	f.added = append(f.added, added)
	return added.trial, nil
}

// trialOptions returns the options of a new deployment: what the first one has, but for its data and its service application.
func (s *Simulator) trialOptions(form SignUp) Options {
	o := s.options
	o.Deployment, o.Companies, o.RequestTypes = form.Deployment, 0, []string{"Support", "Sales"}
	o.ClientID = "demo-client@" + form.Deployment + ".accelo.com"
	o.Mode, o.Switches = s.Mode(), s.Switches()
	o.Switches.UnknownDeployment = false
	o.staff = []*Staff{
		{
			Firstname: form.Firstname, Surname: form.Surname, Email: form.Email, Username: form.Email, Standing: "active",
			Position: "Owner", AccessLevel: accessAdmin, password: form.Password,
		},
		{Firstname: "Accelo", Surname: "Support", Email: "support@accelo.example", Username: "support", Standing: "inactive", AccessLevel: accessAdmin},
	}
	return o
}

// checked returns the form with a label, or the error that the page shows.
func (f SignUp) checked() (SignUp, error) {
	for _, text := range []*string{&f.Company, &f.Firstname, &f.Surname, &f.Email, &f.Deployment} {
		*text = strings.TrimSpace(*text)
	}
	if f.Deployment == "" {
		f.Deployment = strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(f.Company), "-"), "-")
	}
	f.Deployment = strings.ToLower(f.Deployment)
	switch {
	case f.Company == "" || f.Firstname == "" || f.Surname == "":
		return f, fmt.Errorf("enter your company and your name")
	case !strings.Contains(f.Email, "@"):
		return f, fmt.Errorf("enter an email address")
	case len(f.Password) < 8:
		return f, fmt.Errorf("choose a password of at least 8 characters")
	case !validLabel.MatchString(f.Deployment) || len(f.Deployment) > 63:
		return f, fmt.Errorf("an Accelo address has letters, digits and hyphens only")
	}
	return f, nil
}

// Trials returns the deployments that were signed up for, in the order in which they were.
func (s *Simulator) Trials() []Trial {
	s.fleet.mu.Lock()
	defer s.fleet.mu.Unlock()
	list := []Trial{}
	for _, d := range s.fleet.added {
		if d.trial != nil {
			list = append(list, *d.trial)
		}
	}
	return list
}

// Deployment returns the deployment with a label, or nil.
func (s *Simulator) Deployment(label string) *Simulator {
	s.fleet.mu.Lock()
	defer s.fleet.mu.Unlock()
	return s.fleet.find(label)
}

// EndTrial makes a deployment unknown from now on, as a trial that has ended is (accelo.md 13).
func (s *Simulator) EndTrial(label string) error {
	if !slices.ContainsFunc(s.Trials(), func(t Trial) bool { return t.Deployment == label }) {
		return lab.NotFound("trial", label)
	}
	ended := s.Deployment(label)
	switches := ended.Switches()
	switches.UnknownDeployment = true
	return ended.SetSwitches(switches)
}

// find returns the deployment with a label, or nil. The caller holds the lock.
func (f *fleet) find(label string) *Simulator {
	if f.first.options.Deployment == label {
		return f.first
	}
	at := slices.IndexFunc(f.added, func(d *deployment) bool { return d.label == label })
	if at < 0 {
		return nil
	}
	return f.added[at].sim
}

// close stops the deployments that were added.
func (f *fleet) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, d := range f.added {
		d.stop()
		d.sim.lab.Close()
	}
	f.added = nil
}

// labelOf returns the deployment's label in a host such as LABEL.api.accelo.com or LABEL.localhost.
func labelOf(host string) (label string, found bool) {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	label, rest, _ := strings.Cut(strings.ToLower(host), ".")
	return label, rest == "api.accelo.com" || rest == "localhost"
}

// addressed returns the deployment that a call's host names. Any other host stands for this one.
func (s *Simulator) addressed(r *http.Request) *Simulator {
	if label, found := labelOf(r.Host); found {
		if named := s.Deployment(label); named != nil {
			return named
		}
	}
	return s
}
