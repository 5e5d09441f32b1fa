#!/usr/bin/env bash
# Holds what `assay check` and `assay report export` write for other programs against what
# those programs publish: the JUnit schema of the Jenkins xUnit plugin, as pytest's source
# carries it, and Microsoft's validator of SARIF files, as its npm package brings it.
#   crates/assay-cli/tests/published_schemas.sh ASSAY [RECORD]
# Needs xmllint (Debian: libxml2-utils), pip and npm, and their registries.
set -euo pipefail
assay=$(realpath "$1")
record=${2:-}
cd "$(dirname "$0")/../../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Findings, files that pass, and one that is not there.
checked=(corpus/files/buffer corpus/files/metadata README.md "$work/is-not-there")
for format in junit sarif; do
    "$assay" check --deep --format "$format" "${checked[@]}" >"$work/check.$format" || [ $? = 2 ]
done
if [ -n "$record" ]; then
    for format in junit sarif; do
        "$assay" report export --format "$format" --no-known "$record" >"$work/run.$format"
    done
fi

(
    cd "$work"
    python3 -m venv pip
    pip/bin/python -m pip install --quiet --disable-pip-version-check --upgrade pip setuptools wheel
    pip/bin/python -m pip download --quiet --no-deps --no-binary :all: pytest==8.3.4
    tar xzf pytest-8.3.4.tar.gz pytest-8.3.4/testing/example_scripts/junit-10.xsd
    npm pack --silent @microsoft/sarif-multitool-linux@5.7.0 >/dev/null
    tar xzf microsoft-sarif-multitool-linux-5.7.0.tgz
    chmod +x package/Sarif.Multitool
)
for file in "$work"/*.junit; do
    xmllint --noout --huge --schema "$work/pytest-8.3.4/testing/example_scripts/junit-10.xsd" "$file"
done
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
for file in "$work"/*.sarif; do
    mv "$file" "$file.json" && file=$file.json
    "$work/package/Sarif.Multitool" validate "$file" --output "$work/faults.sarif" --log ForceOverwrite
    # A note or a warning is advice about style; an error breaks the format.
    ! grep -q '"level": *"error"' "$work/faults.sarif"
done
echo "JUnit and SARIF are as published"
