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
	require.False(t, traversable(root), "only its owner may pass")
	require.NoError(t, os.Chmod(root, 0o711))
	require.True(t, traversable(root))
	require.True(t, traversable(filepath.Join(root, "to", "be", "made")))
	require.NoError(t, os.Mkdir(filepath.Join(root, "closed"), 0o700))
	require.False(t, traversable(filepath.Join(root, "closed", "to", "be", "made")))
}

// A directory that the server's account cannot reach is replaced by one that it can, the same one each time.
func TestReachable(t *testing.T) {
	t.Parallel()
	closed := filepath.Join(t.TempDir(), "cluster")
	own, err := reachable(closed, nil)
	require.NoError(t, err)
	require.Equal(t, closed, own)

	other := &account{uid: os.Geteuid(), gid: os.Getegid()}
	first, err := reachable(closed, other)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(first)) })
	require.NotEqual(t, closed, first)
	require.Equal(t, os.TempDir(), filepath.Dir(first))
	second, err := reachable(closed, other)
	require.NoError(t, err)
	require.Equal(t, first, second)
}

// A temporary directory of root's alone is no place for a server that does not run as root.
func TestTemporaryBase(t *testing.T) {
	closed := t.TempDir()
	t.Setenv("TMPDIR", closed)
	require.Equal(t, closed, temporaryBase(nil))
	require.Equal(t, "/tmp", temporaryBase(&account{}))
}

// A directory with our name that somebody else made, or that is none, is never used.
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
	require.ErrorContains(t, ours(directory, nil), "belongs to another account")
}

// The sweep removes what dead processes left, and nothing that is young or in use.
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
