#!/bin/sh
# `fal-jobs <command>` as npm installs it: Node with the options that `npm start` and the image give it as well.
# Invariant: options that the caller set in NODE_OPTIONS come last, so they win.

here=$(dirname "$(readlink -f "$0")")
. "$here/require-node.sh"

NODE_OPTIONS="--max-semi-space-size=16 ${NODE_OPTIONS-}"
export NODE_OPTIONS
exec node "$here/main.ts" "$@"
