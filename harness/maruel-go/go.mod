module assay.local/maruel-go

go 1.24

require (
	assay.local/adapter v0.0.0
	github.com/maruel/safetensors v1.2.0
)

require (
	github.com/edsrzf/mmap-go v1.2.0 // indirect
	golang.org/x/sys v0.27.0 // indirect
)

replace assay.local/adapter => ../lib/go
