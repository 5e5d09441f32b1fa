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
	library := adapter.Library{Read: read, Inspect: inspect, Write: write}
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
