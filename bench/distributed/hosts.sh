#!/usr/bin/env bash
# Test hosts of one machine: network namespaces rg0, rg1, … on a bridge, each with an address 10.77.0.1, 10.77.0.2, …
#   hosts.sh make N [RATE [DELAY]]   N of them; what each sends is held to RATE (e.g. 1gbit) and delayed by DELAY (e.g. 100us)
#   hosts.sh remove
#   hosts.sh HOST COMMAND…           runs a command on a host: mpirun's plm_rsh_agent
# Needs root and iproute2. A kernel without netem has no delays: `make` then ends with 3.
set -euo pipefail
case ${1-} in
  make)
    "$0" remove
    ip link add rg-bridge type bridge
    ip link set rg-bridge up
    for ((i = 0; i < $2; ++i)); do
      ip netns add "rg$i"
      ip link add "rg-$i" type veth peer name eth0 netns "rg$i"
      ip link set "rg-$i" master rg-bridge up
      ip -n "rg$i" addr add "10.77.0.$((i + 1))/24" dev eth0
      ip -n "rg$i" link set lo up
      ip -n "rg$i" link set eth0 up
      if [[ -n ${3-} ]]; then
        # A burst of as much as passes in two milliseconds, and 128 KiB at least: segments are cut by the card, so late.
        tc -n "rg$i" qdisc add dev eth0 root handle 1: tbf rate "$3" burst 256kb latency 50ms
      fi
      if [[ -n ${4-} ]]; then
        if [[ -n ${3-} ]]; then parent=(parent 1:1); else parent=(root); fi
        tc -n "rg$i" qdisc add dev eth0 "${parent[@]}" netem delay "$4" 2>/dev/null || exit 3
      fi
    done
    ;;
  remove)
    for name in $(ip netns list | awk '$1 ~ /^rg[0-9]+$/ { print $1 }'); do
      ip link del "rg-${name#rg}" 2>/dev/null || true  # a namespace goes later than its command ends
      ip netns del "$name"
    done
    if ip link show rg-bridge >/dev/null 2>&1; then ip link del rg-bridge; fi
    ;;
  rg[0-9]*)
    host=$1
    shift
    exec ip netns exec "$host" unshare --uts sh -c 'hostname "$0"; eval "$*"' "$host" "$@"
    ;;
  *)
    echo "usage: hosts.sh make N [RATE [DELAY]] | remove | HOST COMMAND…" >&2
    exit 1
    ;;
esac
