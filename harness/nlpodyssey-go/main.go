// Command nlpodyssey-go drives github.com/nlpodyssey/safetensors through
// Deserialize; the metadata come from ReadMetadata, since the former keeps them
// to itself. Serialize writes into memory: the file is made here.
package main

import (
	"os"

	"assay.local/adapter"
	"github.com/nlpodyssey/safetensors"
)

var dtypes = []safetensors.DType{
	safetensors.BOOL, safetensors.U8, safetensors.I8, safetensors.I16, safetensors.U16,
	safetensors.F16, safetensors.BF16, safetensors.I32, safetensors.U32, safetensors.F32,
	safetensors.F64, safetensors.I64, safetensors.U64,
}

func main() {
	capabilities := adapter.Capabilities{Metadata: true, WritesStreams: true}
	for _, dtype := range dtypes {
		capabilities.Dtypes = append(capabilities.Dtypes, dtype.String())
	}
	module := adapter.Module("github.com/nlpodyssey/safetensors", "nlpodyssey")
	library := adapter.Library{Read: read, Get: get, Write: write, Bench: bench}
	adapter.ServeLibrary(module, capabilities, library)
}

func get(contents []byte, name string) (adapter.Tensor, error) {
	file, err := safetensors.Deserialize(contents)
	if err != nil {
		return adapter.Tensor{}, err
	}
	seen, there := file.Tensor(name)
	if !there {
		return adapter.Tensor{}, adapter.NotFound{Name: name}
	}
	return adapter.Tensor{
		Name: name, Dtype: seen.DType().String(), Shape: seen.Shape(), Data: seen.Data(),
	}, nil
}

func write(path string, tensors []adapter.InputTensor, metadata map[string]string) error {
	views, err := adapter.Map(tensors, viewOf)
	if err != nil {
		return err
	}
	bytes, err := safetensors.Serialize(views, metadata)
	if err != nil {
		return err
	}
	return os.WriteFile(path, bytes, 0o666)
}

func viewOf(tensor adapter.InputTensor) (safetensors.TensorView, error) {
	dtype, err := safetensors.ParseDType(tensor.Dtype)
	if err != nil {
		return safetensors.TensorView{}, adapter.Unsupported{What: "dtype", Message: err.Error()}
	}
	return safetensors.NewTensorView(dtype, tensor.Shape, tensor.Data)
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

// bench reads the file and deserializes that: the library takes bytes.
func bench(path, what, name, _ string, loaded *adapter.Loaded) error {
	contents, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	file, err := safetensors.Deserialize(contents)
	if err != nil {
		return err
	}
	switch what {
	case "header":
		names := file.Names()
		loaded.Returned()
		for _, name := range names {
			loaded.Add([]byte(name))
		}
	case "tensor":
		seen, there := file.Tensor(name)
		if !there {
			return adapter.NotFound{Name: name}
		}
		loaded.Returned()
		loaded.Add(seen.Data())
	default:
		tensors := file.Tensors()
		loaded.Returned()
		for _, tensor := range tensors {
			loaded.Add(tensor.TensorView.Data())
		}
	}
	return nil
}
