package ninjaone

import (
	"crypto/subtle"
	"slices"

	"ninjaone-accelo/internal/simulator/lab"
)

// The scopes of applications (ninjaone.md 2.1.1).
const (
	scopeMonitoring = "monitoring"
	scopeManagement = "management"
	scopeControl    = "control"
	scopeOffline    = "offline_access"
)

// The grant types that can be ticked for an application.
const (
	grantClientCredentials = "client_credentials"
	grantCode              = "authorization_code"
	grantRefresh           = "refresh_token"
)

// App is a client application, as administrators create them under Administration > Apps > API (ninjaone.md 2.1.1).
type App struct {
	// Name is what the consent page calls the application.
	Name     string `json:"name"`
	Platform string `json:"platform"`
	ClientID string `json:"client_id"`
	// ClientSecret is never shown again.
	ClientSecret string `json:"-"`
	// Grants are the grant types, and Scopes the scopes that the application may ask for.
	Grants []string `json:"grants"`
	Scopes []string `json:"scopes"`
	// RedirectURIs are compared byte for byte (ninjaone.md 2.1.3).
	RedirectURIs []string `json:"redirect_uris"`
}

// apps returns the tenant's initial applications: one for machines and one of platform Web.
func (o Options) apps() []App {
	return []App{
		{
			Name: "Demo Service", Platform: "API Services (machine-to-machine)", ClientID: o.ClientID, ClientSecret: o.ClientSecret,
			Grants: []string{grantClientCredentials}, Scopes: []string{scopeMonitoring, scopeManagement, scopeControl},
		},
		{
			Name: "Demo Web Application", Platform: "Web", ClientID: o.WebClientID, ClientSecret: o.WebClientSecret,
			Grants: []string{grantCode, grantRefresh}, Scopes: []string{scopeMonitoring, scopeManagement}, RedirectURIs: slices.Clone(o.RedirectURIs),
		},
	}
}

// Apps returns the client applications.
func (s *Simulator) Apps() []App {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return cloneApps(s.world.apps)
}

// app returns the application with a client ID.
func (s *Simulator) app(id string) (App, bool) {
	apps := s.Apps()
	at := slices.IndexFunc(apps, func(a App) bool { return a.ClientID == id })
	if at < 0 {
		return App{}, false
	}
	return apps[at], true
}

// UpdateApp changes an application, as an administrator does in NinjaOne.
func (s *Simulator) UpdateApp(clientID string, change func(*App)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.world.apps {
		if s.world.apps[i].ClientID == clientID {
			change(&s.world.apps[i])
			return nil
		}
	}
	return lab.NotFound("application", clientID)
}

func (a App) knows(secret string) bool {
	return subtle.ConstantTimeCompare([]byte(secret), []byte(a.ClientSecret)) == 1
}

func (a App) allows(grant string) bool { return slices.Contains(a.Grants, grant) }

// refused returns the first scope that the application may not have. It may have offline_access with the refresh grant.
func (a App) refused(scopes []string) (scope string, found bool) {
	for _, scope := range scopes {
		if scope == scopeOffline && a.allows(grantRefresh) || slices.Contains(a.Scopes, scope) {
			continue
		}
		return scope, true
	}
	return "", false
}

func cloneApps(apps []App) []App {
	copied := slices.Clone(apps)
	for i := range copied {
		copied[i].Grants = slices.Clone(copied[i].Grants)
		copied[i].Scopes = slices.Clone(copied[i].Scopes)
		copied[i].RedirectURIs = append([]string{}, copied[i].RedirectURIs...)
	}
	return copied
}
