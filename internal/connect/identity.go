package connect

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

const (
	// sampleSize is how many devices and organizations a tenant is recognized by.
	sampleSize = 20
	// enoughDevices and enoughOrganizations are how many of them have to be recognized. A UID belongs to one device in the world,
	// but tenants may have organizations of the same id and name.
	enoughDevices, enoughOrganizations = 3, 2
	// clockPrecision is how far apart two spellings of one time may be: NinjaOne writes 3 to 9 decimals (ninjaone.md 8.1).
	clockPrecision = time.Millisecond
)

// certainty is whether accounts are those of a connection.
type certainty int

const (
	samePair certainty = iota
	unknownPair
	otherPair
)

// verdict is a certainty with its reason, which is empty for the same pair.
type verdict struct {
	is     certainty
	reason string
}

// judge compares the accounts of a run with those of the connection. One account that differs makes another pair.
func (r *run) judge(ctx context.Context, former formerPair) verdict {
	verdicts := []verdict{r.judgeAccelo(former.identity.Accelo), r.judgeNinjaOne(ctx, former)}
	all := verdict{}
	var reasons []string
	for _, one := range verdicts {
		all.is = max(all.is, one.is)
		if one.reason != "" {
			reasons = append(reasons, one.reason)
		}
	}
	all.reason = strings.Join(reasons, " ")
	return all
}

// judgeAccelo compares the deployment that Accelo names with the known one.
func (r *run) judgeAccelo(known store.AcceloIdentity) verdict {
	found := r.deployment
	switch {
	case found.Label != "" && found.Label == known.Deployment:
		return verdict{}
	case r.proposal.Same.Accelo && (found.Label == "" || known.Deployment == "" || string(found.Source) != known.Source):
		return verdict{} // the same application at the same address; Accelo names it elsewhere than before
	case found.Label == "" || known.Deployment == "":
		return verdict{unknownPair, "Accelo doesn't say whether the credentials are for the deployment that the connection belongs to."}
	}
	return verdict{otherPair, fmt.Sprintf("The connection belongs to the Accelo deployment %s, and the credentials are for %s.",
		known.Deployment, found.Label)}
}

// judgeNinjaOne looks for records of the known tenant. Credentials of the same application at the same address have the same tenant.
func (r *run) judgeNinjaOne(ctx context.Context, former formerPair) verdict {
	if r.proposal.Same.NinjaOne {
		return verdict{}
	}
	found, err := recognize(ctx, r.NinjaOne, former)
	if err != nil {
		return verdict{unknownPair, fmt.Sprintf("NinjaOne doesn't say which tenant the credentials are for, and its records can't be compared: %v.", err)}
	}
	return found
}

// recognize compares records of the known tenant with those of the same ids that a client sees.
func recognize(ctx context.Context, client *ninjaone.Client, former formerPair) (verdict, error) {
	known := former.identity.NinjaOne
	devices, err := recognizeDevices(ctx, client, known.Devices)
	if err != nil || devices.other != "" || devices.agree > 0 {
		return devices.verdict(), err
	}
	organizations, err := recognizeOrganizations(ctx, client, known.Organizations, former.names)
	if err != nil || organizations.other != "" || organizations.agree >= enoughOrganizations && len(known.Devices) == 0 {
		return organizations.verdict(), err
	}
	return verdict{unknownPair, fmt.Sprintf("NinjaOne doesn't say which tenant the credentials are for, and too little of what the connection knows "+
		"is there: none of %s, %d of %s.", rules.Count(len(known.Devices), "device"), organizations.agree,
		rules.Count(len(known.Organizations), "organization"))}, nil
}

// evidence counts the records that agree, and names one that does not.
type evidence struct {
	agree int
	other string
}

func (e evidence) verdict() verdict {
	if e.other != "" {
		return verdict{otherPair, "The credentials are for another NinjaOne tenant: " + e.other + "."}
	}
	return verdict{}
}

