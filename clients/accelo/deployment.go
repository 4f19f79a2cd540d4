package accelo

import (
	"context"
	"net/url"
	"regexp"
	"strings"
)

// Deployment is the deployment that a client's credentials belong to, as Accelo names it.
type Deployment struct {
	// Label is the deployment's label in lower case, or "" if Accelo names none.
	Label string
	// Source says where the label is from. Two sources might name one deployment differently.
	Source DeploymentSource
}

// DeploymentSource says where the label of a deployment is from.
type DeploymentSource string

// The sources, the most reliable first. An address names a deployment only on Accelo's own hosts, where it is part of the name.
const (
	FromTokenInfo DeploymentSource = "tokeninfo"
	FromToken     DeploymentSource = "token"
	FromAddress   DeploymentSource = "address"
)

// Deployment asks Accelo which deployment the credentials belong to: tokeninfo first (accelo.md 2.11), which some users may not
// read, then the reply with the token (accelo.md 2.5), then the address (accelo.md 1). If none of them names it, the label is empty.
// The error means that Accelo could not be asked, or rejects the credentials.
func (c *Client) Deployment(ctx context.Context) (Deployment, error) {
	info, err := c.TokenInfo(ctx)
	if err != nil && !IsForbidden(err) && !IsUnsupported(err) && !IsUnreadable(err) {
		return Deployment{}, err
	}
	if label := deploymentLabel(info.Deployment); label != "" {
		return Deployment{Label: label, Source: FromTokenInfo}, nil
	}
	if label := c.tokens.named(); label != "" {
		return Deployment{Label: label, Source: FromToken}, nil
	}
	return DeploymentAt(c.base), nil
}

// DeploymentAt returns the deployment that an address names, if it is one of Accelo's own hosts.
func DeploymentAt(address string) Deployment {
	parsed, err := url.Parse(address)
	if err != nil || !strings.HasSuffix(strings.ToLower(parsed.Hostname()), acceloDomain) {
		return Deployment{}
	}
	found := deploymentLabel(parsed.Hostname())
	if found == "" {
		return Deployment{}
	}
	return Deployment{Label: found, Source: FromAddress}
}

// acceloDomain ends the host names of every deployment.
const acceloDomain = ".accelo.com"

// label matches a deployment's label, which is one DNS label (accelo.md 1).
var label = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// deploymentLabel returns the label in a text that names a deployment: the label itself, a host name or an address. It returns ""
// for anything else.
func deploymentLabel(text string) string {
	text = strings.ToLower(strings.TrimSpace(text))
	if _, rest, found := strings.Cut(text, "://"); found {
		text = rest
	}
	text, _, _ = strings.Cut(text, "/")
	text, _, _ = strings.Cut(text, ":")
	if host, found := strings.CutSuffix(text, acceloDomain); found {
		text = strings.TrimSuffix(host, ".api")
	}
	if !label.MatchString(text) {
		return ""
	}
	return text
}
