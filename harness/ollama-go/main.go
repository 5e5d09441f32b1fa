// Command ollama-go drives Ollama's package x/safetensors: OpenForExtraction
// and every tensor's reader. It hands on dtypes as files spell them and
// reports no metadata.
package main

import (
	"io"

	"assay.local/adapter"
	"github.com/ollama/ollama/x/safetensors"
)

func main() {
	implementation := adapter.Module("github.com/ollama/ollama", "ollama")
	adapter.ServeFiles(implementation, adapter.Capabilities{}, read)
}

func read(path string) (adapter.View, error) {
	file, err := safetensors.OpenForExtraction(path)
	if err != nil {
		return adapter.View{}, err
	}
	defer file.Close()
	tensors, err := file.ExtractAll()
	if err != nil {
		return adapter.View{}, err
	}
	view := adapter.View{}
	for _, tensor := range tensors {
		data, err := io.ReadAll(tensor.Reader())
		if err != nil {
			return adapter.View{}, err
		}
		answered := adapter.Tensor{Name: tensor.Name, Dtype: tensor.Dtype, Data: data}
		for _, dimension := range tensor.Shape {
			answered.Signed = append(answered.Signed, int64(dimension))
		}
		view.Tensors = append(view.Tensors, answered)
	}
	return view, nil
}
