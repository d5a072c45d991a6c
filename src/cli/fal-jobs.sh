#!/bin/sh
# `fal-jobs <command>` as npm installs it: Node with the options that `npm start` and the image give it as well. Promise:
# whoever has other options in NODE_OPTIONS has the last word.

NODE_OPTIONS="--max-semi-space-size=16 ${NODE_OPTIONS-}"
export NODE_OPTIONS
exec node "$(dirname "$(readlink -f "$0")")/main.ts" "$@"
