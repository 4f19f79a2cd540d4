package local

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTraversable(t *testing.T) {
	t.Parallel()
	root, err := os.MkdirTemp("", "local-test-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(root)) })
	require.False(t, traversable(root), "only its owner can traverse it")
	require.NoError(t, os.Chmod(root, 0o711))
	require.True(t, traversable(root))
	require.True(t, traversable(filepath.Join(root, "not", "created", "yet")))
	require.NoError(t, os.Mkdir(filepath.Join(root, "closed"), 0o700))
	require.False(t, traversable(filepath.Join(root, "closed", "not", "created", "yet")))
}

// A directory that the server's account can't reach is replaced by one in the fallback directory, always the same.
func TestReachable(t *testing.T) {
	t.Parallel()
	fallback, err := os.MkdirTemp("", "local-test-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(fallback)) })
	closed := filepath.Join(t.TempDir(), "cluster")
	own, err := reachable(closed, fallback, nil)
	require.NoError(t, err)
	require.Equal(t, closed, own)

	other := &account{uid: os.Geteuid(), gid: os.Getegid()}
	first, err := reachable(closed, filepath.Join(fallback, "state"), other)
	require.NoError(t, err)
	require.Equal(t, filepath.Join(fallback, "state"), filepath.Dir(first))
	info, err := os.Stat(filepath.Dir(first))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o755), info.Mode().Perm(), "the server's account can traverse it")
	second, err := reachable(closed, filepath.Join(fallback, "state"), other)
	require.NoError(t, err)
	require.Equal(t, first, second)
}

// A server that does not run as root can't use a temporary directory that only root can traverse.
func TestTemporaryBase(t *testing.T) {
	closed := t.TempDir()
	t.Setenv("TMPDIR", closed)
	require.Equal(t, closed, temporaryBase(nil))
	require.Equal(t, "/tmp", temporaryBase(&account{}))
}

// A file, a link or the directory of another account is rejected.
func TestOurs(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	require.NoError(t, ours(directory, nil))
	file := filepath.Join(directory, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.ErrorContains(t, ours(file, nil), "not a directory")
	link := filepath.Join(directory, "link")
	require.NoError(t, os.Symlink(directory, link))
	require.ErrorContains(t, ours(link, nil), "not a directory")
	if os.Geteuid() == 0 {
		require.NoError(t, os.Chown(directory, 12345, 12345))
	} else {
		directory = "/"
	}
	require.ErrorContains(t, ours(directory, nil), "is owned by another account")
}

// sweep removes abandoned directories, but none that is new or in use.
func TestSweep(t *testing.T) {
	t.Parallel()
	old := time.Now().Add(-2 * sweepAge)
	held, lock, err := temporaryDirectory(nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(held)) })
	require.NoError(t, os.Chtimes(held, old, old))
	young, err := os.MkdirTemp("", temporaryPrefix)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(young)) })

	sweep(os.TempDir())
	require.DirExists(t, held)
	require.DirExists(t, young)
	require.NoError(t, lock.Close())
	sweep(os.TempDir())
	require.NoDirExists(t, held)
}
