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

// fleet is the deployments of one process. It begins with one, and each trial adds another with a world of its own.
type fleet struct {
	first *Simulator

	mu     sync.Mutex
	trials []*trial
}

// trial is a deployment that someone signed up for.
type trial struct {
	Trial
	sim  *Simulator
	stop func()
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
	f := s.fleet
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.find(form.Deployment) != nil {
		return Trial{}, fmt.Errorf("the address %s.accelo.com is taken", form.Deployment)
	}
	added := &trial{sim: create(f.first.trialOptions(form), f)}
	url, stop, err := lab.Listen(ctx, "127.0.0.1:0", added.sim)
	if err != nil {
		added.sim.lab.Close()
		return Trial{}, err
	}
	added.stop = stop
	added.Trial = Trial{Deployment: form.Deployment, Company: form.Company, Email: form.Email, URL: url}
	f.trials = append(f.trials, added)
	return added.Trial, nil
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
	list := make([]Trial, 0, len(s.fleet.trials))
	for _, t := range s.fleet.trials {
		list = append(list, t.Trial)
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
	ended := s.Deployment(label)
	if ended == nil || ended == s.fleet.first {
		return lab.NotFound("trial", label)
	}
	switches := ended.Switches()
	switches.UnknownDeployment = true
	return ended.SetSwitches(switches)
}

// find returns the deployment with a label, or nil. The caller holds the lock.
func (f *fleet) find(label string) *Simulator {
	if f.first.options.Deployment == label {
		return f.first
	}
	at := slices.IndexFunc(f.trials, func(t *trial) bool { return t.Deployment == label })
	if at < 0 {
		return nil
	}
	return f.trials[at].sim
}

// close stops the trials.
func (f *fleet) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, t := range f.trials {
		t.stop()
		t.sim.lab.Close()
	}
	f.trials = nil
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
