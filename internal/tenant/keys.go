package tenant

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/secret"
	"ninjaone-accelo/internal/store"
)

// WrongKeyError means that none of the program's keys opens any stored secret. Whatever it sealed, no other program could open.
type WrongKeyError struct {
	// Owners are the connections whose credentials stay closed.
	Owners []string
}

// Error says what to do.
func (e *WrongKeyError) Error() string {
	owner, of := rules.DefaultConnection, ""
	if len(e.Owners) > 0 {
		owner, of = e.Owners[0], " ("+strings.Join(e.Owners, ", ")+")"
	}
	return fmt.Sprintf("CREDENTIALS_KEY opens nothing of what is stored in this database%s, nor does a key in CREDENTIALS_KEY_PREVIOUS; nothing was "+
		"changed. Set the key that it was stored with. If that key is lost, enter the credentials again with `%s`",
		of, rules.Command(owner, "connect --lost-key"))
}

// Unwrap makes it recognizable as a secret that can't be opened.
func (e *WrongKeyError) Unwrap() error { return secret.ErrKey }

// IsLocked reports whether an error means that no key of this program opens a stored secret.
func IsLocked(err error) bool { return errors.Is(err, secret.ErrKey) }

// CheckKeys finds out which connections have credentials that no key of this program opens. If it opens none of what is stored, the error is a
// *WrongKeyError.
func (p *Provider) CheckKeys(ctx context.Context) (locked []string, err error) {
	secrets, err := p.options.Store.ConnectionCredentials(ctx)
	connections := len(secrets) > 0
	if err == nil && !connections {
		secrets, err = p.options.Store.SealedSecrets(ctx) // what waits for users to sign in, and what former accounts are owed
	}
	if err != nil {
		return nil, err
	}
	opened := 0
	for _, sealed := range secrets {
		if _, err := p.options.Box.Open(sealed.Value, scopeOf(sealed)); err == nil {
			opened++
		} else if connections && !slices.Contains(locked, sealed.Owner) {
			locked = append(locked, sealed.Owner)
		}
	}
	if len(secrets) > 0 && opened == 0 {
		return locked, &WrongKeyError{Owners: locked}
	}
	return locked, nil
}

// requireKey refuses to seal anything under a key that opens nothing of what is stored, unless a user has said that the former one is lost.
func (p *Provider) requireKey(ctx context.Context) error {
	if p.options.LostKey {
		return nil
	}
	_, err := p.CheckKeys(ctx)
	return err
}

// lockedError says what to do about a connection's secrets that can't be opened.
func lockedError(connection string, err error) error {
	if !IsLocked(err) {
		return err
	}
	return fmt.Errorf("%w, or, if that key is lost, enter the credentials again with `%s`", err, rules.Command(connection, "connect --lost-key"))
}

// scopeOf returns the scope that a stored secret is bound to.
func scopeOf(sealed store.SealedSecret) string {
	switch sealed.Place {
	case store.SealedNinjaOne, store.SealedFormerNinjaOne:
		return ninjaOneScope(sealed.Owner)
	case store.SealedAccelo, store.SealedFormerAccelo:
		return acceloScope(sealed.Owner)
	case store.SealedWebhooks:
		return webhooksScope(sealed.Owner)
	case store.SealedGrant:
		return grantScope(sealed.Owner, store.Vendor(sealed.Part))
	case store.SealedFormerNinjaOneGrant:
		return grantScope(sealed.Owner, store.NinjaOne)
	case store.SealedFormerAcceloGrant:
		return grantScope(sealed.Owner, store.Accelo)
	case store.SealedPending:
		return draftScope(sealed.Owner)
	}
	return ""
}

// KeyRotation says what became of every stored secret in a rotation of the key.
type KeyRotation struct {
	// Secrets is how many there are, and SealedAnew how many were not under the newest key.
	Secrets    int `json:"secrets"`
	SealedAnew int `json:"sealed_anew"`
	// Unopened are those that no key opens. They stay as they are.
	Unopened []UnopenedSecret `json:"unopened"`
}

// UnopenedSecret is a stored secret that no key opens.
type UnopenedSecret struct {
	// Connection is empty for one that waits for users to sign in.
	Connection string `json:"connection"`
	What       string `json:"what"`
	Reason     string `json:"reason"`
}

// secretNames are the words for stored secrets.
var secretNames = map[store.SealedPlace]string{
	store.SealedNinjaOne: "credentials of NinjaOne", store.SealedAccelo: "credentials of Accelo", store.SealedWebhooks: "webhook secrets",
	store.SealedGrant: "sign-in at ", store.SealedFormerNinjaOne: "credentials of a former NinjaOne tenant",
	store.SealedFormerAccelo: "credentials of a former Accelo deployment", store.SealedFormerNinjaOneGrant: "sign-in at a former NinjaOne tenant",
	store.SealedFormerAcceloGrant: "sign-in at a former Accelo deployment", store.SealedPending: "a connection that waits for a sign-in",
}

// maxRotations is how often RotateKey looks again for what other programs have sealed under an older key meanwhile.
const maxRotations = 20

// RotateKey re-encrypts every stored secret under the newest key. It may run beside other programs that know both keys: a secret that one
// of them replaces meanwhile, such as a renewed sign-in, is read again and never overwritten.
func (p *Provider) RotateKey(ctx context.Context) (KeyRotation, error) {
	var rotation KeyRotation
	for range maxRotations {
		secrets, err := p.options.Store.SealedSecrets(ctx)
		if err != nil {
			return rotation, err
		}
		rotation.Secrets, rotation.Unopened = len(secrets), []UnopenedSecret{}
		settled := true
		for _, sealed := range secrets {
			fresh, changed, err := p.options.Box.Reseal(sealed.Value, scopeOf(sealed))
			if err != nil {
				rotation.Unopened = append(rotation.Unopened, unopened(sealed, err))
			}
			if !changed {
				continue
			}
			settled = false
			replaced, err := p.options.Store.ReplaceSealed(ctx, sealed, fresh)
			if err != nil {
				return rotation, err
			}
			if replaced {
				rotation.SealedAnew++
			}
		}
		if settled {
			return rotation, nil
		}
	}
	return rotation, errors.New("other programs go on sealing secrets under an older key: give all of them the newest one as CREDENTIALS_KEY, and " +
		"run `starter rotate-key` again")
}

func unopened(sealed store.SealedSecret, err error) UnopenedSecret {
	found := UnopenedSecret{Connection: sealed.Owner, What: secretNames[sealed.Place], Reason: err.Error()}
	switch sealed.Place {
	case store.SealedPending:
		found.Connection = ""
	case store.SealedGrant:
		found.What += store.Vendor(sealed.Part).String()
	}
	return found
}