func recognizeDevices(ctx context.Context, client *ninjaone.Client, known []store.KnownDevice) (found evidence, err error) {
	for _, device := range known {
		there, err := client.DeviceIdentity(ctx, device.ID)
		if ninjaone.IsNotFound(err) || ninjaone.IsForbidden(err) {
			continue
		}
		if err != nil {
			return found, err
		}
		compared, equal := compareDevices(device, there)
		if compared && !equal {
			found.other = fmt.Sprintf("device %d is another device there", device.ID)
			return found, nil
		}
		if compared {
			found.agree++
		}
		if found.agree == enoughDevices {
			break
		}
	}
	return found, nil
}

// compareDevices compares what is known of both devices. All of it has to agree.
func compareDevices(known store.KnownDevice, there ninjaone.DeviceIdentity) (compared, equal bool) {
	equal = true
	if known.UID != "" && there.UID != "" {
		compared, equal = true, known.UID == there.UID
	}
	if !known.Created.IsZero() && !there.Created.IsZero() {
		compared, equal = true, equal && known.Created.Sub(there.Created.Time()).Abs() <= clockPrecision
	}
	return compared, equal
}

func recognizeOrganizations(
	ctx context.Context, client *ninjaone.Client, known []store.KnownOrganization, names map[int]string,
) (found evidence, err error) {
	for _, organization := range known {
		there, err := client.Organization(ctx, organization.ID)
		if ninjaone.IsNotFound(err) || ninjaone.IsForbidden(err) {
			continue
		}
		if err != nil {
			return found, err
		}
		if !rules.SameName(there.Name, organization.Name) && !rules.SameName(there.Name, names[organization.ID]) {
			found.other = fmt.Sprintf("organization %d is %q there, not %q", organization.ID, rules.CleanName(there.Name), rules.CleanName(organization.Name))
			return found, nil
		}
		found.agree++
	}
	return found, nil
}

// identify returns what identifies the accounts of a run. What can't be read stays empty.
func (r *run) identify(ctx context.Context) store.Identity {
	var found store.Identity
	if r.deployment.Label != "" {
		found.Accelo = store.AcceloIdentity{Deployment: r.deployment.Label, Source: string(r.deployment.Source)}
	}
	if r.report.NinjaOne.OK {
		if there, err := sample(ctx, r.NinjaOne); err == nil {
			found.NinjaOne = there
		}
	}
	return found
}

// orKnown completes what was found about accounts with what was known of them before.
func orKnown(found, known store.Identity) store.Identity {
	if found.Accelo.Deployment == "" {
		found.Accelo = known.Accelo
	}
	if len(found.NinjaOne.Devices)+len(found.NinjaOne.Organizations) == 0 {
		found.NinjaOne = known.NinjaOne
	}
	return found
}

// sample reads the records that a tenant is recognized by. A tenant that lets us read only one kind is recognized by that.
func sample(ctx context.Context, client *ninjaone.Client) (store.NinjaOneIdentity, error) {
	var found store.NinjaOneIdentity
	devices, deviceErr := client.FirstDevices(ctx, sampleSize)
	for _, device := range devices {
		found.Devices = append(found.Devices, store.KnownDevice{ID: device.ID, UID: device.UID, Created: device.Created.Time()})
	}
	organizations, err := client.FirstOrganizations(ctx, sampleSize)
	for _, organization := range organizations {
		found.Organizations = append(found.Organizations, store.KnownOrganization{ID: organization.ID, Name: organization.Name})
	}
	if deviceErr != nil && err != nil {
		return found, errors.Join(deviceErr, err)
	}
	return found, nil
}

// askAccelo returns which deployment a connection's credentials belong to, or what its address says if it doesn't answer.
func askAccelo(ctx context.Context, c tenant.Connection) store.AcceloIdentity {
	found, err := c.Accelo.Deployment(ctx)
	if err != nil {
		found = accelo.DeploymentAt(c.AcceloURL)
	}
	return store.AcceloIdentity{Deployment: found.Label, Source: string(found.Source)}
}

func organizationIDs(known store.NinjaOneIdentity) []string {
	ids := make([]string, len(known.Organizations))
	for i, organization := range known.Organizations {
		ids[i] = strconv.Itoa(organization.ID)
	}
	return ids
}
