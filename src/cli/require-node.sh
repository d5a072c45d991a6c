# Sourced before Node runs the TypeScript sources: ends with one line when the Node on the path is too old to run them.

node_version=$(env -u NODE_OPTIONS node --version 2>/dev/null) || node_version='not installed'
node_major=${node_version#v}
node_major=${node_major%%.*}
case $node_major in '' | *[!0-9]*) node_major=0 ;; esac
if [ "$node_major" -lt 24 ]; then
  echo "fal-jobs needs Node 24 or newer; the node on the path is $node_version. In a checkout, npm ci installs one." >&2
  exit 1
fi
