package local

import "syscall"

// attributes puts a child in its own process group, and ends it with its parent.
func attributes(death syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: death}
}
