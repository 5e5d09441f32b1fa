// Package adapter is the loop of the adapter protocol (harness/PROTOCOL.md)
// for adapters written in Go: [Serve] it an identity and a function that reads
// a file.
//
// Panics are not recovered: a panic of the library is a crash of the library.
package adapter

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"runtime"
	"runtime/debug"
)

const protocol = 1

// messageLimit cuts error texts, which quote the file; no reader of a report
// wants more bytes.
const messageLimit = 4096

// channel is the real standard output. It is taken while packages are
// initialised, and the path of this module sorts before those of libraries, so
// that Go initialises it first.
var channel = takeStandardOutput()

// Implementation is what is driven: the object of that name in the reply to hello.
type Implementation struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Language string `json:"language"`
	Lineage  string `json:"lineage"`
	Runtime  string `json:"runtime"`
	Homepage string `json:"homepage"`
}

// Capabilities is what it can do: the object of that name in the reply to hello.
type Capabilities struct {
	Operations []string `json:"operations"`
	// Dtypes it delivers, as files spell them; nil: all.
	Dtypes   []string `json:"dtypes,omitempty"`
	Metadata bool     `json:"metadata"`
}

// Tensor is one tensor, as the library delivered it.
type Tensor struct {
	Name string
	// Dtype in the format's words.
	Dtype string
	// Shape, outermost dimension first.
	Shape []uint64
	// Signed is the shape in place of Shape, where the library's dimensions have a sign.
	Signed []int64
	// Data, little-endian and row-major.
	Data []byte
}

// View is a file as the library sees it. Metadata is nil if there is none.
type View struct {
	Metadata map[string]string
	Tensors  []Tensor
}

// Module describes the Go module at path, as linked into this program.
func Module(path, lineage string) Implementation {
	implementation := Implementation{
		Name:     path,
		Version:  "unknown",
		Language: "Go",
		Lineage:  lineage,
		Homepage: "https://" + path,
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == path {
				implementation.Version = module.Version
			}
		}
	}
	return implementation
}

type request struct {
	Op          string `json:"op"`
	ID          string `json:"id"`
	InlineLimit int    `json:"inline_limit"`
	Path        string `json:"path"`
	Scratch     string `json:"scratch"`
}

type reply struct {
	Result         string            `json:"result"`
	ID             string            `json:"id"`
	Protocol       int               `json:"protocol,omitempty"`
	Implementation *Implementation   `json:"implementation,omitempty"`
	Capabilities   *Capabilities     `json:"capabilities,omitempty"`
	Metadata       map[string]string `json:"metadata,omitzero"`
	Tensors        []replyTensor     `json:"tensors,omitzero"`
	What           string            `json:"what,omitempty"`
	Error          *errorText        `json:"error,omitempty"`
}

type replyTensor struct {
	Name    string  `json:"name"`
	Dtype   string  `json:"dtype"`
	Shape   any     `json:"shape"`
	Data    *string `json:"data,omitempty"`
	Scratch []int   `json:"scratch,omitempty"`
}

type errorText struct {
	Class   string `json:"class"`
	Message string `json:"message"`
}

// Serve answers requests until bye or the end of standard input. read gets the
// bytes of the whole file; its error is the library's refusal. Anything broken
// that is not the library's ends the program.
func Serve(implementation Implementation, capabilities Capabilities, read func([]byte) (View, error)) {
	ServeFiles(implementation, capabilities, func(path string) (View, error) {
		contents, err := os.ReadFile(path)
		must(err)
		return read(contents)
	})
}

// ServeFiles is Serve for a library that opens files itself. Whether read can
// open path is tried before.
func ServeFiles(implementation Implementation, capabilities Capabilities, read func(path string) (View, error)) {
	implementation.Runtime = runtime.Version()
	capabilities.Operations = []string{"read"}
	requests := bufio.NewReader(os.Stdin)
	replies := json.NewEncoder(channel) // one write a reply
	replies.SetEscapeHTML(false)
	inlineLimit := 0
	for {
		line, err := requests.ReadBytes('\n')
		if err == io.EOF {
			return
		}
		must(err)
		var asked request
		must(json.Unmarshal(line, &asked))
		answer := reply{ID: asked.ID}
		switch asked.Op {
		case "hello":
			inlineLimit = asked.InlineLimit
			answer.Result, answer.Protocol = "hello", protocol
			answer.Implementation, answer.Capabilities = &implementation, &capabilities
		case "read":
			answer.read(asked, inlineLimit, read)
		case "bye":
			return
		default:
			answer.Result, answer.What = "unsupported", "operation"
		}
		must(replies.Encode(&answer))
	}
}

func (answer *reply) read(asked request, inlineLimit int, read func(string) (View, error)) {
	file, err := os.Open(asked.Path)
	must(err)
	must(file.Close())
	view, err := read(asked.Path)
	if err != nil {
		answer.Result, answer.Error = "reject", textOf(err)
		return
	}
	answer.Result, answer.Metadata = "accept", view.Metadata
	answer.Tensors = make([]replyTensor, 0, len(view.Tensors))
	large := scratch{path: asked.Scratch}
	for _, tensor := range view.Tensors {
		answered := replyTensor{Name: tensor.Name, Dtype: tensor.Dtype, Shape: tensor.dimensions()}
		if len(tensor.Data) > inlineLimit {
			answered.Scratch = large.append(tensor.Data)
		} else {
			data := hex.EncodeToString(tensor.Data)
			answered.Data = &data
		}
		answer.Tensors = append(answer.Tensors, answered)
	}
	large.close()
}

// dimensions is never nil, which would be null and not the shape of a scalar.
func (tensor Tensor) dimensions() any {
	switch {
	case tensor.Signed != nil:
		return tensor.Signed
	case tensor.Shape != nil:
		return tensor.Shape
	}
	return []uint64{}
}

// scratch is the file for large contents, created when the first of them comes.
type scratch struct {
	path   string
	file   *os.File
	length int
}

func (s *scratch) append(data []byte) []int {
	if s.file == nil {
		file, err := os.Create(s.path)
		must(err)
		s.file = file
	}
	_, err := s.file.Write(data)
	must(err)
	s.length += len(data)
	return []int{s.length - len(data), len(data)}
}

func (s *scratch) close() {
	if s.file != nil {
		must(s.file.Close())
	}
}

// textOf names the type of the innermost error, since libraries wrap most of
// them in one type that says nothing.
func textOf(err error) *errorText {
	inner := err
	for next := errors.Unwrap(inner); next != nil; next = errors.Unwrap(inner) {
		inner = next
	}
	message := err.Error()
	return &errorText{Class: fmt.Sprintf("%T", inner), Message: message[:min(len(message), messageLimit)]}
}

func must(err error) {
	if err != nil {
		log.Fatalln("adapter:", err)
	}
}
