#!/usr/bin/env bash
# clean_root.sh ROOT PACKAGES TABLE: installs the packages into ROOT (a Debian made by debootstrap) with apt, uses them
# there as a user would, and takes them out again.
set -euo pipefail
root=$1 packages=$2 table=$3
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
fail() { echo "$*" >&2; exit 1; }

rm -rf "$root/srv/retrograd"
mkdir -p "$root/srv/retrograd"
cp "$packages"/*.deb "$table" "$root/srv/retrograd"
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
trap 'umount "$root/proc"' EXIT
inside sh -c 'for p in retrograd retrograd-mpi libretrograd0 libretrograd-dev python3-retrograd; do ! dpkg -s $p >/dev/null 2>&1; done' ||
  fail "$root has the packages already"
inside apt-get -q update
inside sh -c 'apt-get -q install -y --no-install-recommends /srv/retrograd/*.deb'
inside dpkg --audit
inside sh -c '
  set -e
  cd /srv/retrograd
  retrograd train guests.csv --target cancelled --epochs 3 --out run
  retrograd predict run *.csv --out predictions.csv
  test "$(wc -l <predictions.csv)" = 2001
  python3 -c "
import retrograd
model = retrograd.Model.load(\"run/model.onnx\")
data = retrograd.load_with(\"guests.csv\", model.spec)
print(retrograd.evaluate(model, data), model.predict(data).shape)"
  mpirun --allow-run-as-root --oversubscribe -n 2 retrograd train guests.csv --target cancelled --epochs 3 --out ranks |
    grep "rank by rank"
  ldconfig -p | grep libretrograd.so.0'
inside apt-get -q install -y --no-install-recommends g++ pkgconf man-db
printf '#include <retrograd/retrograd.hpp>\nint main() { return retrograd::Model::load("run/model.onnx").outputs() == 2 ? 0 : 1; }\n' \
  >"$root/srv/retrograd/first.cpp"
inside sh -c '
  set -e
  cd /srv/retrograd
  g++ -std=c++20 first.cpp $(pkg-config --cflags --libs retrograd) -o first
  ./first
  man -w retrograd-train'
inside apt-get -q purge -y retrograd retrograd-mpi libretrograd0 libretrograd-dev python3-retrograd
left=$(inside sh -c 'find /usr /etc /var/lib/dpkg/info -iname "*retrograd*"')
[[ -z $left ]] || fail "left behind: $left"
echo "the packages install, run and go"
