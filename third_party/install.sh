#!/bin/sh
# Installs the packages of packages.debian that are missing, and nothing else.
# With --ci those of packages.ci.debian too. Where nothing is missing the
# network is not touched.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
lists="$here/packages.debian"
for argument in "$@"; do
  case $argument in
    --ci) lists="$lists $here/packages.ci.debian" ;;
    *)
      echo "usage: install.sh [--ci]" >&2
      exit 2
      ;;
  esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "install.sh knows Debian and Ubuntu only (no dpkg-query and apt-get" >&2
  echo "here). Install what these name, then build:" >&2
  for list in $lists; do echo "  $list" >&2; done
  exit 1
fi

missing=
for list in $lists; do
  for package in $(sed 's/#.*//' "$list"); do
    state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null ||
      true)
    [ "$state" = installed ] || missing="$missing $package"
  done
done
if [ -z "$missing" ]; then
  exit 0
fi

as_root=
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "missing:$missing" >&2
    echo "Neither root nor sudo: have an administrator run" >&2
    echo "  apt-get install$missing" >&2
    exit 1
  fi
  as_root=sudo
fi

echo "installing:$missing"
$as_root apt-get update -q
# The list is split on purpose: one word a package.
# shellcheck disable=SC2086
if ! $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends $missing; then
  echo "apt-get could not install:$missing" >&2
  echo "The names are those of Debian 12; other releases may name a library" >&2
  echo "otherwise (Boost 1.81 or newer is what counts)." >&2
  exit 1
fi
