#!/usr/bin/env bash
# Shows that the crash test can fail: it must notice a skipped fdatasync, and a server that records a change's intent
# only after the change. Exits with 0 only when it notices both. Builds a changed copy of the tree, a few minutes.
source "$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib.sh"
here="$claviger_root/tests/crash"

say "a server whose fdatasync does nothing"
python3 "$here/crash_test.py" --prove

say "a server that records the intent after the commit"
copy="$(mktemp -d)"
trap 'rm -rf "$copy"' EXIT
cd "$claviger_root"
git ls-files -z --cached --others --exclude-standard | tar --null -cf - -T - | tar -xf - -C "$copy"
patch -d "$copy" -p1 --fuzz=0 <"$here/audit_after_commit.patch" ||
  die "the patch no longer applies: bring it up to date"
"$copy/scripts/build" release --target claviger >/dev/null
CLAVIGER_BINARY="$copy/build/release/claviger" python3 "$here/crash_test.py" --prove-unrecorded
say "both were noticed"
