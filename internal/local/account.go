package local

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// account is one that PostgreSQL may run as: it refuses to run as root.
type account struct{ uid, gid int }

// serverAccount is `nobody` when we are root, which needs no account to be made, and nil, ourselves, otherwise.
func serverAccount() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // nil is an answer here
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root, and there is no account to run it as: %w", err)
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
