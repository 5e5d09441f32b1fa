// Command nlpodyssey-go drives github.com/nlpodyssey/safetensors through
// Deserialize; the metadata come from ReadMetadata, since the former keeps them
// to itself.
package main

import (
	"assay.local/adapter"
	"github.com/nlpodyssey/safetensors"
)

var dtypes = []safetensors.DType{
	safetensors.BOOL, safetensors.U8, safetensors.I8, safetensors.I16, safetensors.U16,
	safetensors.F16, safetensors.BF16, safetensors.I32, safetensors.U32, safetensors.F32,
	safetensors.F64, safetensors.I64, safetensors.U64,
}

func main() {
	capabilities := adapter.Capabilities{Metadata: true}
	for _, dtype := range dtypes {
		capabilities.Dtypes = append(capabilities.Dtypes, dtype.String())
	}
	adapter.Serve(adapter.Module("github.com/nlpodyssey/safetensors", "nlpodyssey"), capabilities, read)
}

func read(contents []byte) (adapter.View, error) {
	file, err := safetensors.Deserialize(contents)
	if err != nil {
		return adapter.View{}, err
	}
	_, header, err := safetensors.ReadMetadata(contents)
	if err != nil {
		return adapter.View{}, err
	}
	view := adapter.View{Metadata: header.Metadata()}
	for _, tensor := range file.Tensors() {
		seen := tensor.TensorView
		view.Tensors = append(view.Tensors, adapter.Tensor{
			Name: tensor.Name, Dtype: seen.DType().String(), Shape: seen.Shape(), Data: seen.Data(),
		})
	}
	return view, nil
}
