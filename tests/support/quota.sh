#!/bin/sh
# Run a command as on a slower machine: with so many per cent of its processors (Linux, as root).
#
# Usage: quota.sh PERCENT COMMAND...
set -eu

percent=$1
shift
period=100000
quota=$((period * $(nproc) * percent / 100))
root=/sys/fs/cgroup

if [ -w "$root/cpu/cgroup.procs" ]; then # version 1
    group="$root/cpu/accord-$$"
    mkdir "$group"
    echo "$period" >"$group/cpu.cfs_period_us"
    echo "$quota" >"$group/cpu.cfs_quota_us"
elif [ -w "$root/cgroup.subtree_control" ] && grep -qw cpu "$root/cgroup.controllers"; then # version 2
    group="$root/accord-$$"
    mkdir "$group"
    echo +cpu >"$root/cgroup.subtree_control"
    echo "$quota $period" >"$group/cpu.max"
else
    echo "No quota can be set here: run it as root, or in a container with --cpus." >&2
    exit 2
fi

trap 'rmdir "$group" 2>/dev/null || true' EXIT
sh -c 'echo $$ >"$0/cgroup.procs"; exec "$@"' "$group" "$@"
