package operate

import "fmt"

// Role is what a user may do. A higher role includes the lower ones.
type Role int

// The roles. The zero value may do nothing.
const (
	NoRole Role = iota
	// Viewer may look at everything.
	Viewer
	// Operating may import, reconcile, retry, approve and correct links.
	Operating
	// Administrator may also connect, and change options, credentials, rules and API tokens.
	Administrator
)

// roleNames are the names of roles outside the program.
var roleNames = map[Role]string{Viewer: "viewer", Operating: "operator", Administrator: "administrator"}

// String returns the name of a role: viewer, operator or administrator.
func (r Role) String() string { return roleNames[r] }

// ParseRole returns the role with a name.
func ParseRole(name string) (Role, error) {
	for role, known := range roleNames {
		if name == known {
			return role, nil
		}
	}
	return NoRole, &InvalidError{Member: "role", Reason: fmt.Sprintf("unknown role %q (use viewer, operator or administrator)", name)}
}

// Actor is the user on whose behalf an operation runs.
type Actor struct {
	// Name says who it is, such as "a user" or the name of an API token.
	Name string
	// Surface is where the user asked for the operation, such as "starter relink", "API" or "page".
	Surface string
	Role    Role
}

// String names the actor in histories.
func (a Actor) String() string { return a.Name + " (" + a.Surface + ")" }

// require returns a *ForbiddenError unless the actor has a role.
func (a Actor) require(role Role) error {
	if a.Role < role {
		return &ForbiddenError{Needs: role}
	}
	return nil
}
