// Command maruel-go drives github.com/maruel/safetensors through Parse.
package main

import (
	"maps"
	"slices"

	"assay.local/adapter"
	"github.com/maruel/safetensors"
)

func main() {
	capabilities := adapter.Capabilities{Metadata: true}
	for _, dtype := range slices.Sorted(maps.Keys(safetensors.DTypeToWordSize)) {
		capabilities.Dtypes = append(capabilities.Dtypes, string(dtype))
	}
	adapter.Serve(adapter.Module("github.com/maruel/safetensors", "maruel"), capabilities, read)
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
