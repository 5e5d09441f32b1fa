package adapter

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
)

// InputTensor is one tensor that the library is to write.
type InputTensor struct {
	Name string `json:"name"`
	// Dtype in the format's words.
	Dtype string `json:"dtype"`
	// Shape, outermost dimension first.
	Shape []uint64 `json:"shape"`
	// Strides says how many elements lie between neighbours, 0 where one element stands for
	// all; nil: row-major.
	Strides []uint64 `json:"strides"`
	// Data, little-endian; row-major, unless there are strides.
	Data []byte `json:"-"`
	// Range of the data in the contents: offset and length.
	Range [2]uint64 `json:"data"`
}

// Unsupported says that the library cannot do this, which is no word about the file: What is
// "dtype", "limit", "layout", "metadata" or "names".
type Unsupported struct {
	What, Message string
}

func (u Unsupported) Error() string {
	return u.What + ": " + u.Message
}

// NotFound is the refusal of a library that says of a tensor only that it is not there.
type NotFound struct {
	Name string
}

func (n NotFound) Error() string {
	return fmt.Sprintf("the library finds no tensor %q", n.Name)
}

// Write is how the library writes a file: a path, tensors in their order, metadata or nil.
type Write func(path string, tensors []InputTensor, metadata map[string]string) error

// readTask reads what is to be written. A task that cannot be read is the harness's fault.
func readTask(asked request) ([]InputTensor, map[string]string) {
	var task struct {
		Tensors  []InputTensor     `json:"tensors"`
		Metadata map[string]string `json:"metadata"`
	}
	text, err := os.ReadFile(asked.Task)
	must(err)
	must(json.Unmarshal(text, &task))
	contents, err := os.ReadFile(asked.Contents)
	must(err)
	for at := range task.Tensors {
		tensor := &task.Tensors[at]
		start, length := tensor.Range[0], tensor.Range[1]
		if start > uint64(len(contents)) || length > uint64(len(contents))-start {
			log.Fatalf("adapter: the contents end before byte %d", start+length)
		}
		tensor.Data = contents[start:][:length:length]
	}
	return task.Tensors, task.Metadata
}

// Map is the map of tensors that a library takes, each made by convert; a map cannot hold a
// name twice, and these libraries take bytes that are contiguous.
func Map[T any](tensors []InputTensor, convert func(InputTensor) (T, error)) (map[string]T, error) {
	all := make(map[string]T, len(tensors))
	for _, tensor := range tensors {
		if _, there := all[tensor.Name]; there {
			return nil, Unsupported{"names", "tensors are handed over in a map"}
		}
		if tensor.Strides != nil {
			return nil, Unsupported{"layout", "takes bytes, not arrays"}
		}
		made, err := convert(tensor)
		if err != nil {
			return nil, err
		}
		all[tensor.Name] = made
	}
	return all, nil
}
