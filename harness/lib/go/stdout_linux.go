package adapter

import (
	"os"
	"syscall"
)

// takeStandardOutput returns the real standard output and points file
// descriptor 1 at standard error. Dup3 is there on every Linux; Dup2 is not.
func takeStandardOutput() *os.File {
	descriptor, err := syscall.Dup(1)
	must(err)
	syscall.CloseOnExec(descriptor)
	must(syscall.Dup3(2, 1, 0))
	return os.NewFile(uintptr(descriptor), "channel")
}
