/** The oldest Node that the trainer runs on, as in package.json's engines. */
const NODE = { major: 20, minor: 20 };

/** The archive's only program. It finds Node, its own or the machine's, and the libraries of TensorFlow. */
export const LAUNCHER = `#!/bin/sh
here=$(dirname -- "$(readlink -f -- "$0")")
node=$here/bin/node
if [ ! -x "$node" ]; then
  if ! node=$(command -v node); then
    echo "Error: Node is missing: install Node ${NODE.major}.${NODE.minor} or newer, or pack the trainer with --with-node" >&2
    exit 1
  fi
  version=$("$node" -p process.versions.node) || exit 1
  major=\${version%%.*}
  rest=\${version#*.}
  minor=\${rest%%.*}
  if [ "$major" -lt ${NODE.major} ] || { [ "$major" -eq ${NODE.major} ] && [ "$minor" -lt ${NODE.minor} ]; }; then
    echo "Error: $node is Node $version; install ${NODE.major}.${NODE.minor} or newer, or pack the trainer with --with-node" >&2
    exit 1
  fi
fi
if [ -n "$PDDM_LIBTENSORFLOW" ]; then
  export LD_LIBRARY_PATH="$PDDM_LIBTENSORFLOW\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
fi
exec "$node" "$here/lib/main.mjs" "$@"
`;
