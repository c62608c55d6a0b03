#!/bin/bash
# The Debian package: builds it, looks at what it depends on and holds, unpacks it, and runs a
# scenario from there, report included. Prints what is wrong, and fails if anything is.
#
#   tests/package.sh BUILD-FOLDER
set -uo pipefail
build=$(readlink -f "${1:?usage: tests/package.sh BUILD-FOLDER}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2

problems=0
complain() {
  printf 'package: %s\n' "$*"
  problems=$((problems + 1))
}

cpack -G DEB --config "$build/CPackConfig.cmake" -B "$work" > log 2>&1 ||
  { cat log; complain "cpack fails"; exit 1; }
package=$(echo "$work"/*.deb)
[[ $package == "$work"/faultline_*_$(dpkg --print-architecture).deb ]] || complain "is $package"

# Every shared library that the program needs comes from a package that this one depends on.
depends=$(dpkg-deb -f "$package" Depends)
for library in libsimgrid libfmt libstdc++6 libc6; do
  [[ $depends == *"$library"* ]] || complain "does not depend on $library, but on: $depends"
done
[[ $(dpkg-deb -f "$package" Recommends) == *nodejs* ]] || complain "does not recommend nodejs"

dpkg-deb -x "$package" root || complain "cannot be unpacked"
for file in bin/faultline include/faultline/{plugin/plugin.hpp,headers_digest.hpp} \
            share/faultline/{scenarios/README.md,report/{report.mjs,node_modules/vega/LICENSE}}; do
  [[ -s root/usr/$file ]] || complain "has no /usr/$file"
done
find root -name faultlineConfig.cmake | grep -q . || complain "has no package for CMake"
if find root ! -type d ! -path 'root/usr/*' | grep .; then complain "puts files outside of /usr"; fi
if find root -perm /022 ! -type l | grep .; then complain "has files that anybody may write"; fi
if find root -type l ! -exec test -e {} \; -print | grep .; then complain "has dangling links"; fi

root/usr/bin/faultline run root/usr/share/faultline/scenarios/cap/quorum-ap.json --out result \
  > log 2>&1 || complain "its program fails: $(< log)"
[[ -s result/report.html ]] || complain "its program draws no report"

if (( problems > 0 )); then
  echo "package: $problems problems"
  exit 1
fi
echo "package: no problems"
