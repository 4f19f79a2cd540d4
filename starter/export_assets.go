package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/export"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/store"
)

// exported is what `export-assets` has done.
type exported struct {
	Connection string   `json:"connection"`
	Directory  string   `json:"directory"`
	Files      []string `json:"files"`
	Devices    int      `json:"devices"`
	// LeftOut are devices that cannot be in the files yet.
	LeftOut []leftOut `json:"left_out"`
}

// leftOut is a device that is not in the files, and why.
type leftOut struct {
	NinjaID string `json:"ninja_id"`
	Name    string `json:"name"`
	Reason  string `json:"reason"`
}

func (a *app) exportAssetsCommand() *cobra.Command {
	directory, all := "", false
	command := &cobra.Command{
		Use: "export-assets", Short: "Write files for Accelo's own asset importer, where its API makes no assets",
		Long: "Write CSV files for Accelo's own asset importer, of the devices that wait for an asset.\n\n" +
			"What is imported from them in Accelo is adopted by the next `starter import`. docs/degraded.md has the steps.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if strings.TrimSpace(directory) == "" {
				return &program.UsageError{Err: errors.New("--directory names the directory that the files are written to")}
			}
			return a.withStore(command.Context(), func(ctx context.Context, p *program.Program) error {
				return a.exportAssets(ctx, p, directory, all)
			})
		},
	}
	command.Flags().StringVar(&directory, "directory", "", "where to write the files; made where it is missing")
	command.Flags().BoolVar(&all, "all", false, "every device and not only those that wait, for a mass edit of the assets")
	return command
}

func (a *app) exportAssets(ctx context.Context, p *program.Program, directory string, all bool) error {
	c, err := a.connected(ctx, p)
	if err != nil {
		return err
	}
	if c.Settings.AssetType.ID == 0 {
		fmt.Fprintln(a.diagnostics, connect.AssetTypeToDo(c.Settings, p.Config.Sync.AssetType))
		return &program.StatusError{Code: program.ExitToDo}
	}
	collected, err := collect(ctx, p, c, all)
	if err != nil {
		return err
	}
	files, err := export.Write(directory, a.connection, collected.rows)
	if err != nil {
		return err
	}
	result := exported{
		Connection: a.connection, Directory: directory, Files: files, Devices: len(collected.rows), LeftOut: collected.leftOut,
	}
	return a.print(result, exportText(result, c.Settings.Words(), all))
}

// connected is a connection that both vendors have accepted, with its clients.
func (a *app) connected(ctx context.Context, p *program.Program) (activities.Connection, error) {
	c, err := p.Vendors.Connection(ctx, a.connection)
	if errors.Is(err, store.ErrNotFound) {
		return c, fmt.Errorf("connection %q is not known: set its credentials and run `starter connect` first", a.connection)
	}
	if err == nil && !c.Settings.Connected {
		err = fmt.Errorf("connection %q is not set up yet: run `starter connect`, which says what is missing", a.connection)
	}
	return c, err
}

// exportText says what was written, and what to do with it in the words of Accelo's own menus.
func exportText(result exported, words store.Words, all bool) string {
	var text strings.Builder
	if result.Devices == 0 {
		fmt.Fprintf(&text, "No devices wait for their %s: nothing was written. They do after a `starter import` that could not make them.\n",
			words.Asset.Many())
	} else {
		fmt.Fprintf(&text, "%d devices in %s:\n", result.Devices, result.Directory)
		for _, name := range result.Files {
			fmt.Fprintf(&text, "  %s\n", name)
		}
	}
	for i, left := range result.LeftOut {
		if i == 20 {
			fmt.Fprintf(&text, "  … and %d more left out; --json lists them\n", len(result.LeftOut)-i)
			break
		}
		fmt.Fprintf(&text, "left out: device %s %q: %s\n", left.NinjaID, left.Name, left.Reason)
	}
	if result.Devices == 0 {
		return text.String()
	}
	fmt.Fprintf(&text, "\nNow, in Accelo, as an administrator and file by file:\n")
	fmt.Fprintf(&text, "  1. Settings > Import > CSV Import: %s: choose the file.\n", words.Asset.Singular)
	text.WriteString("  2. Map each column to the field of the same name.\n  3. Look through the preview, and confirm.\n")
	if all {
		fmt.Fprintf(&text, "  4. Where this changes %s that exist, see in the preview that they are recognized and not added once more.\n",
			words.Asset.Many())
	}
	fmt.Fprintf(&text, "\nThen run `starter import`: it adopts the %s that are new and keeps their fields up to date from then on.\n"+
		"Do not save the files with a spreadsheet program: it changes values. docs/degraded.md tells more.\n", words.Asset.Many())
	return text.String()
}
