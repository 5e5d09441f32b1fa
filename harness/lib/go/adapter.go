// Package adapter is the loop of the adapter protocol (harness/PROTOCOL.md)
// for adapters written in Go: [Serve] it an identity and a function that reads
// a file, or [ServeLibrary] it with everything that a library can do.
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
// wants more characters.
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
	// WritesStreams: it writes to streams or memory only, so that files are its user's own.
	WritesStreams bool `json:"writes_streams,omitempty"`
	// DeterministicWrites: it claims that equal tensors give equal bytes.
	DeterministicWrites bool `json:"deterministic_writes,omitempty"`
	// BenchModes are the ways in which it can be timed; nil: one.
	BenchModes []string `json:"bench_modes,omitempty"`
}

// Library is what a library can do; what is there is declared.
type Library struct {
	// Read goes from the bytes of a whole file to what the library sees in it.
	Read func([]byte) (View, error)
	// ReadFile is Read for a library that opens files itself.
	ReadFile func(path string) (View, error)
	// Inspect reads the header of the file at a path: its tensors have no data.
	Inspect func(path string) (View, error)
	// Get reads one tensor of a file's bytes by its name.
	Get func(contents []byte, name string) (Tensor, error)
	// Write writes a file.
	Write Write
	// Bench loads against the clock.
	Bench Bench
}

func (library Library) operations() []string {
	var operations []string
	for _, operation := range []struct {
		name string
		has  bool
	}{
		{"read", library.Read != nil || library.ReadFile != nil},
		{"inspect", library.Inspect != nil},
		{"get", library.Get != nil},
		{"write", library.Write != nil},
		{"bench", library.Bench != nil},
	} {
		if operation.has {
			operations = append(operations, operation.name)
		}
	}
	return operations
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
	Tensor      string `json:"tensor"`
	Task        string `json:"task"`
	Contents    string `json:"contents"`
	What        string `json:"what"`
	Mode        string `json:"mode"`
	Nonce       string `json:"nonce"`
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
	Message        string            `json:"message,omitempty"`
	Error          *errorText        `json:"error,omitempty"`
	Sum            string            `json:"sum,omitempty"`
	Count          *uint64           `json:"count,omitempty"`
	ReturnedNs     int64             `json:"returned_ns,omitempty"`
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
	ServeLibrary(implementation, capabilities, Library{Read: read})
}

// ServeFiles is Serve for a library that opens files itself. Whether read can
// open path is tried before.
func ServeFiles(implementation Implementation, capabilities Capabilities, read func(path string) (View, error)) {
	ServeLibrary(implementation, capabilities, Library{ReadFile: read})
}

// ServeLibrary is Serve for a library with other operations.
func ServeLibrary(implementation Implementation, capabilities Capabilities, library Library) {
	implementation.Runtime = runtime.Version()
	capabilities.Operations = library.operations()
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
		case "bye":
			return
		default:
			answer.operation(asked, inlineLimit, library)
		}
		must(replies.Encode(&answer))
	}
}

func (answer *reply) operation(asked request, inlineLimit int, library Library) {
	switch {
	case asked.Op == "read" && library.Read != nil:
		view, err := library.Read(wholeFile(asked.Path))
		answer.view(asked, inlineLimit, view, err)
	case asked.Op == "read" && library.ReadFile != nil:
		mustOpen(asked.Path)
		view, err := library.ReadFile(asked.Path)
		answer.view(asked, inlineLimit, view, err)
	case asked.Op == "inspect" && library.Inspect != nil:
		mustOpen(asked.Path)
		view, err := library.Inspect(asked.Path)
		answer.view(asked, inlineLimit, view, err)
	case asked.Op == "get" && library.Get != nil:
		tensor, err := library.Get(wholeFile(asked.Path), asked.Tensor)
		answer.view(asked, inlineLimit, View{Tensors: []Tensor{tensor}}, err)
	case asked.Op == "write" && library.Write != nil:
		tensors, metadata := readTask(asked)
		if err := library.Write(asked.Path, tensors, metadata); err != nil {
			answer.failed(err)
		} else {
			answer.Result = "written"
		}
	case asked.Op == "bench" && library.Bench != nil:
		mustOpen(asked.Path)
		answer.bench(asked, library.Bench)
	default:
		answer.Result, answer.What = "unsupported", "operation"
	}
}

// mustOpen tries a file before a library that opens it itself may fail at that.
func mustOpen(path string) {
	file, err := os.Open(path)
	must(err)
	must(file.Close())
}

func wholeFile(path string) []byte {
	contents, err := os.ReadFile(path)
	must(err)
	return contents
}

func (answer *reply) failed(err error) {
	var unsupported Unsupported
	if errors.As(err, &unsupported) {
		answer.Result, answer.What, answer.Message = "unsupported", unsupported.What, cut(unsupported.Message)
		return
	}
	answer.Result, answer.Error = "reject", textOf(err)
}

func (answer *reply) view(asked request, inlineLimit int, view View, err error) {
	if err != nil {
		answer.failed(err)
		return
	}
	answer.Result, answer.Metadata = "accept", view.Metadata
	answer.Tensors = make([]replyTensor, 0, len(view.Tensors))
	large := scratch{path: asked.Scratch}
	for _, tensor := range view.Tensors {
		answered := replyTensor{Name: tensor.Name, Dtype: tensor.Dtype, Shape: tensor.dimensions()}
		if asked.Op == "inspect" {
			// There are no contents.
		} else if len(tensor.Data) > inlineLimit {
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
		file, err := os.OpenFile(s.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
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
	return &errorText{Class: fmt.Sprintf("%T", inner), Message: cut(err.Error())}
}

// cut leaves as many characters as reports show.
func cut(message string) string {
	characters := 0
	for at := range message {
		if characters == messageLimit {
			return message[:at]
		}
		characters++
	}
	return message
}

func must(err error) {
	if err != nil {
		log.Fatalln("adapter:", err)
	}
}
