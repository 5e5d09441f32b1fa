module assay.local/ollama-go

go 1.26.0

require (
	assay.local/adapter v0.0.0
	github.com/ollama/ollama v0.32.15
)

replace assay.local/adapter => ../lib/go
