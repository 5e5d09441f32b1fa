#!/bin/sh
# Starts a program whose runtime cannot move file descriptors (Node, the JVM): what was standard
# output becomes the descriptor that ASSAY_CHANNEL names, for replies, and descriptor 1 goes where
# standard error goes, for the runtime and for native code too. `exec`, so that no process stands
# in between.
#
#   sh channel.sh PROGRAM [ARGUMENT]...
export ASSAY_CHANNEL=3
exec "$@" 3>&1 1>&2
