package operate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"ninjaone-accelo/internal/mapping"
	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

// OrganizationsFile is what a CSV file of organizations would change.
type OrganizationsFile struct {
	// Lines counts the lines that were read, and Changes are those that change something.
	Lines   int
	Changes []mapping.Planned
	// Faults are the lines that can't be right. Nothing is changed as long as there are any.
	Faults []mapping.LineFault
	// File holds the lines of the changes, and Digest identifies what they change. Both are needed to apply them.
	File, Digest string
}

// ExportOrganizations writes all organizations as CSV.
func (o *Operator) ExportOrganizations(ctx context.Context, actor Actor, connection string, to io.Writer) error {
	ctx, err := o.begin(ctx, actor, Viewer, connection)
	if err != nil {
		return err
	}
	stored, err := o.store.Connection(ctx, connection)
	if err != nil {
		return err
	}
	listed, err := o.store.ListOrganizations(ctx, connection, store.OrganizationQuery{})
	if err != nil {
		return err
	}
	labels := stored.Settings.Labels()
	return mapping.WriteCSV(to, listed, func(organization store.ListedOrganization) string { return status.HowMatched(organization, labels) })
}

// PlanOrganizations reads a CSV file and says what it would change. It checks every line, live in both vendors, and changes nothing.
func (o *Operator) PlanOrganizations(ctx context.Context, actor Actor, connection string, file []byte) (OrganizationsFile, error) {
	ctx, mapper, err := o.mapper(ctx, actor, connection, "import mapping")
	if err != nil {
		return OrganizationsFile{}, err
	}
	return planFile(ctx, mapper, connection, file)
}

// ApplyOrganizations changes what a CSV file says: all of it, or nothing. The digest is that of the plan that the user has seen; a file that
// would change something else by now is a *ConflictError. It returns how many organizations were changed.
func (o *Operator) ApplyOrganizations(ctx context.Context, actor Actor, connection string, file []byte, digest string) (int, error) {
	ctx, mapper, err := o.mapper(ctx, actor, connection, "import mapping")
	if err != nil {
		return 0, err
	}
	planned, err := planFile(ctx, mapper, connection, file)
	switch {
	case err != nil:
		return 0, err
	case len(planned.Faults) > 0 || planned.Digest != digest:
		return 0, &ConflictError{Reason: "the organizations have changed since this file was checked; nothing was changed. Import it again"}
	}
	return len(planned.Changes), mappingError(mapper.Apply(ctx, connection, planned.Changes))
}

func planFile(ctx context.Context, mapper *mapping.Mapper, connection string, file []byte) (OrganizationsFile, error) {
	lines, faults := mapping.ReadCSV(file)
	result := OrganizationsFile{Lines: len(lines), Faults: faults}
	if len(faults) > 0 {
		return result, nil
	}
	wishes := make([]mapping.Wish, len(lines))
	for i, line := range lines {
		wishes[i] = line.Wish
	}
	planned, refused, err := mapper.Plan(ctx, connection, wishes)
	if err != nil {
		return result, correctionError(err)
	}
	for _, fault := range refused {
		result.Faults = append(result.Faults, mapping.LineFault{Line: lines[fault.Index].Number, Reason: fault.Reason})
	}
	if len(result.Faults) > 0 {
		return result, nil
	}
	var changed []mapping.Line
	for i, plan := range planned {
		if plan.Changes() {
			result.Changes = append(result.Changes, plan)
			changed = append(changed, lines[i])
		}
	}
	result.File = mapping.EncodeWishes(changed)
	result.Digest, err = digestOf(result.Changes)
	return result, err
}

// digestOf identifies planned changes by what users see of them.
func digestOf(changes []mapping.Planned) (string, error) {
	type seen struct {
		ID            string
		Before, After store.OrganizationChoice
		From, To      int64
	}
	list := make([]seen, len(changes))
	for i, change := range changes {
		list[i] = seen{change.Change.NinjaID, change.Change.Before, change.Change.After, change.Organization.CompanyID, change.CompanyID}
	}
	encoded, err := json.Marshal(list)
	if err != nil {
		return "", fmt.Errorf("encode the changes: %w", err)
	}
	digest := sha256.Sum256(encoded)
	return hex.EncodeToString(digest[:]), nil
}
