package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// packageManager is a way to install PostgreSQL's server.
type packageManager struct {
	program string
	script  string // for sh
	asUser  bool   // must not run as root
}

// aptScript installs Debian's package, but prevents it from starting a server on port 5432.
const aptScript = `set -e
setting=/etc/postgresql-common/createcluster.d/ninjaone-accelo.conf
mkdir -p "${setting%/*}"
trap 'rm -f "$setting"' EXIT
echo 'create_main_cluster = false' >"$setting"
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql`

// packageManagers returns the package managers in the order in which they are tried.
func packageManagers() []packageManager {
	return []packageManager{
		{program: "apt-get", script: aptScript},
		{program: "dnf", script: "dnf install -y -q postgresql-server"},
		{program: "brew", script: "brew install --quiet postgresql@17", asUser: true},
	}
}

// InstallPostgres returns the directory of PostgreSQL's server programs, and installs them if they are missing, with sudo if
// necessary. The log receives the command and its output.
func InstallPostgres(ctx context.Context, log io.Writer) (string, error) {
	directory, missing := FindPostgres(ctx)
	if missing == nil {
		return directory, nil
	}
	command, err := installCommand(os.Geteuid(), func(program string) bool {
		_, err := exec.LookPath(program)
		return err == nil
	})
	if err != nil {
		return "", errors.Join(err, missing)
	}
	_, _ = fmt.Fprintf(log, "PostgreSQL's server programs are missing; installing them:\n%s\n", strings.Join(command, " "))
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, log, log
	if err := c.Run(); err != nil {
		return "", errors.Join(fmt.Errorf("install PostgreSQL: %w", err), missing)
	}
	return FindPostgres(ctx)
}

// installCommand returns the command for an account and the programs on PATH.
func installCommand(uid int, has func(program string) bool) ([]string, error) {
	for _, manager := range packageManagers() {
		command := []string{"sh", "-c", manager.script}
		switch {
		case !has(manager.program), manager.asUser && uid == 0:
		case uid == 0, manager.asUser:
			return command, nil
		case !has("sudo"):
			return nil, fmt.Errorf("%s needs root, and there is no sudo", manager.program)
		default:
			return append([]string{"sudo"}, command...), nil
		}
	}
	return nil, errors.New("found none of apt-get, dnf and brew to install PostgreSQL")
}
