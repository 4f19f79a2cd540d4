package local

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// cluster is a directory that contains a PostgreSQL cluster in `data`, and its superuser's password in `password`.
type cluster struct {
	binaries  string
	directory string
	owner     *account // nil means our own
	temporary *os.File // the lock of a temporary directory; nil if the directory is kept
}

// openCluster creates the directory for the account that runs the server.
func openCluster(ctx context.Context, binaries, wanted string) (*cluster, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	owner, err := serverAccount()
	if err != nil {
		return nil, err
	}
	c := &cluster{binaries: binaries, owner: owner}
	if wanted == "" {
		c.directory, c.temporary, err = temporaryDirectory(owner)
	} else {
		c.directory, err = reachable(wanted, stateDirectory, owner)
	}
	if err != nil {
		return nil, err
	}
	if owner != nil { // the owner already has everything in it
		if err := os.Chown(c.directory, owner.uid, owner.gid); err != nil {
			return nil, errors.Join(err, c.close())
		}
	}
	return c, nil
}

func (c *cluster) data() string         { return filepath.Join(c.directory, "data") }
func (c *cluster) passwordFile() string { return filepath.Join(c.directory, "password") }

// initialize creates the cluster unless it exists, and returns the superuser's password. If it is interrupted, it leaves no
// incomplete cluster behind.
func (c *cluster) initialize(ctx context.Context) (string, error) {
	if _, err := os.Stat(c.data()); err == nil {
		return c.existing(ctx)
	}
	password, unfinished := rand.Text(), c.data()+".new"
	if err := os.RemoveAll(unfinished); err != nil {
		return "", err
	}
	if err := c.write(c.passwordFile(), password); err != nil {
		return "", err
	}
	if err := c.run(ctx, "initdb", "-D", unfinished, "-U", superuser, "--pwfile", c.passwordFile(),
		"--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"); err != nil {
		return "", err
	}
	return password, os.Rename(unfinished, c.data())
}

func (c *cluster) existing(ctx context.Context) (string, error) {
	if err := c.checkVersion(ctx); err != nil {
		return "", err
	}
	password, err := os.ReadFile(c.passwordFile())
	if err != nil {
		return "", fmt.Errorf("the password of the cluster is missing; remove %s to create a new cluster: %w", c.directory, err)
	}
	return string(password), nil
}

// checkVersion compares the cluster's major version with the server's.
func (c *cluster) checkVersion(ctx context.Context) error {
	made, err := os.ReadFile(filepath.Join(c.data(), "PG_VERSION"))
	if err != nil {
		return err
	}
	want := strings.TrimSpace(string(made))
	has, err := postgresVersion(ctx, c.binaries)
	if err != nil {
		return err
	}
	if major, _, _ := strings.Cut(has, "."); major != want {
		return fmt.Errorf("%s was created by PostgreSQL %s, but %s is installed: install version %s or remove the directory",
			c.directory, want, has, want)
	}
	return nil
}

func (c *cluster) write(file, content string) error {
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		return err
	}
	if c.owner == nil {
		return nil
	}
	return os.Chown(file, c.owner.uid, c.owner.gid)
}

// run runs one of PostgreSQL's programs and waits for it to end.
func (c *cluster) run(ctx context.Context, name string, args ...string) error {
	program, err := StartProgram(ctx, ProgramOptions{
		Path: filepath.Join(c.binaries, name), Args: args, Env: cleanEnvironment("PG"), Directory: c.directory, owner: c.owner,
	})
	if err != nil {
		return err
	}
	select {
	case <-program.Done():
	case <-ctx.Done():
		program.Kill()
		return fmt.Errorf("%s: %w", name, context.Cause(ctx))
	}
	if err := program.Err(); err != nil {
		return fmt.Errorf("%w\n%s", err, program.Output())
	}
	return nil
}

// close removes a temporary directory.
func (c *cluster) close() error {
	if c.temporary == nil {
		return nil
	}
	err := errors.Join(os.RemoveAll(c.directory), c.temporary.Close())
	c.temporary = nil
	return err
}
