package local

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// account is a user account that runs PostgreSQL, which refuses to run as root.
type account struct{ uid, gid int }

// serverAccount returns `nobody`, which exists everywhere, if we are root. Otherwise it returns nil, which means our own account.
func serverAccount() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // see above
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root, and there is no other account for it: %w", err)
	}
	uid, err := strconv.Atoi(nobody.Uid)
	if err != nil {
		return nil, fmt.Errorf("account nobody: %w", err)
	}
	gid, err := strconv.Atoi(nobody.Gid)
	if err != nil {
		return nil, fmt.Errorf("account nobody: %w", err)
	}
	return &account{uid: uid, gid: gid}, nil
}

func (a *account) credential() *syscall.Credential {
	return &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)} //nolint:gosec // ids from the account database
}
