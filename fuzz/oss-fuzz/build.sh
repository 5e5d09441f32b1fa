#!/bin/bash -eu
# Builds the fuzz targets the way the fuzzing service asks for: programs in $OUT,
# and of each its options, dictionary and seeds beside it.
cd "$SRC/assay"
cargo fuzz build -O --debug-assertions

cd fuzz
triple=$(rustc -vV | sed -n 's/^host: //p')
for target in $(./run --list); do
    cp "target/$triple/release/$target" "$OUT/"
    {
        echo "[libfuzzer]"
        for option in $(./run --options "$target"); do
            case $option in
            # The service finds the dictionary by its name.
            -dict=*) cp "${option#-dict=}" "$OUT/$target.dict" ;;
            -*) echo "${option#-}" | sed 's/=/ = /' ;;
            esac
        done
    } >"$OUT/$target.options"
    # Names repeat in the folders below, so files are kept with their paths.
    for seeds in $(./run --seeds "$target"); do
        (cd "$seeds" && zip -q -r "$OUT/${target}_seed_corpus.zip" .)
    done
done
