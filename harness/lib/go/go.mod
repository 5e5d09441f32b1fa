module assay.local/adapter

go 1.24
