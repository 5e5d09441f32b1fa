package adapter

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"strconv"
	"time"
)

// Bench loads against the clock. what is load, header or tensor; with tensor, name says which;
// mode is one of [Capabilities.BenchModes], or empty. It tells loaded when the library returned,
// then hands over what it has, from the library's own memory.
type Bench func(path, what, name, mode string, loaded *Loaded) error

// blockLen is the length of a block, see "bench" in the protocol.
const blockLen = 1 << 20

// Loaded takes what was loaded, and every byte of it into account.
type Loaded struct {
	nonce, sum, count uint64
	start             time.Time
	returned          time.Duration
}

// Returned is called when the library's call returned.
func (loaded *Loaded) Returned() {
	if loaded.returned == 0 {
		loaded.returned = max(time.Since(loaded.start), 1)
	}
}

// Add takes a tensor's contents, or with header its name.
func (loaded *Loaded) Add(contents []byte) {
	loaded.Returned()
	loaded.count++
	for at := uint64(0); len(contents) > 0; at++ {
		block := contents[:min(len(contents), blockLen)]
		contents = contents[len(block):]
		loaded.sum += blockKey(loaded.nonce, at) * plainSum(block)
	}
}

func (answer *reply) bench(asked request, bench Bench) {
	nonce, err := strconv.ParseUint(asked.Nonce, 16, 64)
	must(err)
	loaded := Loaded{nonce: nonce, start: time.Now()}
	if err := bench(asked.Path, asked.What, asked.Tensor, asked.Mode, &loaded); err != nil {
		answer.failed(err)
		return
	}
	loaded.Returned()
	answer.Result, answer.Sum = "bench", fmt.Sprintf("%016x", loaded.sum)
	answer.Count, answer.ReturnedNs = &loaded.count, loaded.returned.Nanoseconds()
}

func blockKey(nonce, at uint64) uint64 {
	z := nonce + (at+1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31 | 1
}

// plainSum adds in four lanes: one would wait for itself.
func plainSum(block []byte) uint64 {
	var a, b, c, d uint64
	for len(block) >= 32 {
		a += binary.LittleEndian.Uint64(block)
		b += binary.LittleEndian.Uint64(block[8:])
		c += binary.LittleEndian.Uint64(block[16:])
		d += binary.LittleEndian.Uint64(block[24:])
		block = block[32:]
	}
	sum := a + b + c + d
	for len(block) >= 8 {
		sum += binary.LittleEndian.Uint64(block)
		block = block[8:]
	}
	for at, value := range block {
		sum += bits.RotateLeft64(uint64(value), 8*at)
	}
	return sum
}
