package local

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const (
	temporaryPrefix = "ninjaone-accelo-cluster-"
	// sweepAge protects directories that another process has just created and not locked yet.
	sweepAge = 10 * time.Minute
	// stateDirectory is where root keeps clusters that the server's account can't reach in their own place.
	stateDirectory = "/var/lib/ninjaone-accelo"
)

// temporaryDirectory creates a directory that is locked while this process lives, and removes those of processes that ended
// without removing theirs. Close the lock after removing the directory.
func temporaryDirectory(owner *account) (string, *os.File, error) {
	base := temporaryBase(owner)
	sweep(base)
	directory, err := os.MkdirTemp(base, temporaryPrefix)
	if err != nil {
		return "", nil, err
	}
	lock, err := lockDirectory(directory)
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(directory))
	}
	return directory, lock, nil
}

// lockDirectory locks a directory, or fails immediately. The system releases the lock when the process ends.
func lockDirectory(directory string) (*os.File, error) {
	file, err := os.Open(directory) //nolint:gosec // a directory of ours
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", directory, err), file.Close())
	}
	return file, nil
}

// sweep removes abandoned directories. It ignores those of other accounts, which it can't remove.
func sweep(base string) {
	abandoned, _ := filepath.Glob(filepath.Join(base, temporaryPrefix+"*"))
	for _, directory := range abandoned {
		info, err := os.Lstat(directory)
		if err != nil || !info.IsDir() || time.Since(info.ModTime()) < sweepAge {
			continue
		}
		if lock, err := lockDirectory(directory); err == nil {
			_ = os.RemoveAll(directory)
			_ = lock.Close()
		}
	}
}

// reachable creates a directory and returns its path. If the account can't reach it, the directory is created in the fallback
// directory instead, under a name that depends on the wanted path only.
func reachable(wanted, fallback string, owner *account) (string, error) {
	directory, err := filepath.Abs(wanted)
	if err != nil {
		return "", err
	}
	if owner != nil && !traversable(filepath.Dir(directory)) {
		sum := sha256.Sum256([]byte(directory))
		directory = filepath.Join(fallback, fmt.Sprintf("%x", sum[:8]))
	}
	if err := makeTraversable(filepath.Dir(directory)); err != nil {
		return "", err
	}
	if err := os.Mkdir(directory, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return directory, ours(directory, owner)
}

// makeTraversable creates the missing directories of a path so that every account can traverse them, whatever the umask.
func makeTraversable(directory string) error {
	if _, err := os.Stat(directory); err == nil {
		return nil
	}
	if err := makeTraversable(filepath.Dir(directory)); err != nil {
		return err
	}
	if err := os.Mkdir(directory, 0o755); err != nil && !errors.Is(err, fs.ErrExist) { //nolint:gosec // see above
		return err
	}
	return os.Chmod(directory, 0o755) //nolint:gosec // see above
}

// temporaryBase returns the system's temporary directory, or /tmp if the account can't reach that.
func temporaryBase(owner *account) string {
	if base := os.TempDir(); owner == nil || traversable(base) {
		return base
	}
	return "/tmp"
}

// traversable reports whether every account can traverse a path. It ignores directories that don't exist yet.
func traversable(directory string) bool {
	for {
		info, err := os.Stat(directory)
		if err == nil && info.Mode()&0o001 == 0 {
			return false
		}
		parent := filepath.Dir(directory)
		if parent == directory {
			return true
		}
		directory = parent
	}
}

// ours rejects a directory of another account: names of our directories can be guessed.
func ours(directory string, owner *account) error {
	info, err := os.Lstat(directory)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() {
		return fmt.Errorf("%s is not a directory", directory)
	}
	if uid := int(stat.Uid); uid != os.Geteuid() && (owner == nil || uid != owner.uid) {
		return fmt.Errorf("%s is owned by another account (uid %d): remove it or choose another directory", directory, uid)
	}
	return nil
}
