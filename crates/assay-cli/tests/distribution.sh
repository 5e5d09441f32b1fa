#!/usr/bin/env bash
# What `assay` is handed out as, used as its users would: the Python wheel in an environment of its
# own, the pre-commit hook in a repository, and the steps of the GitHub Action, with what they get
# from that service stood in for.
#   crates/assay-cli/tests/distribution.sh ASSAY
# Needs pip and its registry, git and cargo; builds into target/.
set -euo pipefail
assay=$(realpath "$1")
cd "$(dirname "$0")/../../.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
valid=$root/corpus/files/header/unique-names/example-1.safetensors
broken=$root/corpus/files/header/unique-names/example-2.safetensors

fails() { # a command that must find something: exit code 1, and no other
    local code=0
    "$@" || code=$?
    [ "$code" = 1 ] || { echo "exit code $code of: $*"; exit 1; }
}

# The wheel. What is built for release is used again.
python3 -m venv "$work/build"
python3 -m venv "$work/user"
"$work/build/bin/python" -m pip install --quiet --disable-pip-version-check "maturin>=1.9,<2" pre-commit pyyaml
(
    cd crates/assay-cli
    CARGO_TARGET_DIR="$root/target" "$work/build/bin/maturin" build --quiet --release --locked --out "$work/dist"
)
"$work/user/bin/python" -m pip install --quiet --disable-pip-version-check "$work"/dist/*.whl
cd "$work"
[ "$(user/bin/assay --version)" = "$("$assay" --version)" ]
user/bin/assay check "$valid" | grep -q "valid"
fails user/bin/assay check "$broken" >broken.txt
grep -q "unique-names" broken.txt
echo "the wheel works"

# The hook, on one repository with a broken file and on one without.
export PATH="$work/user/bin:$PATH"
export PRE_COMMIT_HOME="$work/pre-commit"
mkdir repository
(
    cd repository
    git init --quiet
    cp "$valid" fine.safetensors
    cp "$broken" broken.safetensors
    git add .
    hook() { "$work/build/bin/pre-commit" try-repo "$root" assay-check --files "$1"; }
    hook fine.safetensors >"$work/hook.txt" 2>&1 || { cat "$work/hook.txt"; exit 1; }
    fails hook broken.safetensors >"$work/hook.txt" 2>&1
)
grep -q "unique-names" hook.txt
echo "the hook works"

# The steps of the action, but for its build: `assay` is there.
mkdir -p runner/assay/bin bin
ln -s "$assay" runner/assay/bin/assay
printf '#!/bin/sh\necho "$@" >"%s/commented"\n' "$work" >bin/gh
chmod +x bin/gh
cp -r "$root/harness/assay-reference" mine
export RUNNER_TEMP="$work/runner" GITHUB_STEP_SUMMARY="$work/summary.md"
export GITHUB_ACTION_PATH="$root/.github/actions/assay"
export PATH="$work/bin:$PATH" ASSAY_CACHE="$work/cache"
cat >step.py <<'PY'
import sys, yaml
steps = yaml.safe_load(open(sys.argv[1]))["runs"]["steps"]
print(next(step["run"] for step in steps if step["name"] == sys.argv[2]))
PY
step() { # its name, then its environment
    local script
    script=$("$work/build/bin/python" step.py "$GITHUB_ACTION_PATH/action.yml" "$1")
    shift
    env "$@" bash -e -o pipefail -c "$script"
}
fails step "Check files" FILES="$broken" PROFILE=interop SARIF="$work/found.sarif" >annotations.txt
grep -q "^::error" annotations.txt
grep -q '"2.1.0"' found.sarif
step "Check files" FILES="$valid" PROFILE=interop SARIF= >/dev/null
step "Judge the implementation" ADAPTER="$work/mine" >/dev/null
grep -q "| mine |" summary.md
step "Compare with an earlier run" BASELINE="$RUNNER_TEMP/assay-run" COMMENT=true PULL_REQUEST=7
grep -q "^pr comment 7" commented
echo "the action works"
