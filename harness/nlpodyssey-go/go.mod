module assay.local/nlpodyssey-go

go 1.24

require (
	assay.local/adapter v0.0.0
	github.com/nlpodyssey/safetensors v0.0.0-20250209183917-bfb01cc25f7c
)

replace assay.local/adapter => ../lib/go
