# Shared by the scripts beside it: where things lie, and how progress is told. Sourced, never run.
set -euo pipefail

claviger_root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# Everything that is slow to make and safe to keep lives here, outside the tree.
claviger_cache="${CLAVIGER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/claviger}"
claviger_venv="$claviger_cache/venv"
# Another name whenever scripts/setup configures OpenSSL in another way: what was built before is then neither found nor
# overwritten.
openssl_prefix="$claviger_cache/openssl-nistp64"
export CCACHE_BASEDIR="$claviger_root" CCACHE_NOHASHDIR=1
export CCACHE_DIR="${CCACHE_DIR:-$claviger_cache/ccache}"

say() { printf '\033[1m==> [%4ds] %s\033[0m\n' "$SECONDS" "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# as_root CMD...: runs CMD as root, through sudo where we are not root already.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}
