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
	// sweepAge keeps the sweep away from a directory that another process has just made and not locked yet.
	sweepAge = 10 * time.Minute
)

// temporaryDirectory makes a directory that stays locked as long as this process lives, and removes those whose
// processes died before they could. The lock is to be closed after the directory is removed.
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

// lockDirectory takes the lock, which the system gives back when the holder ends, or fails at once.
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

// sweep removes abandoned directories. What it cannot remove belongs to somebody else and is left alone.
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

// reachable makes the directory, or where the account could not get to it, one that stands in for it.
func reachable(wanted string, owner *account) (string, error) {
	directory, err := filepath.Abs(wanted)
	if err != nil {
		return "", err
	}
	if owner != nil && !traversable(filepath.Dir(directory)) {
		sum := sha256.Sum256([]byte(directory))
		directory = filepath.Join(temporaryBase(owner), fmt.Sprintf("ninjaone-accelo-%x", sum[:8]))
	}
	if err := os.MkdirAll(filepath.Dir(directory), 0o755); err != nil { //nolint:gosec // the server's account passes
		return "", err
	}
	if err := os.Mkdir(directory, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return directory, ours(directory, owner)
}

// temporaryBase is the system's temporary directory, or the common one when the account cannot reach that.
func temporaryBase(owner *account) string {
	if base := os.TempDir(); owner == nil || traversable(base) {
		return base
	}
	return "/tmp"
}

// traversable says whether every account may pass through a directory; what does not exist yet will be passable.
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

// ours refuses a directory that another account made where we expect our own: its name can be guessed.
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
		return fmt.Errorf("%s belongs to another account (uid %d): remove it or choose another directory", directory, uid)
	}
	return nil
}
