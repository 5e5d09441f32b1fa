#!/bin/sh
# Runs a program of a JDK that is new enough: that of JAVA_HOME, of the PATH, or of the places where
# systems put theirs, since the one on the PATH is often the oldest.
#
#   sh jdk.sh OLDEST PROGRAM [ARGUMENT]...        sh jdk.sh 21 javac -version
oldest=$1
program=$2
shift 2

on_path=$(command -v javac) && on_path=$(readlink -f "$on_path") && on_path=${on_path%/bin/javac}
seen=
for home in "${JAVA_HOME:-}" "$on_path" /usr/lib/jvm/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    [ -n "$home" ] && [ -x "$home/bin/javac" ] && [ -r "$home/release" ] || continue
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release")
    if [ "${version:-0}" -ge "$oldest" ]; then
        exec "$home/bin/$program" "$@"
    fi
    seen="$seen $version"
done
echo "no JDK $oldest or newer in JAVA_HOME, on the PATH or in /usr/lib/jvm (found:${seen:- none})"
exit 69
