//go:build !linux

package adapter

import "os"

// takeStandardOutput returns the real standard output and points os.Stdout at
// standard error.
func takeStandardOutput() *os.File {
	channel := os.Stdout
	os.Stdout = os.Stderr
	return channel
}
