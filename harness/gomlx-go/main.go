// Command gomlx-go drives GoMLX's go-huggingface: NewTensorReader on a file of
// a repository, and ReadTensor for each of its tensors.
//
// The library reads files of repositories that it has downloaded. Here the
// repository is a folder in which the file is linked, and its description, which
// the library asks the Hub for, comes from memory: nothing goes over a network.
package main

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"assay.local/adapter"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/go-huggingface/hub"
	"github.com/gomlx/go-huggingface/models/safetensors"
)

const (
	repository = "assay/files"
	commit     = "0000000000000000000000000000000000000000"
	fileName   = "file.safetensors"
)

// words are the format's, for what the library might know under the same name.
var words = strings.Fields(`BOOL U8 I8 I16 U16 F16 BF16 I32 U32 F32 F64 I64 U64 C64
	F4 F6_E2M3 F6_E3M2 F8_E4M3 F8_E5M2 F8_E8M0 F8_E4M3FNUZ F8_E5M2FNUZ`)

// wordOf has the dtypes of the library that a file can name.
var wordOf = map[dtypes.DType]string{}

func main() {
	capabilities := adapter.Capabilities{Metadata: true}
	for _, word := range words {
		if dtype, known := dtypes.MapOfNames[strings.ToLower(word)]; known {
			wordOf[dtype] = word
			capabilities.Dtypes = append(capabilities.Dtypes, word)
		}
	}
	folder, err := os.MkdirTemp("", "gomlx-")
	must(err)
	defer os.RemoveAll(folder)
	http.DefaultTransport = description{}
	repo := hub.New(repository).WithCacheDir(folder).WithProgressBar(false)
	cache, err := repo.CacheDir()
	must(err)
	link := filepath.Join(cache, "snapshots", commit, fileName)
	must(os.MkdirAll(filepath.Dir(link), 0o700))
	model := safetensors.NewEmpty(repo)
	implementation := adapter.Module("github.com/gomlx/go-huggingface", "gomlx")
	adapter.ServeFiles(implementation, capabilities, func(path string) (adapter.View, error) {
		must(os.Symlink(path, link))
		view, err := read(model)
		must(os.Remove(link))
		return view, err
	})
}

func read(model *safetensors.Model) (adapter.View, error) {
	file, err := model.NewTensorReader(fileName)
	if err != nil {
		return adapter.View{}, err
	}
	defer file.Close()
	view := adapter.View{Metadata: map[string]string{}}
	for key, value := range file.Header.Metadata {
		view.Metadata[key] = textOf(value)
	}
	for name := range file.Header.Tensors {
		tensor, err := file.ReadTensor(nil, name)
		if err != nil {
			return adapter.View{}, err
		}
		word, known := wordOf[tensor.DType()]
		if !known {
			word = tensor.DType().String()
		}
		delivered := adapter.Tensor{Name: name, Dtype: word}
		for _, dimension := range tensor.Shape().Dimensions {
			delivered.Signed = append(delivered.Signed, int64(dimension))
		}
		err = tensor.ConstBytes(func(data []byte) {
			delivered.Data = append(delivered.Data, data...)
		})
		if err != nil {
			return adapter.View{}, err
		}
		view.Tensors = append(view.Tensors, delivered)
		must(tensor.FinalizeAll())
	}
	return view, nil
}

// textOf leaves strings as they are; of other values it gives the JSON text.
func textOf(value any) string {
	if text, is := value.(string); is {
		return text
	}
	text, err := json.Marshal(value)
	must(err)
	return string(text)
}

// description answers every request with that of a repository with the one file.
type description struct{}

func (description) RoundTrip(asked *http.Request) (*http.Response, error) {
	body := `{"id":"` + repository + `","sha":"` + commit + `","siblings":[{"rfilename":"` + fileName + `"}]}`
	return &http.Response{
		StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)),
		ContentLength: int64(len(body)), Request: asked,
	}, nil
}

// must ends the adapter over what is not the library's.
func must(err error) {
	if err != nil {
		log.Fatalln("gomlx-go:", err)
	}
}
