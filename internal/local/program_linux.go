package local

import "syscall"

// attributes puts a child into a process group of its own and ends it with its parent.
func attributes(death syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: death}
}
