package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/export"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// exported is the result of `export-assets`.
type exported struct {
	Connection string   `json:"connection"`
	Directory  string   `json:"directory"`
	Files      []string `json:"files"`
	Devices    int      `json:"devices"`
	// LeftOut lists devices that can't be exported yet.
	LeftOut []export.LeftOut `json:"left_out"`
}

func (a *app) exportAssetsCommand() *cobra.Command {
	directory, all := "", false
	command := &cobra.Command{
		Use: "export-assets", Short: "Write CSV files for Accelo's asset importer, if its API can't create assets",
		Long: "Write the devices that are waiting for an asset to CSV files for Accelo's own asset importer.\n\n" +
			"After you have imported the files in Accelo, the next `starter import` links the new assets. docs/degraded.md has the steps.",
		Example: "  starter export-assets --directory assets",
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if strings.TrimSpace(directory) == "" {
				return usageError("--directory is required: the directory to write the files to")
			}
			return a.withStore(command.Context(), func(ctx context.Context, p *program.Program) error {
				return a.exportAssets(ctx, p, directory, all)
			})
		},
	}
	command.Flags().StringVar(&directory, "directory", "", "the directory to write the files to; created if missing")
	command.Flags().BoolVar(&all, "all", false, "export every device, for a mass edit, not only those waiting for an asset")
	return command
}

func (a *app) exportAssets(ctx context.Context, p *program.Program, directory string, all bool) error {
	c, err := a.connected(ctx, p)
	if err != nil {
		return err
	}
	if c.Settings.AssetType.ID == 0 {
		fmt.Fprintln(a.stderr, connect.AssetTypeToDo(c.Settings, c.Options.AssetType)+" Then run `"+c.Command("connect")+"` again.")
		return &program.StatusError{Code: program.ExitToDo}
	}
	collected, err := export.Collect(ctx, export.Source{Store: p.Store, Connection: c}, all)
	if err != nil {
		return err
	}
	files, err := export.Write(directory, a.connection, collected.Rows)
	if err != nil {
		return err
	}
	result := exported{
		Connection: a.connection, Directory: directory, Files: files, Devices: len(collected.Rows), LeftOut: collected.LeftOut,
	}
	return a.print(result, exportText(result, c.Settings.Labels(), all))
}

// exportText says what was written, and how to import it, in the words of Accelo's own menus.
func exportText(result exported, labels store.Labels, all bool) string {
	var text strings.Builder
	switch {
	case result.Devices > 0:
		fmt.Fprintf(&text, "Exported %s to %s:\n", rules.Count(result.Devices, "device"), result.Directory)
		for _, name := range result.Files {
			fmt.Fprintf(&text, "  %s\n", name)
		}
	case all:
		text.WriteString("There are no devices to export, so nothing was written.\n")
	default:
		fmt.Fprintf(&text, "No devices are waiting for their %s, so nothing was written. Run `%s` first, or use --all to export "+
			"every device.\n", labels.Asset.Plural(), rules.Command(result.Connection, "import"))
	}
	for i, left := range result.LeftOut {
		if i == maxListed {
			fmt.Fprintf(&text, "… and %d more left out; `--json` lists them\n", len(result.LeftOut)-i)
			break
		}
		fmt.Fprintf(&text, "left out: device %s %q: %s\n", left.NinjaID, left.Name, left.Reason)
	}
	if result.Devices > 0 {
		text.WriteString(importSteps(result.Connection, labels, all))
	}
	return text.String()
}

func importSteps(connection string, labels store.Labels, all bool) string {
	var text strings.Builder
	text.WriteString("\nNext, as an administrator in Accelo, for each file:\n")
	fmt.Fprintf(&text, "  1. Go to Settings > Import > CSV Import: %s and choose the file.\n", labels.Asset.SingularTitle)
	text.WriteString("  2. Map each column to the field of the same name.\n  3. Check the preview, then confirm.\n")
	if all {
		fmt.Fprintf(&text, "     Make sure that the preview recognizes existing %s and does not add them again.\n", labels.Asset.Plural())
	}
	fmt.Fprintf(&text, "\nThen run `%s`: it links the new %s and keeps their fields up to date.\n"+
		"Don't save the files with a spreadsheet program: it changes values. See docs/degraded.md.\n",
		rules.Command(connection, "import"), labels.Asset.Plural())
	return text.String()
}
