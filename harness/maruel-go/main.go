// Command maruel-go drives github.com/maruel/safetensors through Parse; headers through a
// mapped file, writing through Serialize, which takes a stream: the file is made here.
package main

import (
	"maps"
	"os"
	"slices"

	"assay.local/adapter"
	"github.com/maruel/safetensors"
)

func main() {
	capabilities := adapter.Capabilities{Metadata: true, WritesStreams: true}
	for _, dtype := range slices.Sorted(maps.Keys(safetensors.DTypeToWordSize)) {
		capabilities.Dtypes = append(capabilities.Dtypes, string(dtype))
	}
	module := adapter.Module("github.com/maruel/safetensors", "maruel")
	capabilities.BenchModes = []string{"mmap", "read"}
	library := adapter.Library{Read: read, Inspect: inspect, Write: write, Bench: bench}
	adapter.ServeLibrary(module, capabilities, library)
}

func inspect(path string) (adapter.View, error) {
	var mapped safetensors.Mapped
	if err := mapped.Open(path); err != nil {
		return adapter.View{}, err
	}
	defer mapped.Close()
	view := adapter.View{Metadata: mapped.Metadata}
	for _, tensor := range mapped.Tensors {
		view.Tensors = append(view.Tensors, adapter.Tensor{
			Name: tensor.Name, Dtype: string(tensor.DType), Shape: tensor.Shape,
		})
	}
	return view, nil
}

func write(path string, tensors []adapter.InputTensor, metadata map[string]string) error {
	file := safetensors.File{Metadata: metadata}
	for _, tensor := range tensors {
		if tensor.Strides != nil {
			return adapter.Unsupported{What: "layout", Message: "takes bytes, not arrays"}
		}
		if _, known := safetensors.DTypeToWordSize[safetensors.DType(tensor.Dtype)]; !known {
			return adapter.Unsupported{What: "dtype", Message: tensor.Dtype}
		}
		file.Tensors = append(file.Tensors, safetensors.Tensor{
			Name: tensor.Name, DType: safetensors.DType(tensor.Dtype), Shape: tensor.Shape, Data: tensor.Data,
		})
	}
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := file.Serialize(out); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

func read(contents []byte) (adapter.View, error) {
	file, err := safetensors.Parse(contents)
	if err != nil {
		return adapter.View{}, err
	}
	view := adapter.View{Metadata: file.Metadata}
	for _, tensor := range file.Tensors {
		view.Tensors = append(view.Tensors, adapter.Tensor{
			Name: tensor.Name, Dtype: string(tensor.DType), Shape: tensor.Shape, Data: tensor.Data,
		})
	}
	return view, nil
}

// bench opens the file mapped, as the library offers it, or reads it and parses that.
func bench(path, what, name, mode string, loaded *adapter.Loaded) error {
	if mode == "read" {
		contents, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := safetensors.Parse(contents)
		if err != nil {
			return err
		}
		handOver(file.Tensors, what, name, loaded)
		return nil
	}
	var mapped safetensors.Mapped
	if err := mapped.Open(path); err != nil {
		return err
	}
	handOver(mapped.Tensors, what, name, loaded)
	return mapped.Close()
}

func handOver(tensors []safetensors.Tensor, what, name string, loaded *adapter.Loaded) {
	loaded.Returned()
	for _, tensor := range tensors {
		switch {
		case what == "header":
			loaded.Add([]byte(tensor.Name))
		case what == "load" || tensor.Name == name:
			loaded.Add(tensor.Data)
		}
	}
}
