// Command __NAME__ drives __NAME__. Add the library at an exact version, here in this folder:
//
//	go get example.org/somelibrary@v1.2.3
package main

import "assay.local/adapter"

func main() {
	// adapter.Module reads the version of a Go module off this program:
	// adapter.Module("example.org/somelibrary", "somelibrary"), path and lineage.
	implementation := adapter.Implementation{
		Name: "__NAME__", Version: "0", Language: "Go", Lineage: "__NAME__",
		Homepage: "https://example.org",
	}
	// What is not declared is held against the library: Dtypes, in the format's words, if it does
	// not deliver all of them.
	adapter.Serve(implementation, adapter.Capabilities{Metadata: true}, read)
}

// read returns the file's tensors and metadata, as the library delivers them.
func read(contents []byte) (adapter.View, error) {
	// >>> HERE: call the library, and return what it delivered. An error is its refusal.
	//
	//	file, err := somelibrary.Parse(contents)
	//	if err != nil {
	//		return adapter.View{}, err
	//	}
	//	view := adapter.View{Metadata: file.Metadata}
	//	for _, t := range file.Tensors {
	//		view.Tensors = append(view.Tensors, adapter.Tensor{t.Name, t.DType, t.Shape, t.Data})
	//	}
	//	return view, nil
	//
	// Until then every answer is wrong: one tensor that no file has.
	const name = "__not written__"
	data := contents[:min(len(contents), 1)]
	return adapter.View{Tensors: []adapter.Tensor{{Name: name, Dtype: name, Data: data}}}, nil
	// <<<
}
