package diagnose

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"time"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
	"ninjaone-accelo/internal/version"
)

// Source is what an archive is collected from.
type Source struct {
	Store   *store.Store
	Tenants *tenant.Provider
	// Environ is the environment of the program.
	Environ []string
	// Now is the program's clock; nil means time.Now.
	Now func() time.Time
}

// File is one file of an archive.
type File struct {
	Name string
	Data []byte
}

// installation is what the archive says about the installation as a whole.
type installation struct {
	Version  string        `json:"version"`
	Commit   string        `json:"commit"`
	Go       string        `json:"go"`
	System   string        `json:"system"`
	Clock    clock         `json:"clock"`
	Server   store.Server  `json:"postgresql"`
	Defaults config.Chosen `json:"option_defaults"`
}

// clock compares the program's clock with the database's.
type clock struct {
	Program       time.Time `json:"program"`
	Database      time.Time `json:"database"`
	AheadBySecond float64   `json:"program_ahead_seconds"`
	Zone          string    `json:"zone"`
}

// Collect returns the files of an archive about one connection, or about all if name is empty. It returns store.ErrNotFound for an unknown
// connection.
func Collect(ctx context.Context, source Source, name string) ([]File, error) {
	report, err := status.Read(ctx, source.Store, name)
	if err != nil {
		return nil, err
	}
	now := time.Now
	if source.Now != nil {
		now = source.Now
	}
	a := &archive{scrubber: newScrubber(source.Environ)}
	server, err := source.Store.Server(ctx)
	if err != nil {
		return nil, err
	}
	at := now().UTC()
	a.add("installation.json", installation{
		Version: version.Version(), Commit: version.Commit(), Go: version.GoVersion(), System: runtime.GOOS + "/" + runtime.GOARCH,
		Clock: clock{
			Program: at, Database: server.Time.UTC(), AheadBySecond: at.Sub(server.Time).Seconds(), Zone: now().Location().String(),
		},
		Server: server, Defaults: options(source.Tenants.Defaults().Options().Values()),
	})
	a.add("settings.json", settingsOf(source.Environ))
	for _, connection := range report.Connections {
		if err := a.addConnection(ctx, source, connection); err != nil {
			return nil, err
		}
	}
	return a.files, a.err
}

type archive struct {
	scrubber
	files []File
	err   error
}

func (a *archive) add(name string, content any) {
	data, err := json.MarshalIndent(content, "", "  ")
	if err != nil && a.err == nil {
		a.err = fmt.Errorf("encode %s: %w", name, err)
	}
	a.files = append(a.files, File{Name: name, Data: append(a.scrub(data), '\n')})
}

func (a *archive) addConnection(ctx context.Context, source Source, c status.Connection) error {
	stored, err := source.Store.Connection(ctx, c.Connection)
	if err != nil {
		return err
	}
	values, err := source.Tenants.Options(ctx, c.Connection)
	if err != nil {
		return err
	}
	setup, err := source.Store.SetupSteps(ctx, c.Connection, flow.FullImportID(c.Connection))
	if err != nil {
		return err
	}
	imports, err := importsOf(ctx, source.Store, c.Connection)
	if err != nil {
		return err
	}
	test, err := testAlertOf(ctx, source.Store, c.Connection)
	if err != nil {
		return err
	}
	at := "connections/" + c.Connection + "/"
	a.add(at+"status.json", describe(stored, c, values.Values(), setup))
	a.add(at+"failures.json", failuresOf(c))
	a.add(at+"imports.json", imports)
	a.add(at+"last_reconciliation.json", reconciliationOf(c))
	a.add(at+"last_test_alert.json", test)
	return nil
}

// Write writes files as a zip archive.
func Write(to io.Writer, files []File, at time.Time) error {
	archive := zip.NewWriter(to)
	for _, file := range files {
		entry, err := archive.CreateHeader(&zip.FileHeader{Name: file.Name, Method: zip.Deflate, Modified: at})
		if err != nil {
			return fmt.Errorf("write %s: %w", file.Name, err)
		}
		if _, err := entry.Write(file.Data); err != nil {
			return fmt.Errorf("write %s: %w", file.Name, err)
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("end the archive: %w", err)
	}
	return nil
}

// Name is the name of an archive that is made at a time.
func Name(at time.Time) string { return "diagnostics-" + at.UTC().Format("20060102-150405") + ".zip" }
